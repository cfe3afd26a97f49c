"""Tensors to other libraries and from them by DLPack: both sides see the same memory. Capsules come
from NumPy, with the dtypes that NumPy has no name for written into them.
"""

from __future__ import annotations

import ctypes
import enum
from typing import Any

import jax
import numpy as np

from .. import _devices, _dtypes, _errors
from .._tensor import Tensor, from_array
from ..graph import look
from . import tensors
from .shape import clone


class DLDeviceType(enum.IntEnum):
    """The kinds of memory that DLPack knows."""

    kDLCPU = 1
    kDLCUDA = 2
    kDLCUDAHost = 3
    kDLOpenCL = 4
    kDLVulkan = 7
    kDLMetal = 8
    kDLVPI = 9
    kDLROCM = 10
    kDLROCMHost = 11
    kDLExtDev = 12
    kDLCUDAManaged = 13
    kDLOneAPI = 14
    kDLWebGPU = 15
    kDLHexagon = 16
    kDLMAIA = 17


class _Array(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32), ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16), ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)), ("offset", ctypes.c_uint64),
    ]  # fmt: skip


class _Managed(ctypes.Structure):
    _fields_ = [("array", _Array), ("context", ctypes.c_void_p), ("deleter", ctypes.c_void_p)]


class _Versioned(ctypes.Structure):
    _fields_ = [
        ("major", ctypes.c_uint32), ("minor", ctypes.c_uint32), ("context", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p), ("flags", ctypes.c_uint64), ("array", _Array),
    ]  # fmt: skip


def _function(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(ctypes.pythonapi, name)
    function.restype, function.argtypes = result, arguments
    return function


_is_valid = _function("PyCapsule_IsValid", ctypes.c_int, ctypes.py_object, ctypes.c_char_p)
_pointer = _function("PyCapsule_GetPointer", ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)
_rename = _function("PyCapsule_SetName", ctypes.c_int, ctypes.py_object, ctypes.c_char_p)
_deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)

# (name, name once it was consumed, structure); the names must live as long as the capsules
_FORMS: tuple[tuple[bytes, bytes, Any], ...] = (
    (b"dltensor_versioned", b"used_dltensor_versioned", _Versioned),
    (b"dltensor", b"used_dltensor", _Managed),
)
_READ_ONLY = 1
_KINDS = {0: "i", 1: "u", 2: "f", 5: "c", 6: "b"}
_NAMED = {
    _dtypes.bfloat16: 4, _dtypes.float8_e4m3fn: 10, _dtypes.float8_e4m3fnuz: 11,
    _dtypes.float8_e5m2: 12, _dtypes.float8_e5m2fnuz: 13, _dtypes.float8_e8m0fnu: 14,
}  # fmt: skip
_BY_CODE = {(code, 8 * dtype.itemsize): dtype for dtype, code in _NAMED.items()}
USED = (
    "from_dlpack received an invalid capsule. Note that DLTensor capsules can be consumed only "
    "once, so you might have already constructed a tensor from it once."
)


def _opened(capsule: Any) -> tuple[int, Any, bytes] | None:
    """(address, structure, the name of the consumed) of a capsule that is still to be consumed."""
    for name, used, structure in _FORMS:
        if _is_valid(capsule, name):
            address = _pointer(capsule, name)
            return address, structure.from_address(address), used
    return None


# -- to others


def to_dlpack(tensor: Tensor) -> Any:
    """A capsule with the memory of a tensor, to be consumed once. Its gradient is not seen."""
    return _exported(tensor, False)


def _exported(tensor: Any, versioned: bool) -> Any:
    if tensor.layout is not _devices.strided:
        raise BufferError("Can't export tensors with layout other than torch.strided")
    if tensor.device.type != "cpu":
        if tensor.device.type == "meta":
            raise BufferError("Cannot pack tensors on meta")
        return look(tensor._read()).__dlpack__()
    tensor._read()
    array = tensor._share().store.share(tensor._layout(), tensor.dtype.np)
    code = _NAMED.get(tensor.dtype)
    if code is not None:
        array = array.view(f"u{tensor.itemsize}")
    capsule = array.__dlpack__(max_version=(1, 0) if versioned else None)
    if code is not None:
        opened = _opened(capsule)
        assert opened is not None
        opened[1].array.code = code
    return capsule


def __dlpack__(
    self: Any,
    *,
    stream: Any = -1,
    max_version: tuple[int, int] | None = None,
    dl_device: Any = None,
    copy: bool | None = None,
) -> Any:
    """A capsule with the memory of this tensor (with `copy`, of a copy)."""
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if self.layout is _devices.strided and self.is_conj():
        raise BufferError("Can't export tensors with the conjugate bit set")
    if stream is not None and not isinstance(stream, int):
        raise TypeError("stream must be ``int`` or ``none``")
    if self.device.type == "cpu" and stream not in (None, -1):
        raise AssertionError("stream should be None on cpu.")
    if dl_device is not None and tuple(dl_device) != tuple(__dlpack_device__(self)):
        if copy is False:
            raise ValueError("cannot move a tensor to another device without a copy")
        self = self.to(_device(*dl_device))
    elif copy:
        self = clone(self)
    return _exported(self, max_version is not None and max_version[0] >= 1)


def _device(kind: int, index: int) -> Any:
    names = {DLDeviceType.kDLCPU: "cpu", DLDeviceType.kDLCUDA: f"cuda:{index}"}
    if kind not in names:
        raise ValueError(f"Unknown device type {kind} for Dlpack")
    return _devices.device(names[DLDeviceType(kind)])


def __dlpack_device__(self: Any) -> tuple[DLDeviceType, int]:
    """The kind of memory, and which of its kind."""
    kinds = {"cpu": DLDeviceType.kDLCPU, "cuda": DLDeviceType.kDLCUDA}
    if self.device.type not in kinds:
        raise ValueError(f"Unknown device type {self.device.type} for Dlpack")
    return kinds[self.device.type], self.device.index or 0


# -- from others


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor over the memory of an object with `__dlpack__`, or of a capsule (with `copy`, over
    a copy of it). JAX arrays, which cannot change, share nothing that can be seen.
    """
    if not isinstance(ext_tensor, jax.Array) and not hasattr(ext_tensor, "__dlpack__"):
        if device is not None or copy is not None:
            raise AssertionError("device and copy kwargs not supported when ext_tensor is already "
                                 "a DLPack capsule.")  # fmt: skip
        return _consumed(ext_tensor)
    where = None if device is None else _devices.resolve(device)
    if where is not None and where.type == "meta":
        raise BufferError("Cannot pack tensors on meta")
    if where is not None:
        _devices.jax_device(where)  # raises where there is none
    if isinstance(ext_tensor, jax.Array):
        made = from_array(ext_tensor)
        return made if where is None else made.to(where)  # type: ignore[attr-defined]
    options: dict[str, Any] = {"max_version": (1, 0)}
    if copy is not None:
        options["copy"] = copy
    if where is not None:
        kind = DLDeviceType.kDLCUDA if where.type == "cuda" else DLDeviceType.kDLCPU
        options["dl_device"] = (kind, where.index or 0)
    if isinstance(ext_tensor, Tensor):
        __dlpack__(ext_tensor, **options)  # asks what may be exported
        own: Any = ext_tensor.detach()  # type: ignore[attr-defined]
        return clone(own) if copy else own
    if ext_tensor.__dlpack_device__()[0] in (DLDeviceType.kDLCUDA, DLDeviceType.kDLROCM):
        return from_array(jax.dlpack.from_dlpack(ext_tensor))
    try:
        capsule = ext_tensor.__dlpack__(**options)
    except TypeError:  # older than the protocol's first version
        capsule = ext_tensor.__dlpack__()
    return _consumed(capsule)


def _consumed(capsule: Any) -> Tensor:
    opened = _opened(capsule)
    if opened is None:
        raise RuntimeError(USED)
    address, managed, used = opened
    source, dtype = managed.array, None
    if source.device_type != DLDeviceType.kDLCPU:
        raise _errors.not_covered(f"A DLPack capsule of device type {source.device_type}")
    if source.lanes != 1:
        raise RuntimeError("ATen does not support lanes != 1")
    if source.code not in _KINDS:
        dtype = _BY_CODE.get((source.code, source.bits))
        if dtype is None:
            raise RuntimeError(f"Unsupported code {source.code}")
    memory = _Imported(capsule, address, managed)
    _rename(capsule, used)
    array = np.asarray(memory) if 0 not in memory.shape else memory.empty()
    if dtype is not None:
        array = array.view(dtype.np)
    if not array.flags.writeable:
        return from_array(array, device="cpu")
    return tensors._shared(array)


class _Imported:
    """Memory of another library, as NumPy's array interface describes it; given back at the end."""

    def __init__(self, capsule: Any, address: int, managed: Any):
        self._address, self._deleter = address, managed.deleter
        source = managed.array
        kind, size = _KINDS.get(source.code, "u"), source.bits // 8
        self.shape = tuple(source.shape[d] for d in range(source.ndim))
        strides = None
        if source.strides:
            strides = tuple(source.strides[d] * size for d in range(source.ndim))
        read_only = isinstance(managed, _Versioned) and bool(managed.flags & _READ_ONLY)
        self._type = f"|{kind}{size}" if size == 1 else f"<{kind}{size}"
        self.__array_interface__ = {
            "data": ((source.data or 0) + source.offset, read_only), "shape": self.shape,
            "strides": strides, "typestr": self._type, "version": 3,
        }  # fmt: skip

    def empty(self) -> np.ndarray:
        """An array without elements, which may have no address."""
        return np.empty(self.shape, self._type)

    def __del__(self):
        if self._deleter:
            _deleter(self._deleter)(self._address)


FUNCTIONS = ("from_dlpack", "to_dlpack")
METHODS = ("__dlpack__", "__dlpack_device__")
