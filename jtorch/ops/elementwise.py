"""Arithmetic of two or three tensors, element by element: sums, products, quotients, powers and
bounds. The output has the broadcast shape. Functions of one tensor are in unary.py.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy import special as jsp

from ._declare import Promote, pointwise
from ._gradients import by_kind
from ._numeric import default_float, kind, no_derivative, operands, opmath, require, scalar
from ._promote import cast, common_dtype, compute_dtype
from ._types import Number, Scalar, Tensor


def _refuse_bool(input, other, alpha):
    """Bool cannot be subtracted, neither from bool nor from numbers."""
    bools = [
        x.dtype == np.bool_ if hasattr(x, "dtype") else isinstance(x, bool) for x in (input, other)
    ]
    if all(bools):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` "
            "or `logical_xor()` operator instead."
        )
    if any(bools):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are "
            "trying to invert a mask, use the `~` or `logical_not()` operator instead."
        )


def _times(alpha, x):
    return x if isinstance(alpha, int) and alpha == 1 else alpha * x


@pointwise(Promote.DEFAULT, edges=(0, 1), saves="nothing")
def add(input: Tensor | Number, other: Tensor | Number, *, alpha: Number = 1):
    return input + _times(alpha, other)


@pointwise(Promote.DEFAULT, aliases=("subtract",), edges=(0, 1), saves="nothing")
def sub(input: Tensor | Number, other: Tensor | Number, *, alpha: Number = 1):
    return input - _times(alpha, other)


@pointwise(Promote.DEFAULT, variants="f", grad_name=by_kind("Rsub", "tt", "tn"), saves="nothing")
def rsub(input: Tensor, other: Tensor | Number, *, alpha: Number = 1):
    return other - _times(alpha, input)


sub.validate(_refuse_bool)
rsub.validate(_refuse_bool)


@pointwise(Promote.DEFAULT, aliases=("multiply",), edges=(0, 1))
def mul(input: Tensor | Number, other: Tensor | Number):
    return input * other


# -- quotients


def _quotient_name(inputs, static) -> str:
    return "DivBackward0" if static["rounding_mode"] is None else "DivBackward2"


@pointwise(Promote.DEFAULT, aliases=("divide",), edges=(0, 1), grad_name=_quotient_name)
def div(input: Tensor | Number, other: Tensor | Number, *, rounding_mode: str | None = None):
    """True division; with rounding_mode "trunc" or "floor" integers stay integers."""
    input, other = operands(input, other)
    if rounding_mode == "trunc":
        return (
            lax.div(*jnp.broadcast_arrays(input, other))
            if _integer(input)
            else jnp.trunc(input / other)
        )
    if rounding_mode == "floor":
        return lax.stop_gradient(_floor_quotient(input, other))
    if rounding_mode is not None:
        raise RuntimeError(
            "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
            f"'{rounding_mode}'"
        )
    if kind(jnp.result_type(input, other)) in "bi":
        input, other = input.astype(default_float()), other.astype(default_float())
    return input / other


@pointwise(Promote.INT_TO_FLOAT, grad_name="DivBackward0")
def true_divide(input: Tensor | Number, other: Tensor | Number):
    return input / other


def _integer(x) -> bool:
    return kind(x.dtype) in "bi"


def _floor_quotient(x, y):
    """Floored quotient with the sign rules of Python; floats by zero give inf or nan."""
    require("div_floor_cpu", "if", x)
    if _integer(x):
        return jnp.floor_divide(x, y)
    quotient = x / y
    remainder = jnp.where(y == 0, 0, lax.rem(*jnp.broadcast_arrays(x, y)))
    exact = (x - remainder) / y
    exact = jnp.where((remainder != 0) & ((y < 0) != (remainder < 0)), exact - 1, exact)
    rounded = jnp.floor(exact)
    rounded = jnp.where(exact - rounded > 0.5, rounded + 1, rounded)
    rounded = jnp.where(exact == 0, jnp.copysign(0, quotient), rounded)
    return jnp.where(y == 0, quotient, rounded)


@pointwise(Promote.DEFAULT, grad_name="NotImplemented")
def floor_divide(input: Tensor | Number, other: Tensor | Number):
    return no_derivative("floor_divide", _floor_quotient)(*operands(input, other))


@pointwise(Promote.DEFAULT, grad_name=by_kind("Remainder", "tn", "tt"), saves="tensors")
def remainder(input: Tensor | Number, other: Tensor | Number):
    """The rest with the divisor's sign."""
    require("remainder_cpu", "if", *(x for x in (input, other) if hasattr(x, "dtype")))
    if hasattr(other, "dtype"):
        return jnp.remainder(input, other)
    rest = jax.custom_jvp(lambda x: jnp.remainder(x, other))
    rest.defjvps(lambda tangent, answer, x: tangent)  # the divisor is no variable
    return rest(input)


@pointwise(Promote.DEFAULT, grad_name=by_kind("Fmod", "tn", "tt"), saves="tensors")
def fmod(input: Tensor, other: Tensor | Number):
    """The rest with the dividend's sign."""
    return lax.rem(*jnp.broadcast_arrays(input, jnp.asarray(other, input.dtype)))


def _is_integer_operand(x) -> bool:
    return kind(x.dtype) in "bi" if hasattr(x, "dtype") else isinstance(x, int)


def _divides_by_zero(input, other):
    """Integers have no inf to answer with."""
    if not (_is_integer_operand(input) and _is_integer_operand(other)) or not jnp.size(input):
        return None
    return jnp.any(jnp.asarray(other) == 0), 0, RuntimeError, "ZeroDivisionError"


@div.check
def _(input, other, *, rounding_mode=None):
    return _divides_by_zero(input, other) if rounding_mode in ("trunc", "floor") else None


@floor_divide.check
def _(input, other):
    return _divides_by_zero(input, other)


@remainder.check
def _(input, other):
    return _divides_by_zero(input, other)


@fmod.check
def _(input, other):
    return _divides_by_zero(input, other)


# -- powers


@pointwise(Promote.OWN, grad_name=by_kind("Pow", "tn", "tt", "nt"))
def pow(input: Tensor | Number, exponent: Tensor | Scalar):
    """input ** exponent. Integers to negative integers of a tensor are 0, or 1 and -1 of those."""
    return _power(input, exponent, common_dtype((input, exponent)))


def _power(x, y, dtype):  # pyright: ignore[reportRedeclaration]
    """The exponent's value matters, so promotion happens here: as a number it stays one."""
    if kind(dtype) == "b" and not hasattr(y, "dtype"):  # by True or False only
        return jnp.asarray(cast(x, dtype)) if y else jnp.ones(jnp.shape(x), bool)
    require("pow", "ifc", np.empty(0, dtype))
    x: Any = jnp.asarray(cast(x, dtype), dtype)
    if not hasattr(y, "dtype"):
        if kind(dtype) == "i" and y < 0:
            raise RuntimeError("Integers to negative integer powers are not allowed.")
        if y == 0.5:
            return jnp.sqrt(x)
        if not isinstance(y, complex) and float(y).is_integer() and -4 <= y <= 4:
            return lax.integer_pow(x, int(y))
    y: Any = cast(jnp.asarray(y), dtype)
    x, y = jnp.broadcast_arrays(x, y)
    return _integer_power(x, y) if kind(dtype) == "i" else _float_power(x, y)


@jax.custom_jvp
def _float_power(x, y):
    return lax.pow(x, y)


@_float_power.defjvp
def _(primals, tangents):
    """0 ** y has no slope in y for y >= 0, x ** 0 none in x."""
    (x, y), (dx, dy) = primals, tangents
    result = _float_power(x, y)
    slope = jnp.where(y == 0, 0, y * _float_power(x, jnp.where(y == 0, 1, y - 1)))
    flat = (x == 0) & (y.real >= 0)
    growth = jnp.where(flat, 0, result * jnp.log(jnp.where(flat, 1, x)))
    return result, dx * slope + dy * growth


def _integer_power(x, y):
    """Square and multiply, modulo the type's range."""
    if jnp.issubdtype(y.dtype, jnp.signedinteger):
        odd = (y & 1) == 1
        negative = jnp.where(x == 1, 1, jnp.where(x == -1, jnp.where(odd, -1, 1), 0))
        return jnp.where(y < 0, negative.astype(x.dtype), jnp.power(x, jnp.maximum(y, 0)))
    return jnp.power(x, y)


@pointwise(grad_name=by_kind("Pow", "tn", "tt", "nt"))
def float_power(input: Tensor | Number, exponent: Tensor | Scalar):
    """pow in float64 (complex128)."""
    wide = "complex128" if kind(common_dtype((input, exponent))) == "c" else "float64"
    return _power(input, exponent, np.dtype(wide))


@pointwise(Promote.INT_TO_FLOAT, variants="fmio")
def ldexp(input: Tensor, other: Tensor):
    return input * jnp.exp2(other)


@pointwise(Promote.DEFAULT)
@opmath
def hypot(input: Tensor, other: Tensor):
    require("hypot_cpu", "f", input)
    return jnp.hypot(input, other)


@jax.custom_jvp
def _atan2(y, x):
    return lax.atan2(y, x)


@_atan2.defjvp
def _(primals, tangents):
    (y, x), (dy, dx) = primals, tangents
    square = x * x + y * y
    scale = jnp.where(square == 0, 0, 1 / jnp.where(square == 0, 1, square))
    return lax.atan2(y, x), (dy * x - dx * y) * scale


@pointwise(Promote.INT_TO_FLOAT, aliases=("arctan2",))
def atan2(input: Tensor, other: Tensor):
    """The angle of (other, input); its gradient at the origin is 0."""
    return _atan2(*jnp.broadcast_arrays(input, other))


# -- fused forms


@pointwise(Promote.DEFAULT)
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1):
    return input + _times(value, tensor1) * tensor2


@pointwise(Promote.DEFAULT)
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1):
    if kind(input.dtype) in "bi":
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release "
            "addcdiv will perform a true division of tensor1 and tensor2. The historic addcdiv "
            "behavior can be implemented as (input + value * torch.trunc(tensor1 / tensor2))"
            ".to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for "
            "float inputs. The future addcdiv behavior is just the latter implementation: (input + "
            "value * tensor1 / tensor2), for all dtypes."
        )
    return input + _times(value, tensor1) / tensor2


@pointwise(grad_name=by_kind("Lerp", "ttn", "ttt"), saves="tensors")
def lerp(input: Tensor, end: Tensor, weight: Tensor | Number):
    """input + weight * (end - input), exact at both ends."""
    for name, x in (("end", end), ("weight", weight)):
        if (getattr(x, "ndim", 0) and x.dtype != input.dtype) or (
            name == "end" and x.dtype != input.dtype
        ):
            raise RuntimeError(
                f"expected dtype {_cpp(input.dtype)} for `{name}` but got dtype {_cpp(x.dtype)}"
            )
    require("lerp_kernel_scalar", "fc", input)
    weight = scalar(weight, input.dtype)
    gap = end - input
    return jnp.where(jnp.abs(weight) < 0.5, input + weight * gap, end - gap * (1 - weight))


def _cpp(dtype) -> str:
    names = {"float32": "float", "float64": "double", "int64": "long int", "float16": "c10::Half"}
    names |= {"bfloat16": "c10::BFloat16", "int32": "int", "bool": "bool"}
    return names.get(jnp.dtype(dtype).name, jnp.dtype(dtype).name)


# -- bounds


def _no_complex(name: str, *arrays) -> None:
    for x in arrays:
        if kind(x.dtype) == "c":
            raise RuntimeError(f"{name} not implemented for complex tensors.")


def _shared(x, y, dx, dy):
    """Tangents of an extreme where x counts unless it is less: equal values count by half."""
    equal = jnp.where(x == y, 0.5, 1).astype(dx.dtype)
    return jnp.where(x < y, 0, equal * dx) + jnp.where(x > y, 0, equal * dy)


@jax.custom_jvp
def _larger(x, y):
    return jnp.maximum(x, y)


@_larger.defjvp
def _(primals, tangents):
    return _larger(*primals), _shared(*primals, *tangents)


@jax.custom_jvp
def _smaller(x, y):
    return jnp.minimum(x, y)


@_smaller.defjvp
def _(primals, tangents):
    (x, y), (dx, dy) = primals, tangents
    return _smaller(x, y), _shared(-x, -y, dx, dy)


@pointwise(Promote.DEFAULT, variants="fmo")
def maximum(input: Tensor, other: Tensor):
    """The larger of each pair; nan wins; equal values share the gradient."""
    _no_complex("maximum", input)
    return _larger(*jnp.broadcast_arrays(input, other))


@pointwise(Promote.DEFAULT, variants="fmo")
def minimum(input: Tensor, other: Tensor):
    _no_complex("minimum", input)
    return _smaller(*jnp.broadcast_arrays(input, other))


@pointwise(Promote.DEFAULT, variants="fmo")
def fmax(input: Tensor, other: Tensor):
    """The larger of each pair; numbers win over nan."""
    _no_complex("fmax", input)
    return jnp.where((input >= other) | jnp.isnan(other), input, other)


@pointwise(Promote.DEFAULT, variants="fmo")
def fmin(input: Tensor, other: Tensor):
    _no_complex("fmin", input)
    return jnp.where((input <= other) | jnp.isnan(other), input, other)


def _clamp_name(inputs, static) -> str:
    return f"ClampBackward{int(not any(hasattr(x, 'aval') for x in inputs[1:]))}"


@pointwise(Promote.DEFAULT, aliases=("clip",), grad_name=_clamp_name)
def clamp(input: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None):
    """input within [min, max], or max where min > max. The gradient passes at the bounds."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if kind(input.dtype) == "c":
        raise NotImplementedError("clamp is not supported for complex types")
    if min is not None:
        input = _at_least(input, min)
    return input if max is None else _at_most(input, max)


@clamp.validate
def _(input, min=None, max=None):
    """Bool is bounded by one bool tensor, and not otherwise."""
    bounds = {"min": min, "max": max}
    given = {k: x for k, x in bounds.items() if x is not None}
    if compute_dtype(Promote.DEFAULT, [input, *given.values()]) == np.bool_:
        numbers = [k for k, x in given.items() if not hasattr(x, "dtype")]
        if len(given) > 1 or numbers:
            which = f"_{numbers[0]}" if len(given) == 1 else ""
            name = f"clamp{which}_scalar_cpu" if numbers else "clamp_cpu"
            raise NotImplementedError(f"\"{name}\" not implemented for 'Bool'")


def _at_least(x, bound):
    """nan on either side wins, without a gradient."""
    return jnp.where(x >= bound, x, jnp.where(jnp.isnan(x), lax.stop_gradient(x), bound))


def _at_most(x, bound):
    return jnp.where(x <= bound, x, jnp.where(jnp.isnan(x), lax.stop_gradient(x), bound))


@pointwise(Promote.DEFAULT, grad_name=by_kind("ClampMin", "tn", "tt"))
def clamp_min(input: Tensor, min: Tensor | Number):
    return _at_least(input, min)


clamp_min.validate(clamp.validate_fn)


@pointwise(Promote.DEFAULT, grad_name=by_kind("ClampMax", "tn", "tt"))
def clamp_max(input: Tensor, max: Tensor | Number):
    return _at_most(input, max)


clamp_max.validate(lambda input, max: clamp.validate_fn(input, None, max))


@pointwise(Promote.INT_TO_FLOAT, grad_name=by_kind("Copysign", "tt", "tn"))
def copysign(input: Tensor, other: Tensor | Number):
    return _copysign(*operands(input, other))


@jax.custom_jvp
def _copysign(x, y):
    return jnp.copysign(x, y)


@_copysign.defjvp
def _(primals, tangents):
    x, result = primals[0], _copysign(*primals)
    ratio = lax.stop_gradient(result / jnp.where(x == 0, 1, x))
    return result, jnp.where(x == 0, 0, ratio) * tangents[0]


@pointwise(grad_name="NotImplemented")
def heaviside(input: Tensor, values: Tensor):
    """0 below zero, 1 above, `values` at zero."""
    if input.dtype != values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    return no_derivative("heaviside", _step)(input, values)


def _step(x, at_zero):
    return jnp.where(x == 0, at_zero, (x > 0).astype(x.dtype))


@pointwise(Promote.DEFAULT)
def nextafter(input: Tensor, other: Tensor):
    require("nextafter_cpu", "f", input)
    return _nextafter(input, other)


@jax.custom_jvp
def _nextafter(x, towards):
    return jnp.nextafter(x, towards)


@_nextafter.defjvp
def _(primals, tangents):
    result = _nextafter(*primals)
    return result, jnp.broadcast_to(tangents[0], result.shape)


# -- logarithms of sums and products


@pointwise(Promote.DEFAULT, variants="fmo")
@opmath
def logaddexp(input: Tensor, other: Tensor):
    require("logaddexp_cpu", "fc", input)
    return log_add_exp(input, other) if kind(input.dtype) == "c" else jnp.logaddexp(input, other)


def log_add_exp(x, y):
    """Of complex numbers; the phase is that of the larger, not reduced to (-pi, pi]."""
    swap = jnp.isnan(y) | (jnp.real(x) < jnp.real(y))
    low, high = jnp.where(swap, x, y), jnp.where(swap, y, x)
    apart = jnp.where(jnp.isfinite(jnp.real(low)), low - high, -jnp.inf)
    both = (jnp.real(low) == jnp.real(high)) & jnp.isinf(jnp.real(low))
    ends = [lax.stop_gradient(jnp.where(both, z, 0)) for z in (low, high)]
    infinite = jnp.where(jnp.real(high) < 0, y, jnp.log(jnp.exp(ends[0]) + jnp.exp(ends[1])))
    return jnp.where(both, infinite, high + jnp.log1p(jnp.exp(apart)))


@pointwise(Promote.DEFAULT, variants="fmo")
@opmath
def logaddexp2(input: Tensor, other: Tensor):
    require("logaddexp2_cpu", "f", input)
    return jnp.logaddexp2(input, other)


@pointwise(
    Promote.INT_TO_FLOAT,
    namespace=("torch", "special"),
    grad_name=by_kind("Xlogy", "tt", "nt", "tn"),
)
@opmath
def xlogy(input: Tensor | Number, other: Tensor | Number):
    """input * log(other), 0 where input is 0 and other is a number."""
    input, other = operands(input, other)
    return jnp.where(jnp.isnan(other), other, jsp.xlogy(input, other))


# -- integers


@pointwise(Promote.DEFAULT)
def gcd(input: Tensor, other: Tensor):
    require("gcd_cpu", "i", input)
    return jnp.gcd(input, other)


@pointwise(Promote.DEFAULT)
def lcm(input: Tensor, other: Tensor):
    require("lcm_cpu", "i", input)
    return jnp.lcm(input, other)
