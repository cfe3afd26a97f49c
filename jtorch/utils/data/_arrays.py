"""Tensors as ndarrays and back, for loading: samples are put together on the host, not recorded as
ops one by one.
"""

from __future__ import annotations

import functools
import threading
from typing import Any

import numpy as np

from ..._devices import to_jax
from ..._tensor import Alias, Tensor, from_array, from_value
from ...graph import flush, from_buffer
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
    is handed out as it is, and so is the part of its storage that a view covers.
    """
    alias = x._alias
    if x._peek().buf.__class__ is np.ndarray and (alias is None or alias.store.host is None):
        return x._value.buf
    memory = None if alias is None else _in_place(x, alias)
    if memory is None:
        value = x._read()
        if value.buf is None and value.trace is not None:
            flush(value.trace, "samples")
        memory = x._numpy()
    return memory


def _in_place(x: Tensor, alias: Alias) -> np.ndarray | None:
    """The place of its storage that a tensor covers, if the storage has contents."""
    store = alias.store
    if store.host is not None:
        return x._memory()
    root, dtype = store.root, x._value.aval.dtype
    if not alias.chain or root.buf is None or not store.plain or dtype != root.aval.dtype:
        return None
    if dtype.isbuiltin != 1:  # of ml_dtypes: NumPy makes no windows on those
        return None
    _local.left_over |= x._value.buf is None
    layout, memory = x._layout(), np.asarray(root.buf)
    strides = [stride * dtype.itemsize for stride in layout.strides]
    offset = layout.offset * dtype.itemsize
    return np.ndarray(layout.shape, dtype, memory, offset, strides)  # type: ignore[arg-type]


class _Local(threading.local):
    left_over = False  # whether views were read without running the ops that made them


_local = _Local()


def drop_left_over() -> None:
    """Cut off the ops of views that were read in place, once nobody holds the views: they must not
    become a part of the training step that is recorded next.
    """
    if _local.left_over:
        _local.left_over = False
        flush(kind="samples")


def adopt(array: np.ndarray) -> Tensor:
    """A tensor that takes over an ndarray nobody else will write to."""
    return from_value(from_buffer(array))


def rows(x: Tensor, index: np.ndarray) -> Tensor:
    """Entries of a plain tensor along its first dimension; `index` is in range, below 0 too."""
    if is_on_host(x):
        return adopt(np.take(borrow(x), index, axis=0))
    return gather.index_select(x, 0, from_array(index % x.shape[0], device=x.device))
