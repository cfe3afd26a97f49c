"""dtype objects and torch's promotion table. Knows NumPy's dtypes; imports nothing of jtorch."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np


class dtype:
    """An element type. There is one object per type; pickling and copying keep it."""

    __slots__ = (
        "category", "is_complex", "is_floating_point", "is_signed", "itemsize", "name", "np", "scalar_name",
    )  # fmt: skip
    _all: dict[str, dtype] = {}

    def __init__(self, name: str, np_dtype: Any, category: int, scalar_name: str):
        self.name, self.np = name, np.dtype(np_dtype)
        self.category = category  # 0 bool, 1 integer, 2 floating point, 3 complex
        self.itemsize = self.np.itemsize
        self.is_floating_point, self.is_complex = category == 2, category == 3
        self.is_signed = category >= 2 or (category == 1 and not name.startswith("uint"))
        self.scalar_name = scalar_name  # as error messages say it
        dtype._all[name] = self

    def to_real(self) -> dtype:
        return _REAL.get(self.name, self)

    def to_complex(self) -> dtype:
        if self.name == "float64":
            return complex128
        if self.category < 3:
            return complex64
        return self

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self):
        return _by_name, (self.name,)

    def __copy__(self) -> dtype:
        return self

    def __deepcopy__(self, memo) -> dtype:
        return self


dtype.__module__ = "torch"


def _by_name(name: str) -> dtype:
    return dtype._all[name]


bool_ = dtype("bool", np.bool_, 0, "Bool")
uint8 = dtype("uint8", np.uint8, 1, "Byte")
int8 = dtype("int8", np.int8, 1, "Char")
int16 = dtype("int16", np.int16, 1, "Short")
int32 = dtype("int32", np.int32, 1, "Int")
int64 = dtype("int64", np.int64, 1, "Long")
uint16 = dtype("uint16", np.uint16, 1, "UInt16")
uint32 = dtype("uint32", np.uint32, 1, "UInt32")
uint64 = dtype("uint64", np.uint64, 1, "UInt64")
float16 = dtype("float16", np.float16, 2, "Half")
bfloat16 = dtype("bfloat16", ml_dtypes.bfloat16, 2, "BFloat16")
float32 = dtype("float32", np.float32, 2, "Float")
float64 = dtype("float64", np.float64, 2, "Double")
complex64 = dtype("complex64", np.complex64, 3, "ComplexFloat")
complex128 = dtype("complex128", np.complex128, 3, "ComplexDouble")

half, float, double = float16, float32, float64
short, int, long = int16, int32, int64
cfloat, cdouble = complex64, complex128

_REAL = {"complex64": float32, "complex128": float64}
_FROM_NP = {d.np: d for d in dtype._all.values()}


def from_np(np_dtype: Any) -> dtype:
    """The dtype of an ndarray's or jax array's dtype."""
    try:
        return _FROM_NP[np_dtype]
    except KeyError:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{np.dtype(np_dtype).type.__name__}. The only supported "
            "types are: float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, "
            "uint32, uint16, uint8, and bool."
        ) from None


# -- promotion

_INTS = ("uint8", "int8", "int16", "int32", "int64")
_UNSIGNED = ("uint16", "uint32", "uint64")


def _join(a: dtype, b: dtype) -> dtype:
    if a is b:
        return a
    if a.category > b.category:
        a, b = b, a
    if b.category == 3:
        if a.category == 2:
            return complex128 if "64" in a.name or b is complex128 else complex64
        return complex128 if complex128 in (a, b) else complex64
    if b.category == 2:
        if a.category < 2:
            return b
        wide = a if a.itemsize > b.itemsize else b
        return float32 if a.itemsize == b.itemsize else wide
    if a.category == 0:
        return b
    return _join_integers(a, b)


def _join_integers(a: dtype, b: dtype) -> dtype:
    if a.name in _UNSIGNED or b.name in _UNSIGNED:
        if not a.is_signed and not b.is_signed:
            return a if a.itemsize > b.itemsize else b
        raise RuntimeError(
            f"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
            f"{a.scalar_name} and {b.scalar_name}"
        )
    if a is uint8 or b is uint8:
        other = b if a is uint8 else a
        return int16 if other is int8 else other
    return a if a.itemsize > b.itemsize else b


_TABLE = {}


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest type that both convert to, by torch's table."""
    found = _TABLE.get((type1, type2))
    if found is None:
        found = _TABLE[type1, type2] = _join(type1, type2)
    return found


def can_cast(from_: dtype, to: dtype) -> builtins.bool:
    """Whether a conversion keeps or widens the kind of number."""
    return from_.category <= to.category


# -- the default dtype

_default: list[dtype] = [float32]
_listeners: list[Callable[[], None]] = []


def get_default_dtype() -> dtype:
    return _default[0]


def set_default_dtype(d: dtype) -> None:
    """The floating-point type that numbers and factory functions get."""
    if not isinstance(d, dtype):
        raise TypeError(f"invalid dtype object: only floating-point types are supported as the default type")
    if not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    if d is _default[0]:
        return
    _default[0] = d
    for listener in _listeners:
        listener()


def on_default_change(listener: Callable[[], None]) -> None:
    """Call `listener` when the default dtype changes: programs traced before depend on it."""
    _listeners.append(listener)


# -- limits


class finfo:
    """Limits of a floating-point (or, by its parts, complex) type."""

    def __init__(self, type: dtype | None = None):
        d = get_default_dtype() if type is None else type
        if not isinstance(d, dtype):
            raise TypeError(f"finfo(): argument 'type' (position 1) must be torch.dtype, not {d.__class__.__name__}")
        if d.category < 2:
            raise TypeError(
                f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"
            )
        info = ml_dtypes.finfo(d.to_real().np)
        self.bits = builtins.int(info.bits)
        self.eps, self.max, self.min = map(builtins.float, (info.eps, info.max, info.min))
        self.tiny = self.smallest_normal = builtins.float(info.smallest_normal)
        self.resolution = builtins.float(info.resolution)
        self.dtype = d.to_real().name

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )

    def __eq__(self, other) -> builtins.bool:
        return isinstance(other, finfo) and other.dtype == self.dtype

    def __hash__(self) -> builtins.int:
        return hash(self.dtype)


class iinfo:
    """Limits of an integer type."""

    def __init__(self, type: dtype):
        if not isinstance(type, dtype):
            raise TypeError(f"iinfo(): argument 'type' (position 1) must be torch.dtype, not {type.__class__.__name__}")
        if type.category != 1:
            raise TypeError(
                f"torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'"
            )
        info = np.iinfo(type.np)
        self.bits, self.max, self.min = info.bits, builtins.int(info.max), builtins.int(info.min)
        self.dtype = type.name

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"

    def __eq__(self, other) -> builtins.bool:
        return isinstance(other, iinfo) and other.dtype == self.dtype

    def __hash__(self) -> builtins.int:
        return hash(self.dtype)


TENSOR_TYPES = {
    f"torch.{kind}Tensor": d
    for kind, d in {
        "Float": float32, "Double": float64, "Half": float16, "BFloat16": bfloat16, "Long": int64,
        "Int": int32, "Short": int16, "Char": int8, "Byte": uint8, "Bool": bool_,
    }.items()
}  # fmt: skip
