"""Settings of the process and helpers that compute nothing."""

import pytest

from jtorch import _settings as settings
from jtorch import cpu, cuda


@pytest.fixture(autouse=True)
def restore():
    yield
    settings.use_deterministic_algorithms(False)
    settings._threads.update(threads=None, interop=None)


def test_threads():
    assert settings.get_num_threads() == settings.get_num_interop_threads() >= 1
    settings.set_num_threads(3)
    assert settings.get_num_threads() == 3
    settings.set_num_interop_threads(2)
    with pytest.raises(RuntimeError, match="cannot set number of interop threads after"):
        settings.set_num_interop_threads(2)
    with pytest.raises(RuntimeError, match="set_num_threads expects a positive integer"):
        settings.set_num_threads(0)
    with pytest.raises(RuntimeError, match="set_num_threads expects an int, but got bool"):
        settings.set_num_threads(True)
    assert settings.set_flush_denormal(True) is False


def test_determinism():
    assert settings.are_deterministic_algorithms_enabled() is False
    settings.use_deterministic_algorithms(True, warn_only=True)
    assert settings.are_deterministic_algorithms_enabled()
    assert settings.is_deterministic_algorithms_warn_only_enabled()
    settings.set_deterministic_debug_mode("error")
    assert settings.get_deterministic_debug_mode() == 2
    settings.set_deterministic_debug_mode(0)
    assert not settings.are_deterministic_algorithms_enabled()


def test_determinism_on_a_gpu_needs_the_flag_of_xla(monkeypatch):
    monkeypatch.setattr(settings._devices, "device_count", lambda kind: 1)
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    with pytest.warns(UserWarning, match="xla_gpu_deterministic_ops"):
        settings.use_deterministic_algorithms(True)
    monkeypatch.setenv("XLA_FLAGS", "--xla_gpu_deterministic_ops=true")
    settings.use_deterministic_algorithms(True)


def test_checks():
    settings._check(True)
    with pytest.raises(RuntimeError, match="Expected cond to be True, but got False"):
        settings._check(False)
    with pytest.raises(IndexError, match="too far"):
        settings._check_index(False, lambda: "too far")
    with pytest.raises(TypeError, match="message must be a callable"):
        settings._check(False, "text")
    with pytest.raises(TypeError, match="cond must be a bool"):
        settings._check_value(1)
    with pytest.raises(AssertionError, match="no"):
        settings._assert([], "no")


def test_names():
    assert settings.typename(3) == "int"
    assert settings.typename(settings.Tensor) == "torch.Tensor"
    assert settings.get_device_module("cuda") is cuda
    assert settings.get_device_module("cpu") is cpu
    with pytest.raises(RuntimeError, match="does not have a corresponding module"):
        settings.get_device_module("meta")
    with pytest.raises(RuntimeError, match="Invalid value of device '3'"):
        settings.get_device_module(3)
