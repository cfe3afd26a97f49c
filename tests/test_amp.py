"""torch.amp where it is disabled: as under torch without a GPU."""

import pytest

import jtorch as torch

no_gpu = pytest.mark.skipif(torch.accelerator.is_available(), reason="there is an accelerator")


@no_gpu
def test_cuda_autocast_disables_itself():
    with pytest.warns(UserWarning, match="CUDA is not available"):
        context = torch.amp.autocast("cuda", dtype=torch.float16)
    with context as entered:
        assert entered is context and (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
    assert context(len) is len
    with pytest.warns(FutureWarning, match=r"`torch.cuda.amp.autocast\(args...\)` is deprecated"):
        torch.cuda.amp.autocast(enabled=False)
    assert torch.amp.is_autocast_available("cuda") is False


def test_enabled_autocast_is_refused_by_name():
    with pytest.raises(NotImplementedError, match="autocast"):
        torch.amp.autocast("cpu", dtype=torch.bfloat16)
    with torch.amp.autocast("cpu", enabled=False):
        pass
    with pytest.raises(RuntimeError, match="Expected one of cpu, cuda"):
        torch.amp.autocast("gpu")


@no_gpu
def test_cuda_scaler_disables_itself():
    with pytest.warns(UserWarning, match="enabled, but CUDA is not available"):
        scaler = torch.amp.GradScaler("cuda")
    assert not scaler.is_enabled() and scaler.get_scale() == 1.0 and scaler.state_dict() == {}
    parameter = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD([parameter], lr=0.5)
    scaler.scale(parameter.sum()).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    assert parameter.tolist() == [0.5, 0.5]


def test_enabled_scaler_is_refused_by_name():
    with pytest.raises(NotImplementedError, match="GradScaler"):
        torch.amp.GradScaler("cpu")


def test_custom_functions_pass_through():
    def forward(ctx, x):
        return x

    assert torch.amp.custom_fwd(forward, device_type="cuda") is forward
    assert torch.amp.custom_fwd(device_type="cuda", cast_inputs=torch.float32)(forward) is forward
    assert torch.amp.custom_bwd(device_type="cuda")(forward) is forward
    assert torch.cuda.amp.custom_fwd(forward) is forward
    assert torch.cuda.amp.custom_fwd(cast_inputs=torch.float32)(forward) is forward
