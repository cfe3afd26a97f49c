"""Copying and pickling tensors: copy.copy shares storage, copy.deepcopy copies each storage once,
and pickles keep strides and offsets. The formats of torch.save are serialization.py's.
"""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np

from . import _dtypes
from ._autograd.modes import modes
from ._layout import contiguous_strides, is_contiguous, storage_order
from ._storage import Store
from ._tensor import Alias, Tensor, from_array
from .graph import Value, from_buffer, look
from .ops import creation
from .ops import shape as shapes
from .ops._overrides import as_subclass


def _own(value: Value) -> Value:
    """Another value with the same contents and no version. Neither buffer may be donated now."""
    buf = look(value)
    value.owned = False
    return from_buffer(buf, value.aval.device, owned=False)


def __copy__(self: Tensor) -> Tensor:
    """A leaf that shares this tensor's storage, with versions of its own."""
    out = self._another(type(self))
    out._requires = self.requires_grad
    out.__dict__.update(self.__dict__)
    return out


def __deepcopy__(self: Tensor, memo: dict) -> Tensor:
    """A leaf with a copy of the storage; tensors copied together share as the originals do."""
    if id(self) in memo:
        return memo[id(self)]
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
            "protocol at the moment.  If you were attempting to deepcopy a module, this may be "
            "because of a torch.nn.utils.weight_norm usage, see "
            "https://github.com/pytorch/pytorch/pull/103001"
        )
    out = memo[id(self)] = _duplicate(self, memo)
    out._requires = self._requires
    grad = self._meta.grad if self._meta is not None else None
    if grad is not None:
        out._ensure_meta().grad = copy.deepcopy(grad, memo)
    out.__dict__.update(copy.deepcopy(self.__dict__, memo))
    return out


def _duplicate(self: Tensor, memo: dict) -> Tensor:
    out = object.__new__(type(self))
    value = self._read()
    if value.trace is None and value.buf is None:  # a meta tensor: nothing to copy
        out._set(value)
    else:
        out._set(_own(value))
    alias = self._alias
    if alias is None:
        out._strides = self._strides
        return out
    store = alias.store
    twin = memo.get(("storage", id(store)))
    if twin is None:
        root = out._value if value is store.root else _own(store.root)
        twin = memo["storage", id(store)] = Store(root, store.layout)
    out._alias = Alias(twin, alias.chain, twin.stamp)
    return out


# -- pickling


class _Memory:
    """The storage of a tensor in a pickle: its elements in the order they lie in."""

    def __init__(self, elements: np.ndarray, dtype: _dtypes.dtype, device: str):
        self.elements, self.dtype, self.device = elements, dtype, device

    def __reduce__(self):
        plain = self.elements
        if plain.dtype.name not in np.sctypeDict:  # bfloat16 and its like
            plain = plain.view(np.dtype(f"u{plain.itemsize}"))
        return _memory, (plain, self.dtype, self.device)


def _memory(elements: np.ndarray, dtype: _dtypes.dtype, device: str) -> _Memory:
    return _Memory(elements.view(dtype.np), dtype, device)


def _placed(self: Tensor) -> tuple[_Memory, tuple[int, ...], int]:
    """(the memory this tensor lies in, its strides there, its offset there)."""
    layout, device = self._layout(), str(self.device)
    store = self._alias.store if self._alias is not None else None
    mine = layout if store is None else store.layout
    order = storage_order(mine.shape, mine.strides)
    if order is None:  # memory of NumPy's with gaps: they belong to somebody else
        elements = np.ascontiguousarray(self._numpy()).ravel()
        return _Memory(elements, self.dtype, device), contiguous_strides(layout.shape), 0
    if store is None:
        array = self._numpy()
    else:
        store.sync()
        array = np.asarray(look(store.root))
    elements = np.ascontiguousarray(array.transpose(order)).ravel()
    dtype = _dtypes.from_np(elements.dtype)
    return _Memory(elements, dtype, device), layout.strides, layout.offset


def _rebuild(
    memory: _Memory, shape: tuple, strides: tuple, offset: int, requires_grad: bool, cls=Tensor
) -> Tensor:
    elements, device = memory.elements, memory.device
    if is_contiguous(shape, strides) and elements.size == math.prod(shape):
        out = from_array(elements.reshape(shape), device=device)
    else:
        previous, modes.grad = modes.grad, False
        try:
            base = from_array(elements, device=device)
            out = shapes.as_strided(base, shape, strides, offset).detach()  # type: ignore
        finally:
            modes.grad = previous
    out._requires = requires_grad
    return out if cls is Tensor else as_subclass(out, cls)


def _rebuild_meta(shape: tuple, strides: tuple, dtype: Any, requires_grad: bool) -> Tensor:
    options = {"dtype": dtype, "device": "meta", "requires_grad": requires_grad}
    return creation.empty_strided(shape, strides, **options)


def __reduce_ex__(self: Tensor, protocol) -> tuple:
    if self.device.type == "meta":
        args = (tuple(self.shape), self._layout().strides, self.dtype, self.requires_grad)
        return _rebuild_meta, args, self.__dict__ or None
    memory, strides, offset = _placed(self)
    args = (memory, tuple(self.shape), strides, offset, self.requires_grad)
    if type(self) is not Tensor:
        args = (*args, type(self))
    return _rebuild, args, self.__dict__ or None


METHODS = ("__copy__", "__deepcopy__", "__reduce_ex__")
