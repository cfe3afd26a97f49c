"""What makes the handle look like torch.Tensor: operators, methods and in-place forms, installed
once from the registry of ops and the lists each family declares. Also the names each torch
namespace exports.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

import numpy as np

from . import _copying, _inplace_views, _kinds, _legacy, _methods, _print, _sparse, _storages, ops
from ._errors import type_name_of
from ._tensor import Tensor
from .graph import is_open
from .ops import _apply, _overrides
from .ops._bind import NUMPY_NAMES
from .ops._declare import Op, registry
from .ops._misfits import PYTHON, TensorLike, of_call
from .ops._out import WRITERS
from .ops.convert import CASTS

exports: dict[str, dict[str, Any]] = {}  # namespace -> name -> function

OPERATORS = {
    "__add__": "add", "__sub__": "sub", "__mul__": "mul", "__truediv__": "div",
    "__floordiv__": "floor_divide", "__mod__": "remainder", "__pow__": "pow",
    "__matmul__": "matmul",
    "__and__": "bitwise_and", "__or__": "bitwise_or", "__xor__": "bitwise_xor",
    "__lshift__": "bitwise_left_shift", "__rshift__": "bitwise_right_shift",
    "__eq__": "eq", "__ne__": "ne", "__lt__": "lt", "__le__": "le", "__gt__": "gt", "__ge__": "ge",
    "__radd__": "add", "__rmul__": "mul", "__rsub__": "rsub",
    "__rand__": "bitwise_and", "__ror__": "bitwise_or", "__rxor__": "bitwise_xor",
}  # fmt: skip
REFLECTED = {
    "__rfloordiv__": "floor_divide", "__rmod__": "remainder", "__rpow__": "pow",
    "__rmatmul__": "matmul",
    "__rlshift__": "bitwise_left_shift", "__rrshift__": "bitwise_right_shift",
}  # fmt: skip
UNARY = {"__neg__": "neg", "__abs__": "abs", "__pos__": "positive"}
INPLACE = {
    "__iadd__": "add_", "__isub__": "sub_", "__imul__": "mul_", "__itruediv__": "div_",
    "__ifloordiv__": "floor_divide_", "__imod__": "remainder_", "__ipow__": "pow_",
    "__iand__": "bitwise_and_", "__ior__": "bitwise_or_", "__ixor__": "bitwise_xor_",
    "__ilshift__": "bitwise_left_shift_", "__irshift__": "bitwise_right_shift_",
}  # fmt: skip
# The in-place forms that torch has as functions too: of one tensor, with few exceptions.
INPLACE_FUNCTIONS = frozenset(
    f"{name}_"
    for name in """
    abs acos acosh addmv alpha_dropout arccos arccosh arcsin arcsinh arctan arctanh as_strided asin
    asinh atan atanh ceil celu clamp clamp_max clamp_min clip conj_physical cos cosh deg2rad detach
    dropout embedding_renorm erf erfc exp2 exp expm1 feature_alpha_dropout feature_dropout fill fix
    floor frac gcd i0 index_put lcm ldexp log10 log1p log2 log logit nan_to_num neg negative rad2deg
    reciprocal relu resize_as resize_as_sparse round rrelu rsqrt selu sigmoid sin sinc sinh sqrt
    square tan tanh threshold trunc xlogy zero
    """.split()
)
# Methods that torch has as functions too.
METHODS_AS_FUNCTIONS = """
as_strided_ detach_ fill_ get_device is_conj is_distributed is_neg is_nonzero is_same_size numel
resize_as_ resolve_conj resolve_neg zero_
""".split()
# Questions to the handle: subclasses answer them as Tensor does, and are not asked.
QUERIES = frozenset(
    """
    as_subclass const_data_ptr data_ptr dim dim_order element_size get_device is_complex is_conj
    is_contiguous is_floating_point is_inference is_neg is_pinned is_same_size is_set_to is_shared
    is_signed item ndimension nelement numel size storage storage_offset stride tolist
    untyped_storage
    """.split()
)
_OPERANDS = (Tensor, int, float, complex, np.generic)


def _operator(fn: Callable, reflected: bool = False, numbers: bool = True) -> Callable:
    """A binary operator: foreign types get their turn by NotImplemented."""
    operands = _OPERANDS if numbers else (Tensor,)
    known = _overrides._PLAIN | (_apply.NUMBERS if numbers else set())

    if reflected:

        def operator(self, other):
            if isinstance(other, operands) or _is_operand(other):
                return fn(other, self)
            return NotImplemented
    else:

        def operator(self, other):
            if other.__class__ in known or isinstance(other, operands) or _is_operand(other):
                return fn(self, other)
            return NotImplemented

    return operator


def _is_operand(x: Any) -> bool:
    return hasattr(x, "__torch_function__") or is_open(x)


def _of_tensor(operator: Callable, name: str) -> Callable:
    """An operator that says whose method it is, as those of torch's that are written in C do."""

    def method(self, other):
        if not isinstance(self, Tensor):
            raise TypeError(
                f"descriptor '{name}' for 'torch._C.TensorBase' objects doesn't apply to a "
                f"'{type(self).__name__}' object"
            )
        return operator(self, other)

    return method


def _rtruediv(self, other):
    """torch divides a number by a tensor through the reciprocal."""
    if isinstance(other, _OPERANDS):
        return self.reciprocal() * other
    return NotImplemented


def inplace(op: Op, name: str) -> Callable:
    """name_(self, …): compute out of place, then take the result over."""
    fn, writes = op.public, op.name in WRITERS

    @functools.wraps(fn)
    def method(self, *args, **kwargs):
        if self.__class__ not in _overrides.plain and _overrides.overrides([self]):
            return _overrides.dispatch(method, [self], (self, *args), kwargs)
        self._check_writable(args)
        if writes or self._alias is not None:
            op.refuse_shared(self, (*args, *kwargs.values()))
        result = fn(self, *args, **kwargs)
        return _apply.assign(self, result)

    method.__name__ = method.__qualname__ = name
    return method


def _method(op: Op) -> Callable:
    """The method form; sizes may come as varargs: x.permute(0, 2, 1)."""
    fn = op.public
    if len(op.params) < 2 or op.params[1].kind != "size":
        return fn
    if any(not p.keyword_only for p in op.params[2:]):
        return fn

    @functools.wraps(fn)
    def method(self, *sizes, **kwargs):
        if sizes and (len(sizes) > 1 or isinstance(sizes[0], int)):  # pyright: ignore[reportGeneralTypeIssues]
            return fn(self, sizes, **kwargs)
        return fn(self, *sizes, **kwargs)

    return method


def _export(space: str, name: str, value: Any) -> None:
    exports.setdefault(space, {})[name] = value


def _install_op(op: Op) -> None:
    for name in (op.name, *op.aliases):
        if "f" in op.variants:
            for space in op.namespaces:
                _export(space, name, op.public)
        if "m" in op.variants:
            setattr(Tensor, name, _method(op))
        if "i" in op.variants:
            form = inplace(op, name + "_")
            if "m" in op.variants:
                setattr(Tensor, name + "_", form)
            if name + "_" in INPLACE_FUNCTIONS:
                _export("torch", name + "_", form)


def _install_lists(module) -> None:
    """The plain functions over tensors that a family lists."""
    for listed, space in (
        ("FUNCTIONS", "torch"),
        ("LINALG_FUNCTIONS", "linalg"),
        ("FFT_FUNCTIONS", "fft"),
        ("SPECIAL_FUNCTIONS", "special"),
        ("NN_FUNCTIONS", "nn.functional"),
    ):
        for name in getattr(module, listed, ()):
            _export(space, name, _of_input(getattr(module, name), space))
    _install_methods(module)


def _install_methods(module) -> None:
    listed = getattr(module, "METHODS", ())
    # A dict where the method's arguments differ from the function's: {"where": _where_method}.
    methods = listed if isinstance(listed, dict) else {n: getattr(module, n) for n in listed}
    for name, fn in methods.items():
        setattr(Tensor, name, _plain(fn))


def _plain(fn: Any) -> Any:
    return fn.public if isinstance(fn, Op) else _with_numpy_names(fn)


def _parameters(fn: Callable) -> tuple[str, ...]:
    code = getattr(inspect.unwrap(fn), "__code__", None)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code else ()


def _numpy_names(fn: Callable, names: Iterable[str]) -> dict[str, str]:
    """NumPy's names for those of a function's parameters, as far as they are free."""
    parameters = _parameters(fn)
    return {
        theirs: name
        for name in names
        if name in parameters
        for theirs in NUMPY_NAMES[name]
        if theirs not in parameters
    }


def _with_numpy_names(fn: Callable) -> Callable:
    """A plain method that also takes NumPy's names of arguments, as the ops do."""
    ours = _numpy_names(fn, ("dim", "keepdim", "other"))
    if not ours:
        return fn

    @functools.wraps(fn)
    def function(*args, **kwargs):
        if kwargs:
            kwargs = {ours.get(key, key): value for key, value in kwargs.items()}
        return fn(*args, **kwargs)

    return function


def _of_input(fn: Any, space: str = "torch") -> Any:
    """A plain function as a namespace has it: with NumPy's names of arguments, and torch's words
    for arguments that do not fit.
    """
    if isinstance(fn, Op):
        return fn.public
    if not isinstance(fn, FunctionType):
        return fn
    first = _parameters(fn)[:1]
    ours = _numpy_names(fn, NUMPY_NAMES if first == ("input",) else ("dim", "keepdim", "other"))
    name = fn.__name__ if space in ("torch", "nn.functional") else f"{space}_{fn.__name__}"
    worded = space != "nn.functional" and name not in PYTHON
    of_tensor = first == ("input",) or (worded and first == ("A",))

    @functools.wraps(fn)
    def function(*args, **kwargs):
        if kwargs and ours:
            kwargs = {ours.get(key, key): value for key, value in kwargs.items()}
        if not of_tensor or not args or isinstance(args[0], TensorLike):
            try:
                return fn(*args, **kwargs)
            except TypeError as error:
                wrong = of_call(name, fn, args, kwargs, error) if worded else None
                if wrong is None:
                    raise
        else:
            wrong = of_call(name, fn, args, kwargs) or TypeError(
                f"{name}(): argument '{first[0]}' (position 1) must be Tensor, not "
                f"{type_name_of(args[0])}"
            )
        raise wrong from None  # pyright: ignore[reportGeneralTypeIssues]

    return function


def _as_function(method: Callable) -> Callable:
    """A method as a function, whose first argument is called `input`."""

    def function(input, *args, **kwargs):
        return method(input, *args, **kwargs)

    function.__name__, function.__doc__ = method.__name__, method.__doc__
    first, *others = inspect.signature(method).parameters.values()
    named = [first.replace(name="input"), *others]
    function.__signature__ = inspect.Signature(named)  # type: ignore[attr-defined]
    return _of_input(function)


def _install_operators() -> None:
    methods = exports["torch"]
    for name, target in OPERATORS.items():
        if target in methods:
            setattr(Tensor, name, _operator(methods[target], numbers=target != "matmul"))
    for name, target in REFLECTED.items():
        if target in methods:
            setattr(Tensor, name, _operator(methods[target], True, target != "matmul"))
    for name, target in UNARY.items():
        if target in methods:
            setattr(Tensor, name, methods[target])
    for name, target in INPLACE.items():
        if hasattr(Tensor, target):
            setattr(Tensor, name, getattr(Tensor, target))
    for name in ("__radd__", "__rmul__"):
        setattr(Tensor, name, _of_tensor(getattr(Tensor, name), name))
    Tensor.__rtruediv__ = Tensor.__rdiv__ = _rtruediv  # type: ignore[attr-defined]


def _show_overrides() -> None:
    """Methods that are no ops are shown to `__torch_function__` too."""
    own = {op.public for op in registry.values()}
    for name, method in list(vars(Tensor).items()):
        if name == "data":
            setattr(Tensor, name, property(_overrides.overridable(method.fget), method.fset))
        elif isinstance(method, FunctionType) and not name.startswith("_") and name not in QUERIES:
            if method not in own and getattr(method, "__wrapped__", None) not in own:
                setattr(Tensor, name, _overrides.overridable(method))


def install() -> None:
    """Install everything on Tensor and fill `exports`."""
    for op in dict.fromkeys(registry.values()):
        _install_op(op)
    for family in ops.families:
        _install_lists(family)
    for name in _sparse.FUNCTIONS:
        _export("torch", name, getattr(_sparse, name))
    for name, method in CASTS.items():
        setattr(Tensor, name, method)
    for module in (_methods, _copying, _inplace_views, _storages, _kinds, _sparse):
        _install_methods(module)
    for name, prop in (_methods.PROPERTIES | _kinds.PROPERTIES).items():
        setattr(Tensor, name, prop)
    Tensor.nelement = Tensor.numel  # type: ignore[attr-defined]
    Tensor._from_shared_numpy = staticmethod(_methods._from_shared_numpy)  # type: ignore[attr-defined]
    Tensor.__array_priority__ = 1000  # type: ignore[attr-defined]
    Tensor.__torch_function__ = classmethod(_overrides.default_torch_function)  # type: ignore[attr-defined]
    Tensor.__repr__ = _print.tensor_text  # type: ignore[assignment]
    Tensor.__format__ = _print.tensor_format  # type: ignore[assignment]
    Tensor.__module__ = "torch"
    _show_overrides()
    _legacy.install()
    exports["torch"].update(_legacy.TYPES | _storages.TYPES)
    _export("torch", "is_storage", _storages.is_storage)
    for name in METHODS_AS_FUNCTIONS:
        _export("torch", name, _as_function(getattr(Tensor, name)))
    _install_operators()


install()
