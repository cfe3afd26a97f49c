"""torch.nn.attention: the choice between kernels of attention. XLA makes its own, so a choice is
checked, kept and otherwise without effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, IntEnum
from typing import Any

from ...backends import cuda
from . import bias as bias
from . import flex_attention as flex_attention

__all__ = ["SDPBackend", "sdpa_kernel"]


class SDPBackend(IntEnum):
    """The kernels that torch knows."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4

    __str__ = Enum.__str__


_SWITCHES = {
    SDPBackend.CUDNN_ATTENTION: (cuda.cudnn_sdp_enabled, cuda.enable_cudnn_sdp),
    SDPBackend.FLASH_ATTENTION: (cuda.flash_sdp_enabled, cuda.enable_flash_sdp),
    SDPBackend.EFFICIENT_ATTENTION: (cuda.mem_efficient_sdp_enabled, cuda.enable_mem_efficient_sdp),
    SDPBackend.MATH: (cuda.math_sdp_enabled, cuda.enable_math_sdp),
}


def _cur_sdpa_kernel_backends() -> list[SDPBackend]:
    """Those that are allowed now."""
    return [backend for backend, (enabled, _) in _SWITCHES.items() if enabled()]


def _allow(backends: Any) -> None:
    for backend, (_, enable) in _SWITCHES.items():
        enable(backend in backends)


@contextmanager
def sdpa_kernel(backends: Any, set_priority: bool = False) -> Iterator[dict]:
    """Allow only these kernels, inside of it; their order is a hint."""
    assert isinstance(backends, (list, SDPBackend)), (
        "Backend must be an instance of SDPBackend or a list of SDPBackend instances, got "
        f"{type(backends).__name__}"
    )
    before = _cur_sdpa_kernel_backends()
    try:
        _allow([backends] if isinstance(backends, SDPBackend) else backends)
        yield {}
    finally:
        _allow(before)
