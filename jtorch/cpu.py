"""`torch.cpu`: the CPU with the interface of the other devices, so that code works for any.
`synchronize` is how a program asks jtorch to run what it has recorded.
"""

from typing import Any

from . import _devices
from .accelerator import wait_for

__all__ = ["current_device", "device_count", "is_available", "set_device", "synchronize"]


def is_available() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """ "cpu"."""
    return "cpu"


def set_device(device: Any) -> None:
    """Does nothing: there is one CPU."""


def synchronize(device: Any = None) -> None:
    """Runs what is pending and returns when every array on the CPU has its value."""
    wait_for(_devices.to_jax("cpu"))
