"""Tensors as ndarrays and back, for loading: samples are put together on the host, without
recording an op for each.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..._devices import to_jax
from ..._tensor import Tensor, from_value
from ...graph import from_buffer

_cpu = functools.cache(lambda: to_jax("cpu"))


def is_plain(x: Any) -> bool:
    """Whether x is a Tensor and nothing more, on the CPU, that nobody differentiates."""
    return x.__class__ is Tensor and x._value.aval.device is _cpu() and not x.requires_grad


def borrow(x: Tensor) -> np.ndarray:
    """The contents of a CPU tensor, to be read at once and not kept: memory shared with NumPy code
    is handed out as it is.
    """
    alias = x._alias
    host = alias.store.host if alias is not None else None
    if alias is None or host is None or alias.chain:
        return x._numpy()
    return host.array


def adopt(array: np.ndarray) -> Tensor:
    """A tensor that takes over an ndarray nobody else will write to."""
    return from_value(from_buffer(array))
