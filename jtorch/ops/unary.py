"""Functions of one tensor, element by element: exponentials, trigonometry, rounding, signs.
Arithmetic of several tensors is in elementwise.py, activations of networks in activation.py.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax

from . import _zeta
from ._declare import Promote, op, pointwise
from ._numeric import kind, magnitude, not_implemented, opmath, require, to_float
from ._numeric import sign as sign_of
from ._types import Number, Tensor

BOTH = ("torch", "special")

# -- exponentials and logarithms


@pointwise(Promote.INT_TO_FLOAT, saves="result")
def exp(input: Tensor):
    return jnp.exp(input)


@pointwise(Promote.INT_TO_FLOAT, namespace=BOTH, saves="result")
def exp2(input: Tensor):
    return jnp.exp2(input)


@pointwise(Promote.INT_TO_FLOAT, namespace=BOTH, saves="result")
def expm1(input: Tensor):
    return jnp.expm1(input)


@pointwise(Promote.INT_TO_FLOAT)
def log(input: Tensor):
    return jnp.log(input)


@pointwise(Promote.INT_TO_FLOAT)
@opmath
def log2(input: Tensor):
    return jnp.log(input) * (1 / math.log(2))


@pointwise(Promote.INT_TO_FLOAT)
@opmath
def log10(input: Tensor):
    return jnp.log10(input)


@pointwise(Promote.INT_TO_FLOAT, namespace=BOTH, grad_name="Log1PBackward0")
def log1p(input: Tensor):
    return jnp.log1p(input)


# -- powers


@pointwise(Promote.INT_TO_FLOAT, saves="result")
def sqrt(input: Tensor):
    return jnp.sqrt(input)


@pointwise(Promote.INT_TO_FLOAT, saves="result")
def rsqrt(input: Tensor):
    return lax.rsqrt(input)


@pointwise(Promote.BOOL_TO_LONG, grad_name="PowBackward0")
def square(input: Tensor):
    return input * input


@pointwise(Promote.INT_TO_FLOAT, saves="result")
def reciprocal(input: Tensor):
    return 1 / input


# -- trigonometry


@pointwise(Promote.INT_TO_FLOAT)
def sin(input: Tensor):
    return jnp.sin(input)


@pointwise(Promote.INT_TO_FLOAT)
def cos(input: Tensor):
    return jnp.cos(input)


@pointwise(Promote.INT_TO_FLOAT, saves="result")
def tan(input: Tensor):
    return jnp.tan(input)


@pointwise(Promote.INT_TO_FLOAT, aliases=("arcsin",))
def asin(input: Tensor):
    return jnp.arcsin(input)


@pointwise(Promote.INT_TO_FLOAT, aliases=("arccos",))
def acos(input: Tensor):
    return jnp.arccos(input)


@pointwise(Promote.INT_TO_FLOAT, aliases=("arctan",))
def atan(input: Tensor):
    return jnp.arctan(input)


@pointwise(Promote.INT_TO_FLOAT)
def sinh(input: Tensor):
    return jnp.sinh(input)


@pointwise(Promote.INT_TO_FLOAT)
def cosh(input: Tensor):
    return jnp.cosh(input)


@pointwise(Promote.INT_TO_FLOAT, saves="result")
def tanh(input: Tensor):
    return jnp.tanh(input)


@pointwise(Promote.INT_TO_FLOAT, aliases=("arcsinh",))
def asinh(input: Tensor):
    return jnp.arcsinh(input)


@pointwise(Promote.INT_TO_FLOAT, aliases=("arccosh",))
def acosh(input: Tensor):
    return jnp.arccosh(input)


@pointwise(Promote.INT_TO_FLOAT, aliases=("arctanh",))
def atanh(input: Tensor):
    return jnp.arctanh(input)


@pointwise(Promote.INT_TO_FLOAT, namespace=BOTH)
@opmath
def sinc(input: Tensor):
    """sin(pi x) / (pi x); 1, with gradient 0, at 0."""
    zero = input == 0
    scaled = jnp.where(zero, 1, math.pi * input)
    return jnp.where(zero, 1, jnp.sin(scaled) / scaled)


@pointwise(Promote.INT_TO_FLOAT, grad_name="Deg2RadBackward0")
def deg2rad(input: Tensor):
    return input * (math.pi / 180)


@pointwise(Promote.INT_TO_FLOAT, grad_name="Rad2DegBackward0")
def rad2deg(input: Tensor):
    return input * (180 / math.pi)


# -- signs


@pointwise(aliases=("absolute",))
def abs(input: Tensor):
    """Magnitude, real for complex input; its gradient at 0 is 0."""
    if input.dtype == bool:
        raise not_implemented("abs_cpu", input.dtype)
    return magnitude(input)


@pointwise(aliases=("negative",))
def neg(input: Tensor):
    if input.dtype == bool:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
            "invert a mask, use the `~` or `logical_not()` operator instead."
        )
    return -input


@pointwise
def sign(input: Tensor):
    if kind(input.dtype) == "c":
        raise NotImplementedError(
            "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use "
            "torch.sgn instead."
        )
    return input if input.dtype == bool else sign_of(input)


@pointwise
def sgn(input: Tensor):
    """sign, extended to complex numbers as x / |x|."""
    if input.dtype == bool:
        return input
    if kind(input.dtype) != "c":
        return sign_of(input)
    size = magnitude(input)
    return jnp.where(size == 0, 0, input / jnp.where(size == 0, 1, size))


@pointwise(variants="fmo", differentiable=False)
def signbit(input: Tensor):
    if kind(input.dtype) == "f":
        return jnp.signbit(input)
    require("signbit_cpu", "bi", input)
    return input < 0 if input.dtype != bool else jnp.zeros_like(input)


@pointwise(variants="fmo")
def angle(input: Tensor):
    """Phase of complex numbers; of real ones pi below zero, else 0."""
    if kind(input.dtype) == "c":
        return jnp.angle(input)
    input = to_float(input)
    phase = jnp.where(input < 0, jnp.asarray(math.pi, input.dtype), 0)
    return jnp.where(jnp.isnan(input), lax.stop_gradient(input), phase)


@pointwise(variants="io", name="conj_physical")
def _conj_physical(input: Tensor):
    return jnp.conj(input) if kind(input.dtype) == "c" else input


# -- rounding


def _rounding(name: str, input, fn):
    if kind(input.dtype) == "c":
        raise NotImplementedError(f"{name} is not supported for complex inputs")
    require(f"{name}_vml_cpu", "if", input)
    return input if kind(input.dtype) == "i" else fn(input)


@pointwise(saves="nothing")
def ceil(input: Tensor):
    return _rounding("ceil", input, jnp.ceil)


@pointwise(saves="nothing")
def floor(input: Tensor):
    return _rounding("floor", input, jnp.floor)


@pointwise(saves="nothing", aliases=("fix",))
def trunc(input: Tensor):
    return _rounding("trunc", input, jnp.trunc)


def _round_name(inputs, static) -> str:
    return f"RoundBackward{int(static['decimals'] != 0)}"


@pointwise(saves="nothing", namespace=BOTH, grad_name=_round_name)
@opmath
def round(input: Tensor, *, decimals: int = 0):
    """To the nearest, halves to even."""
    if decimals == 0:
        require("round_vml_cpu", "if", input)
        return _rounding("round", input, lambda x: lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN))
    require("round_cpu", "f", input)
    ten = 10.0 ** max(decimals, -decimals)
    if decimals > 0:
        return lax.round(input * ten, lax.RoundingMethod.TO_NEAREST_EVEN) / ten
    return lax.round(input / ten, lax.RoundingMethod.TO_NEAREST_EVEN) * ten


@pointwise
def frac(input: Tensor):
    require("frac_cpu", "f", input)
    return input - jnp.trunc(input)


@pointwise
def nan_to_num(
    input: Tensor,
    nan: Number | None = None,
    posinf: Number | None = None,
    neginf: Number | None = None,
):
    """Replace nan by 0 and infinities by the largest numbers, or by what is given."""
    if kind(input.dtype) in "bi":
        return input
    if kind(input.dtype) == "c":
        parts = [_replace(x, nan, posinf, neginf) for x in (input.real, input.imag)]
        return lax.complex(*parts)
    return _replace(input, nan, posinf, neginf)


def _replace(x, nan, posinf, neginf):
    info = jnp.finfo(x.dtype)
    nan = 0 if nan is None else nan
    posinf = info.max if posinf is None else posinf
    neginf = info.min if neginf is None else neginf
    as_x = [jnp.asarray(v).astype(x.dtype) for v in (nan, posinf, neginf)]
    x = jnp.where(jnp.isnan(x), as_x[0], x)
    return jnp.where(x == jnp.inf, as_x[1], jnp.where(x == -jnp.inf, as_x[2], x))


@op(variants="fmo", returns=("mantissa", "exponent"))
def frexp(input: Tensor):
    """input = mantissa * 2 ** exponent with a mantissa in [0.5, 1)."""
    if kind(input.dtype) != "f":
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    exponent = lax.stop_gradient(jnp.frexp(input)[1]).astype(jnp.int32)
    exact = jnp.where(jnp.isfinite(input), jnp.ldexp(input, -exponent), input)
    return exact.astype(input.dtype), exponent


# -- functions of statistics


@pointwise(Promote.INT_TO_FLOAT, saves="result")
@opmath
def sigmoid(input: Tensor):
    return lax.logistic(input)


@pointwise(Promote.INT_TO_FLOAT, variants="fo", namespace="special", grad_name="SigmoidBackward0")
@opmath
def expit(input: Tensor):
    return lax.logistic(input)


@pointwise(Promote.INT_TO_FLOAT, namespace=BOTH)
@opmath
def logit(input: Tensor, eps: Number | None = None):
    """log(x / (1 - x)); with eps, x is first moved into [eps, 1 - eps]."""
    if eps is not None:
        clamped = jnp.where(input < eps, eps, jnp.where(input > 1 - eps, 1 - eps, input))
        return jnp.log(clamped / (1 - clamped))
    return _logit(input)


@jax.custom_jvp
def _logit(x):
    return jnp.log(x / (1 - x))


_logit.defjvps(lambda t, ans, x: t * jnp.where((x < 0) | (x > 1), jnp.nan, 1 / (x * (1 - x))))


@pointwise(Promote.INT_TO_FLOAT, namespace=BOTH)
@opmath
def erf(input: Tensor):
    return lax.erf(input)


@pointwise(Promote.INT_TO_FLOAT, namespace=BOTH)
@opmath
def erfc(input: Tensor):
    return lax.erfc(input)


@pointwise(Promote.INT_TO_FLOAT, namespace=BOTH, saves="result")
@opmath
def erfinv(input: Tensor):
    return lax.erf_inv(input)


@pointwise(Promote.INT_TO_FLOAT)
@opmath
def lgamma(input: Tensor):
    return lgamma_of(input)


@pointwise(Promote.INT_TO_FLOAT, variants="fo", namespace="special", grad_name="LgammaBackward0")
@opmath
def gammaln(input: Tensor):
    return lgamma_of(input)


@jax.custom_jvp
def lgamma_of(x):
    return lax.lgamma(x)


lgamma_of.defjvps(lambda t, ans, x: t * _digamma(x))


@jax.custom_jvp
def _digamma(x):
    """-inf at 0 (inf at -0), nan at the other poles."""
    value = jnp.where(x == 0, jnp.copysign(jnp.inf, -x), lax.digamma(x))
    return jnp.where((x < 0) & (x == jnp.floor(x)), jnp.nan, value)


_digamma.defjvps(lambda t, ans, x: t * polygamma_of(1, x))


def polygamma_of(n: int, x):
    """The n-th derivative of digamma."""
    return _zeta.polygamma(n, x) if n else _digamma(x)


@pointwise(Promote.INT_TO_FLOAT)
@opmath
def digamma(input: Tensor):
    return _digamma(input)


@pointwise(Promote.INT_TO_FLOAT, variants="fo", namespace="special", grad_name="DigammaBackward0",
           name="digamma", aliases=("psi",))  # fmt: skip
@opmath
def special_digamma(input: Tensor):
    return _digamma(input)


def conj_physical(input, *, out=None):
    """Conjugated at once; what is real is itself, and no copy."""
    if out is None and not input.dtype.is_complex:
        return input
    return _conj_physical(input, out=out)


def conj_physical_(self):
    """conj_physical in place."""
    return _conj_physical.inplace(self)


FUNCTIONS = ("conj_physical", "conj_physical_")
METHODS = ("conj_physical", "conj_physical_")
