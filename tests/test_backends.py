"""torch.backends: probes and switches; torch.distributed and torch.__config__ beside them."""

import pytest

import jtorch as torch
from jtorch.backends import cpu, cuda, cudnn, mkldnn
from jtorch.backends._precision import get_float32_matmul_precision, set_float32_matmul_precision


def test_probes_say_no():
    backends = torch.backends
    for module in (cudnn, mkldnn, backends.mkl, backends.mps, backends.openmp):
        assert module.is_available() is False
    assert cudnn.version() is None
    assert not backends.mps.is_built() and not cuda.is_built()
    assert torch.distributed.is_available() is False and torch.distributed.is_initialized() is False
    assert not hasattr(torch.distributed, "init_process_group")
    assert "JAX" in torch.__config__.show() and "XLA" in torch.__config__.parallel_info()


def test_vectors_of_the_processor(monkeypatch, tmp_path):
    monkeypatch.setattr(cpu, "SYSTEM", tmp_path / "cpuinfo")
    asked = cpu.get_cpu_capability.__wrapped__
    assert asked() == "DEFAULT"
    for flags, level in {
        "sse2 avx": "DEFAULT",
        "avx2 fma": "AVX2",
        "fma avx2 avx512f avx512bw avx512dq avx512vl": "AVX512",
    }.items():
        cpu.SYSTEM.write_text(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t: none\n")
        assert asked() == level


def test_switches_check_their_type():
    assert (cudnn.enabled, cudnn.benchmark, cudnn.deterministic) == (True, False, False)
    with cudnn.flags(enabled=True, benchmark=True):
        assert cudnn.benchmark is True
    assert cudnn.benchmark is False
    cudnn.deterministic = True
    assert torch.backends.cudnn.deterministic is True
    cudnn.deterministic = False
    with pytest.raises(RuntimeError, match="set_benchmark_cudnn expects a bool, but got str"):
        cudnn.benchmark = "yes"
    with pytest.raises(AttributeError, match="Unknown attribute zork"):
        cuda.matmul.zork = 1
    cuda.enable_flash_sdp(False)
    assert cuda.flash_sdp_enabled() is False
    cuda.enable_flash_sdp(True)


def test_matmul_precision():
    assert get_float32_matmul_precision() == "highest" and cuda.matmul.allow_tf32 is False
    try:
        set_float32_matmul_precision("medium")
        assert get_float32_matmul_precision() == "medium" and cuda.matmul.allow_tf32 is True
        with pytest.warns(UserWarning, match="fast is not one of 'highest', 'high', or 'medium'"):
            set_float32_matmul_precision("fast")
        assert get_float32_matmul_precision() == "medium"
        with pytest.raises(RuntimeError, match="expects a str, but got int"):
            set_float32_matmul_precision(3)
        cuda.matmul.allow_tf32 = False
        assert get_float32_matmul_precision() == "highest"
        cuda.matmul.allow_tf32 = True
        assert get_float32_matmul_precision() == "high"
    finally:
        set_float32_matmul_precision("highest")
