"""Tensors as ndarrays and back, for loading: samples are put together on the host, not recorded as
ops one by one.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..._devices import to_jax
from ..._tensor import Tensor, from_array, from_value
from ...graph import from_buffer
from ...ops import gather

_cpu = functools.cache(lambda: to_jax("cpu"))


def is_plain(x: Any) -> bool:
    """Whether x is a Tensor and nothing more, that nobody differentiates."""
    if x.__class__ is not Tensor:
        return False
    if x._alias is not None and x._alias.base is not None:
        return not x.requires_grad
    return not x._requires and x._grad_fn is None  # requires_grad would sync with NumPy


def is_on_host(x: Any) -> bool:
    """Whether x is a plain Tensor on the CPU."""
    return is_plain(x) and x._value.aval.device is _cpu()


def borrow(x: Tensor) -> np.ndarray:
    """The contents of a CPU tensor, to be read at once and not kept: memory shared with NumPy code
    is handed out as it is.
    """
    memory = x._memory()
    return x._numpy() if memory is None else memory


def adopt(array: np.ndarray) -> Tensor:
    """A tensor that takes over an ndarray nobody else will write to."""
    return from_value(from_buffer(array))


def rows(x: Tensor, index: np.ndarray) -> Tensor:
    """Entries of a plain tensor along its first dimension; `index` is in range, below 0 too."""
    if is_on_host(x):
        return adopt(np.take(borrow(x), index, axis=0))
    return gather.index_select(x, 0, from_array(index % x.shape[0], device=x.device))
