"""Tensors from what Python programs hold: numbers, nested lists, ndarrays, buffers, other tensors.
torch.tensor always copies; as_tensor, asarray, from_numpy and frombuffer share where torch shares.
"""

from __future__ import annotations

import warnings
from typing import Any

import jax
import numpy as np

from .. import _devices, _dtypes, _errors
from .._tensor import Tensor
from . import _data, _promote, convert
from ._factory import check_options, factory, finished, fresh, place
from .shape import clone

COPY_CONSTRUCT = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than {name}(sourceTensor)."
)
NOT_WRITABLE = (
    "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. "
    "This means writing to this tensor will result in undefined behavior. You may want to copy the "
    "array to protect its data or make it writable before converting it to a tensor. This type of "
    "warning will be suppressed for the rest of this program."
)
_MISSING = object()


@factory
def tensor(
    *args: Any,
    data: Any = _MISSING,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A new leaf tensor with a copy of data: numbers, nested sequences of them, arrays, tensors."""
    check_options("tensor", dtype, None, pin_memory)
    if len(args) > 1:
        raise TypeError(f"tensor() takes 1 positional argument but {len(args)} were given")
    data = args[0] if args else data
    if data is _MISSING:
        raise TypeError('tensor() missing 1 required positional arguments: "data"')
    if isinstance(data, Tensor):
        warnings.warn(COPY_CONSTRUCT.format(name="torch.tensor"), UserWarning, stacklevel=3)
    return _copied(data, dtype, device, requires_grad, "tensor")


def _copied(data: Any, dtype: Any, device: Any, requires_grad: bool, function: str) -> Tensor:
    if isinstance(data, Tensor):
        plain = clone(data.detach())  # type: ignore[attr-defined]
        return finished(convert.convert(plain, dtype, device), requires_grad)
    where = place(function, device)
    return finished(fresh(_data.to_ndarray(data, dtype), where), requires_grad)


@factory
def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """data as a tensor, without a copy where that is possible: tensors keep their history, ndarrays
    their memory.
    """
    check_options("as_tensor", dtype)
    if isinstance(data, Tensor):
        return convert.convert(data, dtype, device)
    if isinstance(data, np.ndarray) and _device_type(device) == "cpu":
        _data.check_ndarray(data)
        if dtype is None or dtype.np == data.dtype:
            return _shared(data)
    return _copied(data, dtype, device, False, "as_tensor")


def _device_type(device: Any) -> str:
    return _devices.resolve(device).type


def from_numpy(ndarray: np.ndarray, /) -> Tensor:
    """A tensor over the memory of an ndarray: writes on either side show on the other."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {_errors.type_name_of(ndarray)})")
    _data.check_ndarray(ndarray)
    return _shared(ndarray)


def _shared(array: np.ndarray) -> Tensor:
    if not array.flags.writeable and _errors.once(NOT_WRITABLE):
        warnings.warn(NOT_WRITABLE, UserWarning, stacklevel=4)
    return Tensor._from_shared_numpy(array)  # type: ignore[attr-defined]


KEEPS_GRAD = (
    "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad instead of False. "
    "Pass requires_grad=False explicitly to get the old behavior and silence this warning."
)


@factory
def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """obj as a tensor that shares its memory, or not, as `copy` says."""
    check_options("asarray", dtype)
    if isinstance(obj, Tensor):
        if requires_grad is None and obj.requires_grad:
            warnings.warn(KEEPS_GRAD, UserWarning, stacklevel=3)
        return _asarray_of_tensor(obj, dtype, device, copy, requires_grad)
    if hasattr(obj, "_as_tensor"):  # a storage
        whole = obj._as_tensor(dtype or _dtypes.get_default_dtype()).detach()
        return _asarray_of_tensor(whole, dtype, device, copy, requires_grad)
    shareable = isinstance(obj, np.ndarray) or _is_buffer(obj)
    if not shareable:
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
        return _copied(obj, dtype, device, bool(requires_grad), "asarray")
    if isinstance(obj, np.ndarray):
        shared = from_numpy(obj)
    else:
        shared = frombuffer(obj, dtype=dtype or _dtypes.get_default_dtype())
    return _asarray_of_tensor(shared, dtype, device, copy, requires_grad)


def _is_buffer(obj: Any) -> bool:
    if isinstance(obj, (np.generic, jax.Array)):
        return False
    try:
        memoryview(obj)
    except TypeError:
        return False
    return True


def _asarray_of_tensor(
    source: Tensor, dtype: Any, device: Any, copy: bool | None, requires_grad: bool | None
) -> Tensor:
    out = convert.convert(source, dtype, device)
    if out is not source and copy is False:
        if out.device != source.device:
            raise ValueError(f"can't alias tensor from device '{source.device}' to '{out.device}'.")
        raise ValueError(
            f"can't alias tensor with dtype '{source.dtype._scalar_name}' into dtype "
            f"'{out.dtype._scalar_name}'."
        )
    if copy and out is source:
        out = clone(source)
    if requires_grad is None:
        return out
    if not requires_grad:
        return out.detach() if out.requires_grad else out  # type: ignore[attr-defined]
    return out if out.requires_grad else finished(out, True)


def frombuffer(
    buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A 1-d tensor over a buffer's memory: `count` elements (-1: all) from byte `offset` on."""
    check_options("frombuffer", dtype)
    try:
        memory = np.frombuffer(buffer, np.uint8) if memoryview(buffer) else np.empty(0, "u1")
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    length, size = memory.nbytes, dtype.itemsize
    if not length or not count:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length "
            f"({length} bytes) minus 1"
        )
    if count < 0:
        count, left = divmod(length - offset, size)
        if left:
            raise ValueError(
                f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a "
                f"multiple of element size ({size})"
            )
    elif count * size > length - offset:
        raise ValueError(
            f"requested buffer length ({count} * {size} bytes) after offset ({offset} bytes) must "
            f"not be greater than actual buffer length ({length} bytes)"
        )
    return finished(_shared(np.frombuffer(buffer, dtype.np, count, offset)), requires_grad)


@factory
def scalar_tensor(
    s: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """A 0-d tensor of the number s, of the default dtype unless told otherwise."""
    check_options("scalar_tensor", dtype, layout, pin_memory)
    if not isinstance(s, (bool, int, float, complex, Tensor, np.generic)):
        kind = _errors.type_name_of(s)
        raise TypeError(f"scalar_tensor(): argument 's' (position 1) must be Number, not {kind}")
    dtype = dtype or _dtypes.get_default_dtype()
    return _copied(s, dtype, device, requires_grad, "scalar_tensor")


def new_tensor(
    self: Tensor,
    data: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """A new leaf tensor with a copy of data, of this tensor's dtype and on its device."""
    check_options("new_tensor", dtype, layout, pin_memory)
    if isinstance(data, Tensor):
        warnings.warn(COPY_CONSTRUCT.format(name="new_tensor"), UserWarning, stacklevel=3)
    device = self.device if device is None else device
    return _copied(data, dtype or self.dtype, device, requires_grad, "new_tensor")


def new(self: Tensor, *args: Any, device: Any = None) -> Tensor:
    """The legacy constructor with this tensor's dtype: `x.new(2, 3)`, `x.new([1, 2])`."""
    return legacy(self.dtype, args, self.device if device is None else device)


def legacy(dtype: _dtypes.dtype, args: tuple, device: Any = None, name: str = "new") -> Tensor:
    """torch.FloatTensor(2, 3): a tensor of that size; torch.FloatTensor([1, 2]): of that data."""
    where = place(name, device)
    if len(args) != 1 or _data_is_size(args[0]):
        shape = args[0] if args and isinstance(args[0], tuple) else args
        for n in shape:
            if not hasattr(n, "__index__"):
                raise TypeError(
                    f"{name}() received an invalid combination of arguments - got "
                    f"({', '.join(_errors.type_name_of(a) for a in args)}), but expected one of:"
                )
        return fresh(np.zeros(tuple(int(n) for n in shape), dtype.np), where)
    (data,) = args
    if isinstance(data, Tensor):
        if data.dtype is not dtype and name != "Tensor":
            raise TypeError(f"expected a tensor of dtype {dtype!r} (got {data.dtype!r})")
        return data.detach()  # type: ignore[attr-defined]
    if not _data.is_sequence(data):
        if isinstance(data, (str, bytes)):
            raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
        raise TypeError(f"new(): data must be a sequence (got {_errors.type_name_of(data)})")
    return fresh(_data.to_ndarray(data, dtype), where)


def _data_is_size(given: Any) -> bool:
    return type(given).__name__ == "Size" or isinstance(given, (int, np.integer))


def set_default_tensor_type(t: Any) -> None:
    """The default dtype and device by a legacy type or its name (deprecated in torch)."""
    warnings.warn(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use "
        "torch.set_default_dtype() and torch.set_default_device() as alternatives.",
        UserWarning,
        stacklevel=2,
    )
    name = t if isinstance(t, str) else f"{type(t).__module__}.{getattr(t, '__name__', '')}"
    if isinstance(t, type):
        name = f"{t.__module__}.{t.__name__}".replace("jtorch", "torch")
    if name not in _dtypes.TENSOR_TYPES:
        raise TypeError(f"invalid type object: {_dtypes._NOT_A_DEFAULT}")
    on_gpu = name.startswith("torch.cuda.")
    if on_gpu and not _devices.device_count("cuda"):
        raise TypeError(f"type {name} not available. Torch not compiled with CUDA enabled.")
    _promote.set_default_dtype(_dtypes.TENSOR_TYPES[name])
    _devices.set_default_device("cuda" if on_gpu else None)


FUNCTIONS = (
    "as_tensor", "asarray", "from_numpy", "frombuffer", "scalar_tensor",
    "set_default_tensor_type", "tensor",
)  # fmt: skip
METHODS = ("new", "new_tensor")
