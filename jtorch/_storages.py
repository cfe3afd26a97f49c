"""Storages as objects: the memory behind a tensor and all that share it, in bytes (UntypedStorage)
or in elements (TypedStorage, FloatStorage, …). Reads and writes go through a flat tensor over that
memory. The address is a name that is equal for tensors that share; it points nowhere.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import _devices, _dtypes
from ._errors import not_covered, type_name_of
from ._layout import storage_order
from ._tensor import Alias, Tensor, from_array, from_value
from .graph import from_buffer
from .ops import creation, tensors
from .ops.convert import CASTS


def _flat(owner: Any) -> Any:
    """All elements of a tensor's storage as a vector over it, in the order in which they lie."""
    store = owner._share().store
    store.sync()
    root: Any = from_value(store.root)
    root._alias = Alias(store, (), store.stamp)
    order = storage_order(store.layout.shape, store.layout.strides)
    if order is None:
        raise not_covered("The storage of a tensor whose elements do not lie densely")
    return root.permute(order).view(-1)


class _Storage:
    """What the two kinds have in common: a flat tensor over the memory."""

    _flat: Any

    def tolist(self) -> list:
        """The elements, in the order in which they lie."""
        return self._flat.tolist()

    def __len__(self) -> int:
        return self._flat.numel()

    def size(self) -> int:
        """How many elements there are."""
        return self._flat.numel()

    def __iter__(self) -> Iterator:
        return iter(self.tolist())

    def __setitem__(self, index: Any, value: Any) -> None:
        self._flat[index] = value

    def fill_(self, value: Any) -> Any:
        """Every element becomes value."""
        self._flat.fill_(value)
        return self

    def copy_(self, source: Any, non_blocking: bool = False) -> Any:
        """Take over the elements of a storage of the same size."""
        self._flat.copy_(source._flat)
        return self

    def data_ptr(self) -> int:
        return self._flat.data_ptr()

    def nbytes(self) -> int:
        return self._flat.nbytes

    def element_size(self) -> int:
        return self._flat.element_size()

    @property
    def device(self) -> Any:
        return self._flat.device

    @property
    def is_cuda(self) -> bool:
        return self.device.type == "cuda"

    def get_device(self) -> int:
        """The number of the GPU; -1 on the CPU."""
        return self._flat.get_device()

    is_hpu = is_sparse = is_sparse_csr = False
    filename = None

    def is_shared(self) -> bool:
        """False: no storage lies in memory of several processes."""
        return False

    def is_pinned(self, device: Any = None) -> bool:
        """False: transfers need no pinned memory here."""
        return False

    def share_memory_(self) -> Any:
        """Not covered."""
        raise not_covered(f"{type(self).__name__}.share_memory_", "Workers are threads.")

    def pin_memory(self, device: Any = None) -> Any:
        """Not covered."""
        raise not_covered(f"{type(self).__name__}.pin_memory", "Transfers need none here.")

    def resizable(self) -> bool:
        """False: a storage keeps its size."""
        return False

    def __copy__(self) -> Any:
        return self.clone()

    def __deepcopy__(self, memo: dict) -> Any:
        """A copy of the memory; storages of one tensor are copied once."""
        copies = memo.setdefault("torch", {})
        key = id(self._flat._share().store)
        if key not in copies:
            copies[key] = self.clone()
        return copies[key]

    def clone(self) -> Any:
        raise NotImplementedError

    def resize_(self, size: int) -> Any:
        """Not covered, save to the size it has."""
        if size != self.size():
            raise not_covered(f"{type(self).__name__}.resize_")
        return self

    def __repr__(self) -> str:
        lines = "\n ".join(str(x) for x in self.tolist())
        return f" {lines}\n[{self._described()} of size {len(self)}]"

    def _described(self) -> str:
        raise NotImplementedError

    def _as_tensor(self, dtype: Any) -> Tensor:
        raise NotImplementedError


class UntypedStorage(_Storage):
    """The bytes behind a tensor and everything that shares storage with it; or new ones, as many
    as a number says or those of a sequence.
    """

    __module__ = "torch.storage"

    def __init__(self, data: Any = 0, *, device: Any = None):
        if isinstance(data, int):
            data = np.zeros(data, np.uint8)
        elif not hasattr(data, "__len__"):
            raise RuntimeError(
                f"torch.UntypedStorage(): Expected a sequence type, but got {type_name_of(data)}"
            )
        array = np.asarray(data, dtype=np.uint8)
        self._of(from_array(array, device=device))

    def _of(self, owner: Tensor) -> UntypedStorage:
        self._store = owner._share().store
        self._elements = _flat(owner)
        return self

    @property
    def _flat(self) -> Any:  # type: ignore[override]
        """The bytes; made when they are asked for, since float64 has no view as bytes on a TPU."""
        return self._elements.view(_dtypes.uint8)

    def size(self) -> int:
        return self._elements.nbytes

    def nbytes(self) -> int:
        return self._elements.nbytes

    def __len__(self) -> int:
        return self._elements.nbytes

    def data_ptr(self) -> int:
        return self._elements.data_ptr()

    def element_size(self) -> int:
        return 1

    @property
    def device(self) -> Any:
        return self._elements.device

    def type(self) -> str:
        return "torch.storage.UntypedStorage"

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, slice):
            return self._flat[index].item()
        start, stop = _checked_slice(index, self.nbytes())
        return UntypedStorage(self._flat[start:stop].numpy(), device=self.device)

    @staticmethod
    def from_buffer(
        buffer: Any,
        byte_order: str | None = None,
        count: int = -1,
        offset: int = 0,
        dtype: Any = _dtypes.uint8,
    ) -> UntypedStorage:
        """The bytes of a buffer, copied; numbers of more than a byte in `byte_order` ("native",
        "little", "big").
        """
        return untyped_storage(_of_buffer(buffer, byte_order, count, offset, dtype))

    @staticmethod
    def from_file(filename: Any, shared: bool = False, nbytes: int = 0) -> UntypedStorage:
        """The first `nbytes` (0: all) of a file, which is mapped into memory and read where it is
        looked at. With `shared`, what is written goes to the file, which is made or grows.
        """
        if shared:
            with open(filename, "ab") as file:
                file.truncate(max(file.tell(), nbytes))
        size = os.path.getsize(filename)
        if nbytes > size:
            raise RuntimeError(
                f"mmap {nbytes} bytes from file <{os.fspath(filename)}>: the file has {size}"
            )
        count = nbytes or size
        data = np.empty(0, np.uint8)
        if count:
            data = np.memmap(filename, np.uint8, "r+" if shared else "c", shape=(count,))
        return HostStorage(data.view(np.ndarray), shared=shared)

    def byteswap(self, dtype: Any) -> None:
        """Exchange the bytes of each number, in place: the two parts of complex ones by itself."""
        width = dtype.itemsize // (2 if dtype.is_complex else 1)
        bits = self._flat.numpy()
        self._flat.copy_(from_array(bits.view(f"u{width}").byteswap().view(np.uint8)))

    def new(self) -> UntypedStorage:
        """An empty storage on the same device."""
        return UntypedStorage(0, device=self.device)

    def untyped(self) -> UntypedStorage:
        """This storage."""
        return self

    def clone(self) -> UntypedStorage:
        """A copy of the memory."""
        return untyped_storage(self._elements.clone())

    def to(self, *, device: Any, non_blocking: bool = False) -> UntypedStorage:
        """This storage on a device: itself, or a copy."""
        moved = self._elements.to(device=device)
        return self if moved is self._elements else untyped_storage(moved)

    def cpu(self) -> UntypedStorage:
        """This storage on the CPU: itself, or a copy."""
        return self if self.device.type == "cpu" else untyped_storage(self._elements.cpu())

    def cuda(self, device: Any = None, non_blocking: bool = False) -> UntypedStorage:
        """This storage on the GPU: itself, or a copy."""
        return self if self.is_cuda else untyped_storage(self._elements.cuda(device))

    def _described(self) -> str:
        return f"torch.storage.UntypedStorage(device={self.device})"

    def _as_tensor(self, dtype: Any) -> Tensor:
        return self._elements if self._elements.dtype is dtype else self._elements.view(dtype)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntypedStorage) and other._store is self._store

    def __hash__(self) -> int:
        return hash(self._store)


def _checked_slice(index: slice, size: int) -> tuple[int, int]:
    start, stop, step = index.indices(size)
    if step != 1:
        raise RuntimeError(
            f"Trying to slice with a step of {step}, but only a step of 1 is supported"
        )
    return start, max(start, stop)


def _of_buffer(buffer: Any, byte_order: str | None, count: int, offset: int, dtype: Any) -> Tensor:
    if byte_order not in (None, "native", "little", "big"):
        raise ValueError(
            f"invalid byte_order '{byte_order}' (expected 'big', 'little', or 'native')"
        )
    width = dtype.itemsize // (2 if dtype.is_complex else 1)
    if width > 1 and byte_order is None:
        raise TypeError("function missing required argument 'byte_order' (pos 2)")
    numbers = np.frombuffer(buffer, f"u{width}", -1 if count < 0 else count, offset)
    if byte_order not in (None, "native", sys.byteorder):
        numbers = numbers.byteswap()
    return from_array(np.array(numbers).view(dtype.np), device=None)


class HostStorage(UntypedStorage):
    """A storage whose bytes came from a file, read or mapped, and nobody has looked at yet: the
    tensor under it is made when one is asked for. With `shared`, what is written to it goes to the
    array.
    """

    def __init__(
        self, data: np.ndarray, kind: Any = _dtypes.uint8, device: Any = None, shared: bool = False
    ):
        self._data, self._kind, self._shared = data, kind, shared
        self._device = _devices.CPU if device is None else device
        self._made: Tensor | None = None

    device = property(lambda self: self._device)  # type: ignore[assignment]
    _elements = property(lambda self: _flat(self._root()))  # type: ignore[assignment]
    _store = property(lambda self: self._root()._share().store)  # type: ignore[assignment]

    def nbytes(self) -> int:
        """The size in bytes."""
        return self._data.nbytes

    size = __len__ = nbytes

    def __getitem__(self, index: Any) -> Any:
        """A byte, or a storage over a part of the same memory."""
        if not isinstance(index, slice) or self._made is not None:
            return super().__getitem__(index)
        start, stop = _checked_slice(index, self.nbytes())
        return HostStorage(self._data[start:stop], shared=self._shared)

    def _as_tensor(self, dtype: Any) -> Tensor:
        if self._made is None and not self.nbytes() % dtype.itemsize:
            self._kind = dtype
        return super()._as_tensor(dtype)

    def _root(self) -> Tensor:
        if self._made is None:
            self._made = self._leaf(self._data.view(self._kind.np))
        return self._made

    def _leaf(self, array: np.ndarray) -> Tensor:
        if self.device.type == "meta":
            return creation.empty(array.shape, dtype=self._kind, device="meta")
        if self._shared:
            return tensors._shared(array)
        if self.device.type == "cpu":
            return from_value(from_buffer(array, _devices.to_jax(self.device)))
        return from_array(array, device=self.device)


HostStorage.__name__ = HostStorage.__qualname__ = "UntypedStorage"
HostStorage.__module__ = "torch.storage"

_warned: list[bool] = []  # torch says it once


def _warn() -> None:
    if _warned:
        return
    _warned.append(True)
    warnings.warn(
        "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be "
        "the only storage class. This should only matter to you if you are using storages "
        "directly.  To access UntypedStorage directly, use tensor.untyped_storage() instead of "
        "tensor.storage()",
        stacklevel=3,
    )


class TypedStorage(_Storage):
    """The same memory, counted in elements. torch calls this form deprecated."""

    __module__ = "torch.storage"

    def __init__(self, *args: Any, wrap_storage: Any = None, dtype: Any = None, device: Any = None):
        _warn()
        dtype = dtype or _dtypes.get_default_dtype()
        if wrap_storage is not None:
            self._flat = wrap_storage._as_tensor(dtype)
        else:
            self._flat = _elements(type(self), args, dtype, device)

    @property
    def dtype(self) -> Any:
        return self._flat.dtype

    def untyped(self) -> UntypedStorage:
        """The same memory in bytes."""
        return untyped_storage(self._flat)

    def type(self) -> str:
        """The name of the legacy class: 'torch.FloatStorage'."""
        where = "torch.cuda." if self.is_cuda else "torch."
        return where + self.pickle_storage_type()

    def pickle_storage_type(self) -> str:
        return _NAMES[self.dtype]

    @classmethod
    def from_buffer(cls, *args: Any, dtype: Any = None, **kwargs: Any) -> TypedStorage:
        """The elements of a buffer, copied, as `UntypedStorage.from_buffer` reads them."""
        return _typed(_of_buffer(*_buffer_arguments(*args, **kwargs), _its_dtype(cls, dtype)))

    @classmethod
    def from_file(cls, filename: Any, shared: bool = False, size: int = 0) -> TypedStorage:
        """The first `size` elements (0: all) of a file, as `UntypedStorage.from_file` maps it."""
        dtype = _its_dtype(cls, None)
        mapped = UntypedStorage.from_file(filename, shared, size * dtype.itemsize)
        return _typed(mapped._as_tensor(dtype))

    def to(self, *, device: Any, non_blocking: bool = False) -> TypedStorage:
        """This storage on a device: itself, or a copy."""
        moved = self._flat.to(device=device)
        return self if moved is self._flat else _typed(moved)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        return self._flat[index].item()

    def clone(self) -> TypedStorage:
        """A copy of the memory."""
        return _typed(self._flat.clone())

    def cpu(self) -> TypedStorage:
        """This storage on the CPU: itself, or a copy."""
        return self if self.device.type == "cpu" else _typed(self._flat.cpu())

    def cuda(self, device: Any = None, non_blocking: bool = False) -> TypedStorage:
        """This storage on the GPU: itself, or a copy."""
        return self if self.is_cuda else _typed(self._flat.cuda(device))

    def _described(self) -> str:
        return f"torch.storage.TypedStorage(dtype={self.dtype}, device={self.device})"

    def _as_tensor(self, dtype: Any) -> Tensor:
        return self._flat

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypedStorage) and other.untyped() == self.untyped()

    def __hash__(self) -> int:
        return hash(self.untyped())


def _elements(cls: type, args: tuple, dtype: Any, device: Any) -> Any:
    if len(args) > 1:
        raise RuntimeError(
            f"{cls}.__new__ received an invalid combination of arguments. Expected one of:"
        )
    data = args[0] if args else 0
    if isinstance(data, int):
        data = np.zeros(data, dtype.np)
    elif not hasattr(data, "__len__"):
        raise TypeError(f"new(): data must be a sequence (got {type_name_of(data)})")
    elif isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type_name_of(data)}'")
    return tensors.tensor(data, dtype=dtype, device=device)


def _buffer_arguments(
    buffer: Any, byte_order: str | None = None, count: int = -1, offset: int = 0
) -> tuple[Any, str | None, int, int]:
    return buffer, byte_order, count, offset


def _its_dtype(cls: Any, dtype: Any) -> Any:
    if dtype is None and isinstance(cls, _Legacy):
        return cls.dtype
    if dtype is None:
        raise RuntimeError("from_file: the storage class has no dtype; use torch.FloatStorage")
    return dtype


def _typed(flat: Any) -> TypedStorage:
    out = object.__new__(TypedStorage)
    out._flat = flat
    return out


def _cast(name: str) -> Any:
    def method(self: _Storage) -> TypedStorage:
        return _typed(CASTS[name](self._flat))

    method.__name__, method.__doc__ = name, f"The elements as {name}, in a storage of their own."
    return method


for _name in CASTS:
    setattr(_Storage, {"cfloat": "complex_float", "cdouble": "complex_double"}.get(_name, _name),
            _cast(_name))  # fmt: skip


# -- torch.FloatStorage and its kind


class _Legacy(type):
    """Callable, and known to isinstance by dtype and device."""

    dtype: Any

    def __call__(cls, *args: Any, device: Any = None) -> TypedStorage:
        _warn()
        out = object.__new__(TypedStorage)
        out._flat = _elements(cls, args, cls.dtype, device)
        return out

    def from_buffer(cls, *args: Any, **kwargs: Any) -> TypedStorage:
        """The elements of a buffer, copied."""
        return TypedStorage.from_buffer.__func__(cls, *args, **kwargs)  # type: ignore[attr-defined]

    def from_file(cls, *args: Any, **kwargs: Any) -> TypedStorage:
        """The elements of a file."""
        return TypedStorage.from_file.__func__(cls, *args, **kwargs)  # type: ignore[attr-defined]

    def __instancecheck__(cls, x: object) -> bool:
        return isinstance(x, TypedStorage) and x.dtype is cls.dtype and not x.is_cuda


_NAMES = {
    dtype: name.rpartition(".")[2].replace("Tensor", "Storage")
    for name, dtype in _dtypes.TENSOR_TYPES.items()
} | {_dtypes.complex64: "ComplexFloatStorage", _dtypes.complex128: "ComplexDoubleStorage"}

TYPES: dict[str, Any] = {
    name: _Legacy(name, (), {"dtype": dtype, "__module__": "torch"})
    for dtype, name in _NAMES.items()
} | {"TypedStorage": TypedStorage, "UntypedStorage": UntypedStorage}


def is_storage(obj: Any, /) -> bool:
    """Whether obj is a storage."""
    return isinstance(obj, _Storage)


# -- of tensors


def untyped_storage(self: Tensor) -> UntypedStorage:
    """The bytes behind this tensor."""
    return object.__new__(UntypedStorage)._of(self)


def storage(self: Tensor) -> TypedStorage:
    """The elements behind this tensor."""
    _warn()
    return _typed_storage(self)


def _typed_storage(self: Tensor) -> TypedStorage:
    return _typed(untyped_storage(self)._as_tensor(self.dtype))


def storage_type(self: Tensor) -> Any:
    """The legacy class of this tensor's storage: torch.FloatStorage."""
    _warn()
    return TYPES[_NAMES[self.dtype]]


METHODS = {
    "untyped_storage": untyped_storage,
    "storage": storage,
    "storage_type": storage_type,
    "_typed_storage": _typed_storage,
}
