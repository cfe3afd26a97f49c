"""Between tensors and the flat storages that files hold: which storage a tensor lies in and where,
and tensors over storages that were read, sharing as the saved ones did.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _devices, _dtypes, _errors
from .._autograd.modes import no_grad
from .._layout import Layout, contiguous_strides, storage_order
from .._storages import HostStorage, TypedStorage, UntypedStorage
from .._tensor import Tensor
from ..graph import look
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

MANY = 1 << 28  # bytes of a tensor that repeats its storage and may still be what somebody wants

# How storages of other devices are called in files: (priority, the tag of a storage, its restorer).
PACKAGES: list[tuple[int, Callable[[Any], str | None], Callable[[Any, str], Any]]] = []


def location_tag(storage: Any) -> str:
    """The location that files name for a storage or tensor."""
    for _, tag, _ in PACKAGES:
        found = tag(storage)
        if found:
            return found
    return str(storage.device)


class Saved:
    """A storage on its way into a file. All its tensors have one dtype in torch's files, save those
    that have no class of storages and are saved as bytes.
    """

    __slots__ = ("data", "key", "location", "type")

    def __init__(self, key: str, data: np.ndarray, dtype: _dtypes.dtype, location: str):
        self.key, self.data, self.location = key, data, location
        self.type = dtype if dtype in NAMES else _dtypes.uint8


class SavedElements:
    """A storage as one of its tensors refers to it: the name of its class, and its size in that."""

    __slots__ = ("kind", "size", "storage")

    def __init__(self, storage: Saved, dtype: _dtypes.dtype | None):
        self.storage = storage
        self.kind = NAMES.get(dtype, "UntypedStorage")  # type: ignore[arg-type]
        width = dtype.itemsize if dtype is not None and dtype in NAMES else 1
        self.size = storage.data.nbytes // width


class Placed:
    """Where tensors lie: gives each storage its number and remembers which it has seen."""

    def __init__(self):
        self.all: list[Saved] = []
        self._known: dict[int, Saved] = {}
        self._alive: list[Any] = []  # ids stay taken while their objects live

    def __call__(self, tensor: Tensor) -> tuple[SavedElements, int, tuple[int, ...]]:
        """(storage, offset, strides) of a tensor that has data."""
        layout = tensor._layout()
        store = tensor._alias.store if tensor._alias is not None else None
        if store is not None:
            order = storage_order(store.layout.shape, store.layout.strides)
            if order is not None:
                store.sync()
                elements = np.asarray(look(store.root)).transpose(order)
                return self._storage(store, elements, tensor), layout.offset, layout.strides
        order = storage_order(layout.shape, layout.strides)
        if order is None or store is not None:  # a storage with gaps
            saved = self._storage(tensor, tensor._numpy(), tensor)
            return saved, 0, contiguous_strides(layout.shape)
        return self._storage(tensor, tensor._numpy().transpose(order), tensor), 0, layout.strides

    def storage(self, storage: Any) -> SavedElements:
        """A storage that is saved as such."""
        if isinstance(storage, TypedStorage):
            return self(storage._as_tensor(storage.dtype))[0]
        return SavedElements(self(storage._as_tensor(_dtypes.uint8))[0].storage, None)

    def _storage(self, owner: Any, elements: np.ndarray, tensor: Tensor) -> SavedElements:
        saved = self._known.get(id(owner))
        if saved is None:
            flat = np.ascontiguousarray(elements).reshape(-1).view(np.uint8)
            saved = Saved(str(len(self.all)), flat, tensor.dtype, location_tag(tensor))
            self._known[id(owner)] = saved
            self._alive.append(owner)
            self.all.append(saved)
        if saved.type is not (tensor.dtype if tensor.dtype in NAMES else _dtypes.uint8):
            raise RuntimeError(
                "Cannot save multiple tensors or storages that view the same data as different "
                "types"
            )
        return SavedElements(saved, tensor.dtype)


class Loaded(HostStorage):
    """A storage that was read, for the tensors of a file. A `map_location` function is given one
    and gives one back.
    """

    def to(self, device: Any = None, non_blocking: bool = False) -> Loaded:
        """The same storage, to be restored on another device."""
        return Loaded(self._data, self._kind, _devices.resolve(device), self._shared)

    def cpu(self) -> Loaded:
        """The same storage, to be restored on the CPU."""
        return self if self.device.type == "cpu" else self.to("cpu")

    def cuda(self, device: Any = None, non_blocking: bool = False) -> Loaded:
        """The same storage, to be restored on a GPU."""
        target = _devices.device("cuda" if device is None else device)
        _devices.jax_device(target)
        return self.to(target)

    def tensor(self, place: Layout, dtype: _dtypes.dtype | None = None) -> Tensor:
        """A tensor that lies in this storage; all of them share it."""
        size, stride, offset = place
        dtype = dtype or self._kind
        if self._made is None:
            self._kind = dtype
        if self.nbytes() % dtype.itemsize:
            raise RuntimeError(
                f"a storage of {self.nbytes()} bytes holds no elements of {dtype.itemsize} bytes"
            )
        numel = self.nbytes() // dtype.itemsize
        check_inside(numel, place)
        if self.device.type == "meta":
            return creation.empty_strided(size, stride, dtype=dtype, device="meta")
        if self._made is None and not self._shared and not offset and math.prod(size) == numel:
            order = storage_order(size, stride)
            if order is not None:
                self._made = self._dense(size, stride, order)
                return self._made
        count = math.prod(n for n in size if n) * dtype.itemsize
        if count > max(MANY, 64 * self.nbytes()):
            raise RuntimeError(
                f"invalid tensor: size {size} of a storage of {self.nbytes()} bytes, {count} when "
                "somebody looks"
            )
        with no_grad():
            flat = self._root() if self._kind is dtype else self._as_tensor(dtype)
            return shapes.as_strided(flat, size, stride, offset).detach()  # type: ignore

    def _dense(self, size: tuple, stride: tuple, order: tuple) -> Tensor:
        """A tensor that is all of the storage, in any order of dimensions."""
        array = self._data.view(self._kind.np).reshape([size[d] for d in order])
        tensor = self._leaf(array.transpose(np.argsort(order)))
        if stride != contiguous_strides(size):
            tensor._strides = stride
        return tensor


class LoadedElements(TypedStorage):
    """A storage that was read, as pickles refer to it: with the dtype of its elements, and, in very
    old files, only a part of it.
    """

    def __init__(self, storage: Loaded, dtype: _dtypes.dtype, start: int = 0):
        self.storage, self._dtype, self.start = storage, dtype, start

    _flat = property(lambda self: self.storage._as_tensor(self._dtype))  # type: ignore[assignment]

    def tensor(self, offset: int, size: Any, stride: Any, dtype: Any = None) -> Tensor:
        """A tensor at a place of this storage."""
        place = checked_place(size, stride, offset, self.start)
        return self.storage.tensor(place, dtype or self._dtype)

    def negated(self, offset: int, size: Any, stride: Any) -> Tensor:
        """The view that sees this place with the other sign: the imaginary part of a conjugated
        complex tensor, as all that torch saves are.
        """
        pair = {_dtypes.float32: _dtypes.complex64, _dtypes.float64: _dtypes.complex128}
        size, stride, offset = checked_place(size, stride, offset, self.start)
        if self._dtype not in pair or not offset % 2 or any(s % 2 for s in stride):
            raise _errors.not_covered("torch.load of a negated view that is no imaginary part")
        whole = Layout(size, tuple(s // 2 for s in stride), offset // 2)
        with no_grad():
            return self.storage.tensor(whole, pair[self._dtype]).conj().imag.detach()  # type: ignore


for _class, _base in ((Loaded, UntypedStorage), (LoadedElements, TypedStorage)):  # to users
    _class.__name__ = _class.__qualname__ = _base.__name__
    _class.__module__ = "torch.storage"


def checked_place(size: Any, stride: Any, offset: Any, start: int = 0) -> Layout:
    """Numbers from a file as the place of a tensor. RuntimeError for what can be none."""
    try:
        size, stride = (tuple(map(operator.index, each)) for each in (size, stride))
        offset = operator.index(offset)
    except TypeError:
        text = f"invalid tensor: size {size!r}, stride {stride!r}, offset {offset!r}"
        raise RuntimeError(text[:500]) from None
    numbers = (offset, *size, *stride)
    if len(size) != len(stride) or min(numbers) < 0 or max((*numbers, math.prod(size))) >= 1 << 63:
        raise RuntimeError(f"invalid tensor: size {size}, stride {stride}, offset {offset}"[:500])
    if len(size) > 64:
        raise RuntimeError(f"invalid tensor: {len(size)} dimensions, and no tensor has over 64")
    return Layout(size, stride, start + offset)


def check_inside(numel: int, place: Layout) -> None:
    """Raise for places outside of the storage, which a damaged or evil file could name."""
    size, stride, offset = place
    if 0 in size:
        return
    last = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    if last >= numel:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset} are "
            f"out of bounds for storage of {numel} elements"
        )
