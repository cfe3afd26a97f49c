"""torch.amp: what is cast, what is kept, what is scaled."""

import pickle

import pytest

import jtorch as torch
from jtorch import nn

no_gpu = pytest.mark.skipif(torch.accelerator.is_available(), reason="there is an accelerator")


@no_gpu
def test_cuda_autocast_disables_itself():
    with pytest.warns(UserWarning, match="CUDA is not available"):
        context = torch.amp.autocast("cuda", dtype=torch.float16)
    with context as entered:
        assert entered is context and (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
    with pytest.warns(FutureWarning, match=r"`torch.cuda.amp.autocast\(args...\)` is deprecated"):
        torch.cuda.amp.autocast(enabled=False)


def test_autocast_by_kind_of_op():
    a, b = torch.ones(2, 2), torch.ones(2, 2, dtype=torch.bfloat16)
    with torch.autocast("cpu"):
        assert (a @ a).dtype is torch.bfloat16  # a product
        assert nn.functional.mse_loss(b, b).dtype is torch.float32  # a loss
        assert torch.cat([a, b]).dtype is torch.float32  # mixed
        assert b.exp().dtype is torch.bfloat16  # left alone
        assert (a.double() @ a.double()).dtype is torch.float64
        with torch.autocast("cpu", enabled=False):
            assert (a @ a).dtype is torch.float32
        with torch.autocast("cpu", torch.float16):
            assert (a @ a).dtype is torch.float16
        assert torch.mm(a, a, out=torch.empty(2, 2)).dtype is torch.float32
    assert (a @ a).dtype is torch.float32 and not torch.is_autocast_enabled("cpu")


def test_a_parameter_is_cast_once():
    w = nn.Parameter(torch.ones(2, 2))
    x = torch.ones(2, 2)
    with torch.autocast("cpu"):
        first, second = (x @ w).grad_fn, (x @ w).grad_fn
        assert first.next_functions[1][0] is second.next_functions[1][0]
    with torch.autocast("cpu", cache_enabled=False):
        first, second = (x @ w).grad_fn, (x @ w).grad_fn
        assert first.next_functions[1][0] is not second.next_functions[1][0]
    with torch.autocast("cpu"):
        (x @ w).sum().backward()
    assert w.grad.dtype is torch.float32 and w.grad.tolist() == [[2, 2], [2, 2]]


def test_autocast_decorates_and_complains():
    @torch.autocast("cpu", dtype=torch.bfloat16)
    def product(x):
        return x @ x

    assert product(torch.ones(2, 2)).dtype is torch.bfloat16
    with pytest.warns(UserWarning, match="the target dtype is not supported"):
        with torch.autocast("cpu", dtype=torch.float32):
            assert not torch.is_autocast_enabled("cpu")
    with pytest.raises(RuntimeError, match="Expected one of cpu, cuda"):
        torch.amp.autocast("gpu")
    with pytest.raises(ValueError, match="Expected `device_type` of type `str`"):
        torch.amp.autocast(3)


def trained(scaler, spoil=None):
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for k in range(4):
        optimizer.zero_grad()
        loss = model(torch.ones(2, 3) * (float("inf") if k == spoil else k)).square().mean()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
    return model.weight.tolist()


def test_scaling_changes_no_step():
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)
    assert trained(scaler) == trained(torch.amp.GradScaler("cpu", enabled=False))
    assert scaler.get_scale() == 32.0
    again = pickle.loads(pickle.dumps(scaler))
    assert again.state_dict() == scaler.state_dict()


def test_an_overflow_is_no_step_and_shrinks_the_scale():
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    weights = trained(scaler, spoil=3)
    assert all(abs(w) < 10 for w in weights[0]) and scaler.get_scale() == 4.0


def test_calls_out_of_order():
    scaler = torch.amp.GradScaler("cpu")
    parameter = nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD([parameter], lr=0.5)
    with pytest.raises(AssertionError, match="Attempted step but _scale is None"):
        scaler.step(optimizer)
    scaler.scale(parameter.sum()).backward()
    scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match="unscale_.. has already been called"):
        scaler.unscale_(optimizer)
    scaler.step(optimizer)
    with pytest.raises(RuntimeError, match="step.. has already been called"):
        scaler.step(optimizer)
    assert parameter.tolist() == [0.5, 0.5]


@no_gpu
def test_cuda_scaler_disables_itself():
    with pytest.warns(UserWarning, match="enabled, but CUDA is not available"):
        scaler = torch.amp.GradScaler("cuda")
    assert not scaler.is_enabled() and scaler.get_scale() == 1.0 and scaler.state_dict() == {}


class Product(torch.autograd.Function):
    seen = []

    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu")
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    @torch.amp.custom_bwd(device_type="cpu")
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        Product.seen.append(torch.is_autocast_enabled("cpu"))
        return g.to(w.dtype) @ w.t(), (x.t() @ g.to(x.dtype)).float()


def test_backward_follows_forward():
    w = nn.Parameter(torch.ones(2, 2))
    with torch.autocast("cpu"):
        out = Product.apply(torch.ones(2, 2), w)
    out.sum().backward()
    assert out.dtype is torch.bfloat16 and Product.seen == [True]

    @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)
    def forward(ctx, x):
        return x, torch.is_autocast_enabled("cpu")

    class Context:
        pass

    with torch.autocast("cpu"):
        x, on = forward(Context(), torch.ones(2, dtype=torch.bfloat16))
    assert x.dtype is torch.float32 and not on
