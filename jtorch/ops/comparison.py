"""Comparisons: element by element, with tolerance, of whole tensors, and membership."""

from __future__ import annotations

import jax.numpy as jnp

from ._declare import Promote, op, pointwise
from ._numeric import kind, require, scalar_name
from ._types import Number, Tensor

FUNCTIONS = ("allclose", "equal", "isin")
METHODS = ("allclose", "equal")


@pointwise(Promote.ALWAYS_BOOL, differentiable=False)
def eq(input: Tensor, other: Tensor | Number):
    return input == other


@pointwise(Promote.ALWAYS_BOOL, differentiable=False, aliases=("not_equal",))
def ne(input: Tensor, other: Tensor | Number):
    return input != other


@pointwise(Promote.ALWAYS_BOOL, differentiable=False, aliases=("less",))
def lt(input: Tensor, other: Tensor | Number):
    require("lt_cpu", "bif", input)
    return input < other


@pointwise(Promote.ALWAYS_BOOL, differentiable=False, aliases=("less_equal",))
def le(input: Tensor, other: Tensor | Number):
    require("le_cpu", "bif", input)
    return input <= other


@pointwise(Promote.ALWAYS_BOOL, differentiable=False, aliases=("greater",))
def gt(input: Tensor, other: Tensor | Number):
    require("gt_cpu", "bif", input)
    return input > other


@pointwise(Promote.ALWAYS_BOOL, differentiable=False, aliases=("greater_equal",))
def ge(input: Tensor, other: Tensor | Number):
    require("ge_cpu", "bif", input)
    return input >= other


@pointwise(variants="fm", differentiable=False)
def isclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
):
    """|input - other| <= atol + rtol * |other|, or equal."""
    if input.dtype != other.dtype:
        raise RuntimeError(f"{scalar_name(input.dtype)} did not match {scalar_name(other.dtype)}")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value:g}")
    close = input == other
    if kind(input.dtype) in "fc" and equal_nan:
        close = close | (jnp.isnan(input) & jnp.isnan(other))
    if (rtol == 0 and atol == 0) or input.dtype == bool:
        return close
    if kind(input.dtype) == "i":
        input, other = input.astype(jnp.float64), other.astype(jnp.float64)
    allowed = atol + jnp.abs(rtol * other)
    gap = jnp.abs(input - other)
    return close | (jnp.isfinite(gap) & (gap <= allowed))


@op(variants="", differentiable=False)
def _same(input: Tensor, other: Tensor):
    return jnp.all(input == other)


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether shapes and all elements agree. Looks at the values."""
    if input.shape != other.shape:
        return False
    return bool(_same(input, other).item())


def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False) -> bool:
    """Whether all elements are close. Looks at the values."""
    return bool(_all(isclose(input, other, rtol, atol, equal_nan)).item())


@op(variants="", differentiable=False)
def _all(input: Tensor):
    return jnp.all(input)


@op(variants="o", differentiable=False, promote=Promote.DEFAULT, name="isin")
def _isin(elements: Tensor | Number, test_elements: Tensor | Number, invert: bool):
    return jnp.isin(jnp.asarray(elements), jnp.asarray(test_elements), invert=invert)


def isin(elements, test_elements, *, assume_unique=False, invert=False, out=None):
    """Which elements occur in test_elements. `assume_unique` would allow a faster way."""
    return _isin(elements, test_elements, bool(invert), out=out)
