"""Between tensors and the flat storages that files hold: which storage a tensor lies in and where,
and tensors over storages that were read, sharing as the saved ones did.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import _devices, _dtypes
from .._autograd.modes import modes
from .._layout import contiguous_strides, is_contiguous, storage_order
from .._tensor import Tensor, from_array, from_value
from ..graph import from_buffer, look
from ..ops import creation
from ..ops import shape as shapes

# torch's names of typed storages. Other dtypes are saved as bytes, with the dtype beside them.
KINDS = {
    "FloatStorage": _dtypes.float32, "DoubleStorage": _dtypes.float64,
    "HalfStorage": _dtypes.float16, "BFloat16Storage": _dtypes.bfloat16,
    "LongStorage": _dtypes.int64, "IntStorage": _dtypes.int32, "ShortStorage": _dtypes.int16,
    "CharStorage": _dtypes.int8, "ByteStorage": _dtypes.uint8, "BoolStorage": _dtypes.bool_,
    "ComplexFloatStorage": _dtypes.complex64, "ComplexDoubleStorage": _dtypes.complex128,
}  # fmt: skip
NAMES = {dtype: name for name, dtype in KINDS.items()}


class Saved:
    """A storage on its way into a file."""

    __slots__ = ("elements", "key", "location")

    def __init__(self, key: str, elements: np.ndarray, location: str):
        self.key, self.elements, self.location = key, elements, location


class Placed:
    """Where tensors lie: gives each storage its number and remembers which it has seen."""

    def __init__(self):
        self.all: list[Saved] = []
        self._known: dict[int, Saved] = {}
        self._alive: list[Any] = []  # ids stay taken while their objects live

    def __call__(self, tensor: Tensor) -> tuple[Saved, int, tuple[int, ...]]:
        """(storage, offset, strides) of a tensor that has data."""
        layout = tensor._layout()
        store = tensor._alias.store if tensor._alias is not None else None
        if store is not None:
            order = storage_order(store.layout.shape, store.layout.strides)
            store.sync()
            if order is not None and store.root.aval.dtype == tensor._value.aval.dtype:
                elements = np.asarray(look(store.root)).transpose(order)
                saved = self._storage(store, elements, tensor)
                return saved, layout.offset, layout.strides
        order = storage_order(layout.shape, layout.strides)
        if order is None or store is not None:  # a storage with gaps, or seen as another dtype
            saved = self._storage(tensor, tensor._numpy(), tensor)
            return saved, 0, contiguous_strides(layout.shape)
        return self._storage(tensor, tensor._numpy().transpose(order), tensor), 0, layout.strides

    def _storage(self, owner: Any, elements: np.ndarray, tensor: Tensor) -> Saved:
        saved = self._known.get(id(owner))
        if saved is None:
            flat = np.ascontiguousarray(elements).reshape(-1)
            saved = Saved(str(len(self.all)), flat, str(tensor.device))
            self._known[id(owner)] = saved
            self._alive.append(owner)
            self.all.append(saved)
        return saved


class Loaded:
    """A storage that was read: its bytes, and the device its tensors go to.

    It is also what a `map_location` function is given and gives back.
    """

    def __init__(self, data: np.ndarray, kind: _dtypes.dtype | None, device: _devices.device):
        self._data, self._kind, self.device = data, kind, device
        self._root: Tensor | None = None

    def nbytes(self) -> int:
        """The size in bytes."""
        return self._data.nbytes

    def to(self, device: Any = None, non_blocking: bool = False) -> Loaded:
        """The same storage, to be restored on another device."""
        return Loaded(self._data, self._kind, _devices.resolve(device))

    def cpu(self) -> Loaded:
        """The same storage, to be restored on the CPU."""
        return self.to("cpu")

    def cuda(self, device: Any = None, non_blocking: bool = False) -> Loaded:
        """The same storage, to be restored on a GPU."""
        target = _devices.device("cuda" if device is None else device)
        _devices.jax_device(target)
        return self.to(target)

    def tensor(
        self,
        offset: int,
        size: tuple[int, ...],
        stride: tuple[int, ...],
        dtype: _dtypes.dtype | None = None,
    ) -> Tensor:
        """A tensor that lies in this storage; all of them share it."""
        size, stride = tuple(map(int, size)), tuple(map(int, stride))
        dtype = dtype or self._kind or _dtypes.uint8
        if self.device.type == "meta":
            return creation.empty_strided(size, stride, dtype=dtype, device="meta")
        elements = self._data.view(dtype.np)
        _check_inside(elements.size, offset, size, stride)
        if self._root is not None and self._root.dtype is not dtype:
            raise RuntimeError(
                "Cannot load multiple tensors or storages that view the same data as different "
                "types"
            )
        if self._root is None:
            whole = offset == 0 and math.prod(size) == elements.size
            order = storage_order(size, stride) if whole else None
            if order is None:
                self._root = _leaf(elements, self.device)
            else:
                self._root = _dense(elements, size, stride, order, self.device)
                return self._root
        previous, modes.grad = modes.grad, False
        try:
            seen = shapes.as_strided(self._root, size, stride, offset)  # type: ignore[arg-type]
            return seen.detach()  # type: ignore[attr-defined]
        finally:
            modes.grad = previous


def _check_inside(numel: int, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> None:
    """Raise for places outside of the storage, which a damaged or evil file could name."""
    if len(size) != len(stride) or min((offset, *size, *stride)) < 0:
        raise RuntimeError(f"invalid tensor: size {size}, stride {stride}, offset {offset}")
    if 0 in size:
        return
    last = offset + sum((n - 1) * s for n, s in zip(size, stride))
    if last >= numel:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset} are "
            f"out of bounds for storage of {numel} elements"
        )


def _leaf(array: np.ndarray, device: _devices.device) -> Tensor:
    if device.type == "cpu":
        return from_value(from_buffer(array, _devices.to_jax(device)))
    return from_array(array, device=device)


def _dense(elements, size, stride, order, device) -> Tensor:
    """A tensor that is all of its storage, in any order of dimensions."""
    array = elements.reshape([size[d] for d in order]).transpose(np.argsort(order))
    tensor = _leaf(np.ascontiguousarray(array).reshape(size), device)
    if not is_contiguous(size, stride):
        tensor._strides = stride
    return tensor
