"""torch.special: what statistics and physics need beyond the functions in unary.py and
elementwise.py. Bessel and Airy functions are in bessel.py, polynomials in polynomials.py.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy import special as jsp

from . import activation
from ._declare import Promote, pointwise
from ._gradients import by_kind
from ._numeric import operands, opmath
from ._out import takes_out
from ._types import Number, Tensor
from ._zeta import hurwitz
from .unary import lgamma_of, polygamma_of

FUNCTIONS = METHODS = ("polygamma",)
SPECIAL_FUNCTIONS = ("log_softmax", "polygamma", "softmax")

# -- normal distribution and entropy


@pointwise(
    Promote.INT_TO_FLOAT, variants="fo", namespace="special", grad_name="SpecialEntrBackward0"
)
@opmath
def entr(input: Tensor):
    """-x log(x); 0 at 0, -inf below."""
    return jsp.entr(input)


@pointwise(Promote.INT_TO_FLOAT, variants="fo", namespace="special", grad_name="MulBackward1")
@opmath
def ndtr(input: Tensor):
    """The distribution function of the standard normal."""
    return 0.5 * lax.erfc(-input * math.sqrt(0.5))


@pointwise(
    Promote.INT_TO_FLOAT, variants="fo", namespace="special", grad_name="SpecialNdtriBackward0"
)
@opmath
def ndtri(input: Tensor):
    """The inverse of ndtr."""
    return jsp.ndtri(input)


@pointwise(Promote.INT_TO_FLOAT, variants="fo", namespace="special",
           grad_name="SpecialLogNdtrBackward0")  # fmt: skip
@opmath
def log_ndtr(input: Tensor):
    return jsp.log_ndtr(input)


@jax.custom_jvp
def _erfcx(x):
    """exp(x^2) erfc(x): directly where that is accurate, by its continued fraction for large x."""
    small = jnp.minimum(x, 4.0)
    direct = jnp.exp(small * small) * lax.erfc(small)
    large = jnp.maximum(x, 4.0)
    fraction = large
    for k in range(24, 0, -1):
        fraction = large + (k / 2) / fraction
    return jnp.where(x < 4, direct, 1 / (fraction * math.sqrt(math.pi)))


_erfcx.defjvps(lambda t, ans, x: t * (2 * x * ans - 2 / math.sqrt(math.pi)))


@pointwise(Promote.INT_TO_FLOAT, variants="fo", namespace="special",
           grad_name="SpecialErfcxBackward0")  # fmt: skip
@opmath
def erfcx(input: Tensor):
    """exp(x ** 2) * erfc(x)."""
    return _erfcx(input)


@pointwise(Promote.INT_TO_FLOAT, variants="fo", namespace="special",
           grad_name=by_kind("SpecialXlog1Py", "tt", "nt", "tn"))  # fmt: skip
@opmath
def xlog1py(input: Tensor | Number, other: Tensor | Number):
    """input * log1p(other), 0 where input is 0 and other is a number."""
    input, other = operands(input, other)
    return jnp.where(jnp.isnan(other), other, jsp.xlog1py(input, other))


# -- gamma functions


@pointwise(Promote.INT_TO_FLOAT, name="polygamma", variants="")
@opmath
def _polygamma(input: Tensor, n: int):
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return polygamma_of(n, input)


@takes_out
def polygamma(n, input):
    """The n-th derivative of digamma. As a method the order comes second: x.polygamma(n)."""
    if not isinstance(n, int):
        n, input = input, n
    return _polygamma(input, n)


@pointwise(Promote.INT_TO_FLOAT)
@opmath
def mvlgamma(input: Tensor, p: int):
    """The logarithm of the p-dimensional gamma function."""
    return _multigammaln(input, p)


@pointwise(Promote.INT_TO_FLOAT, variants="fo", namespace="special", grad_name="MvlgammaBackward0")
@opmath
def multigammaln(input: Tensor, p: int):
    return _multigammaln(input, p)


def _multigammaln(x, p: int):
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    steps = jnp.arange(p, dtype=x.dtype) / 2
    constant = p * (p - 1) / 4 * math.log(math.pi)
    return jnp.sum(lgamma_of(x[..., None] - steps), -1) + constant


@pointwise(Promote.INT_TO_FLOAT)
@opmath
def igamma(input: Tensor, other: Tensor):
    """The lower regularised incomplete gamma function."""
    return _lower(input, other)


@pointwise(Promote.INT_TO_FLOAT)
@opmath
def igammac(input: Tensor, other: Tensor):
    """The upper regularised incomplete gamma function."""
    return _upper(input, other)


@pointwise(Promote.INT_TO_FLOAT, variants="fo", namespace="special", grad_name="IgammaBackward0")
@opmath
def gammainc(input: Tensor, other: Tensor):
    return _lower(input, other)


@pointwise(Promote.INT_TO_FLOAT, variants="fo", namespace="special", grad_name="IgammacBackward0")
@opmath
def gammaincc(input: Tensor, other: Tensor):
    return _upper(input, other)


def _lower(a, x):
    return jsp.gammainc(_order("igamma", a), x)


def _upper(a, x):
    return jsp.gammaincc(_order("igammac", a), x)


def _order(name: str, a):
    """The order, by which torch has no derivative."""

    @jax.custom_jvp
    def order(a):
        return a

    @order.defjvp
    def _(primals, tangents):
        raise NotImplementedError(f"the derivative for '{name}: input' is not implemented.")

    return order(a)


@pointwise(Promote.INT_TO_FLOAT, variants="fo", namespace="special",
           grad_name=by_kind("SpecialZeta", "tt", "nt", "tn"))  # fmt: skip
@opmath
def zeta(input: Tensor | Number, other: Tensor | Number):
    """The Hurwitz zeta function."""
    input, other = operands(input, other)
    return hurwitz(lax.stop_gradient(input), other)


# -- modified Bessel functions of the first kind


@pointwise(Promote.INT_TO_FLOAT, namespace=("torch", "special"))
@opmath
def i0(input: Tensor):
    return _i0(input)


@jax.custom_jvp
def _i0(x):
    return jsp.i0(x)


_i0.defjvps(lambda t, ans, x: t * jsp.i1(x))


@pointwise(
    Promote.INT_TO_FLOAT, variants="fo", namespace="special", grad_name="SpecialI0EBackward0"
)
@opmath
def i0e(input: Tensor):
    """exp(-|x|) i0(x)."""
    return jsp.i0e(input)


@pointwise(Promote.INT_TO_FLOAT, variants="fo", namespace="special", grad_name="SpecialI1Backward0")
@opmath
def i1(input: Tensor):
    return _i1(input)


@jax.custom_jvp
def _i1(x):
    return jsp.i1(x)


@jax.custom_jvp
def _i1_over(x):
    """i1(x) / x, 1/2 at 0."""
    return jnp.where(x == 0, 0.5, jsp.i1(x) / jnp.where(x == 0, 1, x)).astype(x.dtype)


_i1.defjvps(lambda t, ans, x: t * (_i0(x) - _i1_over(x)))
_i1_over.defjvps(
    lambda t, ans, x: t * jnp.where(x == 0, 0, _i0(x) - 2 * ans) / jnp.where(x == 0, 1, x)
)


@pointwise(
    Promote.INT_TO_FLOAT, variants="fo", namespace="special", grad_name="SpecialI1EBackward0"
)
@opmath
def i1e(input: Tensor):
    """exp(-|x|) i1(x)."""
    return jsp.i1e(input)


# -- aliases of what torch has elsewhere


def softmax(input, dim, *, dtype=None):
    return activation.softmax(input, dim, dtype)


def log_softmax(input, dim, *, dtype=None):
    return activation.log_softmax(input, dim, dtype)
