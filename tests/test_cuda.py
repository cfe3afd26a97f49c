"""torch.cuda and torch.accelerator: what they say without a GPU, and what they say with one."""

import pytest

import jtorch as torch

GPUS = torch.accelerator.device_count()
no_gpu = pytest.mark.skipif(GPUS > 0, reason="there is an accelerator")
gpu = pytest.mark.skipif(GPUS == 0, reason="there is no accelerator")


@no_gpu
def test_probes_without_a_gpu():
    cuda = torch.cuda
    assert cuda.is_available() is False and cuda.device_count() == 0
    assert cuda.is_initialized() is False and cuda.is_bf16_supported() is False
    assert cuda.get_arch_list() == [] and cuda.memory_stats() == {}
    assert cuda.memory_allocated() == cuda.max_memory_allocated() == cuda.memory_reserved() == 0
    cuda.empty_cache()
    cuda.manual_seed(1)
    cuda.manual_seed_all(1)
    cuda.set_device(-1)
    assert torch.accelerator.is_available() is False
    assert torch.accelerator.current_accelerator() is None


@no_gpu
@pytest.mark.parametrize(
    "name",
    """init current_device synchronize get_device_name get_device_properties mem_get_info
    get_device_capability ipc_collect current_stream reset_peak_memory_stats""".split(),
)
def test_the_rest_raises_as_in_torch_without_cuda(name):
    with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"):
        getattr(torch.cuda, name)()


@no_gpu
@pytest.mark.parametrize(
    "name", "current_device_index synchronize empty_cache memory_allocated get_memory_info".split()
)
def test_no_accelerator(name):
    with pytest.raises(RuntimeError, match="Cannot access accelerator device when none is"):
        getattr(torch.accelerator, name)()


def test_wrong_devices():
    with pytest.raises(ValueError, match="Expected a cuda device, but got: cpu"):
        torch.cuda.set_device("cpu")
    with pytest.raises(ValueError, match="invalid literal for int"):
        torch.cuda.manual_seed("a")


@gpu
def test_with_a_gpu():
    cuda = torch.cuda
    assert cuda.is_available() and cuda.device_count() == GPUS and cuda.current_device() == 0
    assert cuda.get_device_name() and cuda.get_device_capability() >= (1, 0)
    assert cuda.get_device_properties(0).total_memory > 0
    x = torch.ones(256, 256, device="cuda")
    y = x @ x
    cuda.synchronize()
    assert cuda.memory_allocated() >= y.numel() * 4
    assert cuda.max_memory_allocated() >= cuda.memory_allocated() > 0
    with cuda.device(0), cuda.device_of(x):
        assert str(torch.accelerator.current_accelerator()) == "cuda"
