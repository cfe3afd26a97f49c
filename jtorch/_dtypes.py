"""torch.dtype and what belongs to it: the objects, promotion of pairs of them, finfo and iinfo, the
default dtype, the names of the legacy tensor types. It knows NumPy's dtypes and no tensor.

There is exactly one object per dtype: pickling and copying one gives the same object back.
"""

import builtins

import ml_dtypes
import numpy as np

from ._errors import not_covered

BOOL, INT, FLOAT, COMPLEX = range(4)


class dtype:
    """One of torch's element types. `.np` is NumPy's dtype of it, `.category` its rank in promotion
    (0 bool, 1 int, 2 float, 3 complex).
    """

    __module__ = "torch"
    __slots__ = (
        "__weakref__",
        "_scalar_name",
        "abbr",
        "category",
        "is_complex",
        "is_floating_point",
        "is_signed",
        "itemsize",
        "name",
        "np",
    )

    def __new__(cls, *args, **kwargs):
        raise TypeError("cannot create 'torch.dtype' instances")

    def __repr__(self):
        return f"torch.{self.name}"

    def __reduce__(self):
        return by_name, (self.name,)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def to_real(self):
        """The dtype of the real part: torch.complex64 -> torch.float32."""
        return _TO_REAL.get(self, self)

    def to_complex(self):
        """The complex dtype with parts of this dtype. Raises RuntimeError where there is none."""
        if self.is_complex:
            return self
        if self is float16:
            raise not_covered("torch.complex32", "JAX has no complex numbers of 16-bit floats.")
        if self not in _TO_COMPLEX:
            raise RuntimeError(f"Unknown Complex ScalarType for {self._scalar_name}")
        return _TO_COMPLEX[self]


ALL: dict[str, dtype] = {}
_FROM_NP: dict[np.dtype, dtype] = {}


def _define(name, scalar_name, abbr, np_type, category):
    self = object.__new__(dtype)
    self.name, self._scalar_name, self.abbr = name, scalar_name, abbr
    self.np = np.dtype(np_type)
    self.itemsize = self.np.itemsize
    self.category = category
    self.is_floating_point = category == FLOAT
    self.is_complex = category == COMPLEX
    self.is_signed = category >= FLOAT or (category == INT and self.np.kind == "i")
    ALL[name] = _FROM_NP[self.np] = self
    return self


bool_ = _define("bool", "Bool", "b8", np.bool_, BOOL)
uint8 = _define("uint8", "Byte", "u8", np.uint8, INT)
int8 = _define("int8", "Char", "i8", np.int8, INT)
int16 = _define("int16", "Short", "i16", np.int16, INT)
int32 = _define("int32", "Int", "i32", np.int32, INT)
int64 = _define("int64", "Long", "i64", np.int64, INT)
uint16 = _define("uint16", "UInt16", "u16", np.uint16, INT)
uint32 = _define("uint32", "UInt32", "u32", np.uint32, INT)
uint64 = _define("uint64", "UInt64", "u64", np.uint64, INT)
float16 = _define("float16", "Half", "f16", np.float16, FLOAT)
bfloat16 = _define("bfloat16", "BFloat16", "bf16", ml_dtypes.bfloat16, FLOAT)
float32 = _define("float32", "Float", "f32", np.float32, FLOAT)
float64 = _define("float64", "Double", "f64", np.float64, FLOAT)
complex64 = _define("complex64", "ComplexFloat", "c64", np.complex64, COMPLEX)
complex128 = _define("complex128", "ComplexDouble", "c128", np.complex128, COMPLEX)
float8_e4m3fn = _define("float8_e4m3fn", "Float8_e4m3fn", "f8e4m3fn", "float8_e4m3fn", FLOAT)
float8_e5m2 = _define("float8_e5m2", "Float8_e5m2", "f8e5m2", "float8_e5m2", FLOAT)
float8_e4m3fnuz = _define(
    "float8_e4m3fnuz", "Float8_e4m3fnuz", "f8e4m3fnuz", "float8_e4m3fnuz", FLOAT
)
float8_e5m2fnuz = _define(
    "float8_e5m2fnuz", "Float8_e5m2fnuz", "f8e5m2fnuz", "float8_e5m2fnuz", FLOAT
)
float8_e8m0fnu = _define("float8_e8m0fnu", "Float8_e8m0fnu", "f8e8m0fnu", "float8_e8m0fnu", FLOAT)

float8_e8m0fnu.is_signed = False  # it has an exponent and nothing else

half, float, double = float16, float32, float64
short, int, long = int16, int32, int64
cfloat, cdouble = complex64, complex128

_TO_COMPLEX = {float32: complex64, bfloat16: complex64, float64: complex128}
_TO_REAL = {complex64: float32, complex128: float64}
_FLOAT8 = {float8_e4m3fn, float8_e5m2, float8_e4m3fnuz, float8_e5m2fnuz, float8_e8m0fnu}
_BARE_UNSIGNED = {uint16, uint32, uint64}


def by_name(name):
    """The dtype that `torch.<name>` is, for one of the proper names ("float32", not "float")."""
    return ALL[name]


def from_np(np_dtype):
    """The dtype of arrays of a NumPy dtype. Raises TypeError, worded as torch does, without one."""
    found = _FROM_NP.get(np_dtype)  # the usual case: a NumPy dtype as it is
    if found is not None:
        return found
    np_dtype = np.dtype(np_dtype)
    found = _FROM_NP.get(np_dtype) or _FROM_NP.get(np_dtype.newbyteorder("="))
    if found is None:
        kind = np_dtype.type.__module__ + "." + np_dtype.type.__name__
        raise TypeError(
            f"can't convert np.ndarray of type {kind}. The only supported types are: float64, "
            "float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, "
            "uint16, uint8, and bool."
        )
    return found


# -- promotion --

_PROMOTED: dict[tuple[dtype, dtype], dtype] = {}


def promote_types(type1, type2):
    """The smallest dtype that torch lets values of both types become. Raises RuntimeError for pairs
    that torch does not promote (float8, and uint16 to uint64 with integers).
    """
    found = _PROMOTED.get((type1, type2))
    if found is None:
        for position, given in enumerate((type1, type2), start=1):
            if not isinstance(given, dtype):
                raise TypeError(
                    f"promote_types(): argument 'type{position}' (position {position}) must be "
                    f"torch.dtype, not {type(given).__name__}"
                )
        found = _PROMOTED[type1, type2] = _promote(type1, type2)
    return found


def _promote(a, b):
    if a is b:
        return a
    if a in _FLOAT8 or b in _FLOAT8:
        raise _unsupported("Float8 Types is", a, b)
    if a in _BARE_UNSIGNED or b in _BARE_UNSIGNED:
        other = b if a in _BARE_UNSIGNED else a
        if not other.is_floating_point:
            raise _unsupported("uint16, uint32, uint64 types is", a, b)
        return other
    if a.category != b.category:
        low, high = sorted((a, b), key=lambda each: each.category)
        if high.is_complex and low is float64:
            return complex128
        return high
    low, high = sorted((a, b), key=lambda each: each.itemsize)
    if low.itemsize == high.itemsize:
        return int16 if a.category == INT else float32  # uint8 with int8, float16 with bfloat16
    return high


def _unsupported(what, a, b):
    return RuntimeError(
        f"Promotion for {what} not supported, attempted to promote "
        f"{a._scalar_name} and {b._scalar_name}"
    )


def can_cast(from_, to):
    """Whether torch lets a result of dtype `from_` be written into a tensor of dtype `to`."""
    return from_.category <= to.category


# -- the default dtype, and the legacy names of types --

_default = float32
_DEFAULTS = (float32, float64, float16, bfloat16)
_NOT_A_DEFAULT = "only floating-point types are supported as the default type"


def get_default_dtype():
    """The dtype of tensors made from Python floats."""
    return _default


def set_default_dtype(d):
    """Make `d` (a floating-point dtype) the dtype of tensors made from Python floats."""
    global _default
    if not isinstance(d, dtype):
        raise TypeError(f"invalid dtype object: {_NOT_A_DEFAULT}")
    if d not in _DEFAULTS:
        raise TypeError(_NOT_A_DEFAULT)
    _default = d


TENSOR_TYPES = {
    f"torch.{prefix}{scalar}Tensor": kind
    for prefix in ("", "cuda.")
    for scalar, kind in (
        ("Float", float32),
        ("Double", float64),
        ("Half", float16),
        ("BFloat16", bfloat16),
        ("Byte", uint8),
        ("Char", int8),
        ("Short", int16),
        ("Int", int32),
        ("Long", int64),
        ("Bool", bool_),
    )
}


# -- limits --


class finfo:
    """Limits of a floating-point type (of the default dtype without an argument)."""

    __module__ = "torch"
    __slots__ = ("_of", "bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal")
    __hash__ = None  # as in torch  # type: ignore[assignment]

    def __init__(self, type=None):
        of = _default if type is None else _require_dtype("finfo", type)
        if of.category < FLOAT:
            raise TypeError(
                "torch.finfo() requires a floating point input type. "
                "Use torch.iinfo to handle 'torch.finfo'"
            )
        limits = ml_dtypes.finfo(of.to_real().np)
        self._of = of.to_real()
        self.dtype = self._of.name
        self.bits = self._of.itemsize * 8
        for name in ("eps", "max", "min", "smallest_normal"):
            setattr(self, name, builtins.float(getattr(limits, name)))
        if of is float8_e5m2fnuz:
            self.eps = 0.125  # its 2 bits of mantissa make it 0.25; this is what torch says
        # the power of ten that eps is rounded down to, as C++ counts decimal digits
        self.resolution = 10.0 ** -_decimal_digits(limits)

    @property
    def tiny(self):
        """The smallest normal number."""
        return self.smallest_normal

    def __eq__(self, other):
        return isinstance(other, finfo) and self._of is other._of

    def __repr__(self):
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        numbers = ", ".join(f"{name}={getattr(self, name):g}" for name in names)
        return f"finfo({numbers}, dtype={self.dtype})"

    def __reduce__(self):
        return finfo, (self._of,)


class iinfo:
    """Limits of an integer type."""

    __module__ = "torch"
    __slots__ = ("_of", "bits", "dtype", "max", "min")
    __hash__ = None  # as in torch  # type: ignore[assignment]

    def __init__(self, *args, **kwargs):
        of = _require_dtype("iinfo", _only_argument(args, kwargs))
        if of is bool_:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        if of.category != INT:
            raise TypeError(
                "torch.iinfo() requires an integer input type. "
                "Use torch.finfo to handle 'torch.iinfo'"
            )
        limits = np.iinfo(of.np)
        self._of, self.dtype = of, of.name
        self.bits, self.min, self.max = (
            limits.bits,
            builtins.int(limits.min),
            builtins.int(limits.max),
        )

    def __eq__(self, other):
        return isinstance(other, iinfo) and self._of is other._of

    def __repr__(self):
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"

    def __reduce__(self):
        return iinfo, (self._of,)


def _decimal_digits(limits):
    return builtins.int(np.floor(limits.nmant * np.log10(2.0)))


def _require_dtype(function, given):
    if not isinstance(given, dtype):
        kind = type(given).__name__
        raise TypeError(
            f"{function}(): argument 'type' (position 1) must be torch.dtype, not {kind}"
        )
    return given


def _only_argument(args, kwargs):
    if args:
        return args[0]
    if "type" in kwargs:
        return kwargs["type"]
    raise TypeError('iinfo() missing 1 required positional arguments: "type"')
