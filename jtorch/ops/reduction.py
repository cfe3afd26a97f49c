"""Reductions over some or all dimensions: sums, means, products, truth, spread, extremes."""

from __future__ import annotations

import math

import jax.numpy as jnp
from jax import lax

from .._tensor import Tensor as _Tensor
from . import elementwise
from ._checks import wrap_dim, wrap_dims
from ._declare import op, reduction
from ._numeric import (
    kind,
    magnitude,
    not_implemented,
    opmath,
    require,
    scalar_name,
)
from ._types import Dims, DType, Tensor

FUNCTIONS = ("max", "min", "std", "std_mean", "var", "var_mean")
METHODS = ("max", "min", "std", "var")

# -- sums


def _axes(dim, ndim: int) -> tuple[int, ...]:
    """The dimensions to reduce; none given means all."""
    return wrap_dims(None if dim == () else dim, ndim)


def _total_dtype(input, dtype):
    """Integers are added up in int64."""
    if dtype is not None:
        return dtype
    return jnp.dtype("int64") if kind(input.dtype) in "bi" else input.dtype


def _by_dim(name: str):
    """torch's derivatives: 0 over everything, 1 along dimensions."""
    return lambda inputs, static: f"{name}Backward{int(static['dim'] is not None)}"


@reduction(saves="nothing", grad_name=_by_dim("Sum"))
def sum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: DType = None):
    input = input.astype(_total_dtype(input, dtype))
    return jnp.sum(input, _axes(dim, input.ndim), dtype=input.dtype, keepdims=keepdim)


@reduction
def nansum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: DType = None):
    """The sum, with nan counted as 0."""
    if kind(input.dtype) == "c":
        raise RuntimeError("nansum on CPU does not support complex inputs")
    axes, total = _axes(dim, input.ndim), _total_dtype(input, dtype)
    if kind(input.dtype) == "f":
        input = jnp.where(jnp.isnan(input), 0, input)
    return jnp.sum(input.astype(total), axes, keepdims=keepdim)


@reduction(saves="nothing", grad_name=_by_dim("Mean"))
def mean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: DType = None):
    given, which = (input.dtype, "Input") if dtype is None else (dtype, "Optional")
    if kind(given) in "bi":
        raise RuntimeError(
            f"mean(): could not infer output dtype. {which} dtype must be either a floating point "
            f"or complex dtype. Got: {scalar_name(given)}"
        )
    return jnp.mean(input.astype(given), _axes(dim, input.ndim), keepdims=keepdim)


@reduction(grad_name="DivBackward0")
def nanmean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: DType = None):
    """The mean of what is not nan."""
    if kind(input.dtype) in "bi":
        raise RuntimeError(
            "nanmean(): expected input to have floating point or complex dtype but got "
            f"{scalar_name(input.dtype)}"
        )
    input = input if dtype is None else input.astype(dtype)
    axes, known = _axes(dim, input.ndim), ~jnp.isnan(input)
    count = jnp.sum(known, axes, keepdims=keepdim)
    return jnp.sum(jnp.where(known, input, 0), axes, keepdims=keepdim) / count.astype(input.dtype)


@reduction(grad_name=_by_dim("Prod"), saves="both")
def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: DType = None):
    axes = _axes(dim, input.ndim)
    dtype = _total_dtype(input, dtype)
    return jnp.prod(input.astype(dtype), axes, dtype=dtype, keepdims=keepdim)


@reduction(differentiable=False, variants="fm")
def count_nonzero(input: Tensor, dim: Dims = None):
    return jnp.sum(input != 0, _axes(dim, input.ndim), dtype=jnp.int64)


# -- truth


def _truth(input, dim, keepdim: bool, fn):
    axes = wrap_dims(dim, input.ndim)
    out = fn(input != 0, axes, keepdims=keepdim)
    return out.astype(input.dtype) if input.dtype == jnp.uint8 else out


@reduction(differentiable=False)
def all(input: Tensor, dim: Dims = None, keepdim: bool = False):
    """Whether all elements are nonzero; uint8 gives uint8."""
    return _truth(input, dim, keepdim, jnp.all)


@reduction(differentiable=False)
def any(input: Tensor, dim: Dims = None, keepdim: bool = False):
    """Whether some element is nonzero; uint8 gives uint8."""
    return _truth(input, dim, keepdim, jnp.any)


# -- spread


def _variance(input, dim, correction, keepdim: bool):
    if kind(input.dtype) in "bi":
        raise RuntimeError("std and var only support floating point and complex dtypes")
    axes = _axes(dim, input.ndim)
    count = math.prod(input.shape[a] for a in axes)
    mean = jnp.mean(input, axes, keepdims=True)
    gap = input - mean
    square = gap * gap if kind(gap.dtype) == "f" else gap.real**2 + gap.imag**2
    total = jnp.sum(square, axes, keepdims=keepdim)
    below = count - correction if count > correction else 0
    return total / jnp.asarray(below, total.dtype), mean if keepdim else jnp.squeeze(mean, axes)


def norm_root(square):
    """sqrt with gradient 0 at 0."""
    zero = square == 0
    return jnp.where(zero, 0, jnp.sqrt(jnp.where(zero, 1, square)))


@op(variants="o", name="var")
@opmath
def _var(input: Tensor, dim: Dims, correction: float, keepdim: bool):
    return _variance(input, dim, correction, keepdim)[0]


@op(variants="o", name="std")
@opmath
def _std(input: Tensor, dim: Dims, correction: float, keepdim: bool):
    return norm_root(_variance(input, dim, correction, keepdim)[0])


@op(variants="o", name="var_mean")
@opmath
def _var_mean(input: Tensor, dim: Dims, correction: float, keepdim: bool):
    return _variance(input, dim, correction, keepdim)


@op(variants="o", name="std_mean")
@opmath
def _std_mean(input: Tensor, dim: Dims, correction: float, keepdim: bool):
    variance, mean = _variance(input, dim, correction, keepdim)
    return norm_root(variance), mean


def _spread(kernel, input, dim, unbiased, keepdim, correction, out):
    """torch also takes `unbiased` where `dim` stands: std(x, False)."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if correction is None:
        correction = 0 if unbiased is False else 1
    return kernel(input, dim, correction, bool(keepdim), out=out)


def std(input, dim=None, unbiased=None, keepdim=False, *, correction=None, out=None):
    """Standard deviation with divisor n - correction; unbiased means correction 1."""
    return _spread(_std, input, dim, unbiased, keepdim, correction, out)


def var(input, dim=None, unbiased=None, keepdim=False, *, correction=None, out=None):
    """Variance with divisor n - correction; unbiased means correction 1."""
    return _spread(_var, input, dim, unbiased, keepdim, correction, out)


def std_mean(input, dim=None, unbiased=None, keepdim=False, *, correction=None):
    return _spread(_std_mean, input, dim, unbiased, keepdim, correction, None)


def var_mean(input, dim=None, unbiased=None, keepdim=False, *, correction=None):
    return _spread(_var_mean, input, dim, unbiased, keepdim, correction, None)


# -- extremes


def check_not_empty(name: str, input, axes: tuple[int, ...], whole: bool) -> None:
    """An extreme of nothing has no value."""
    if whole and input.size == 0:
        error = IndexError if name.startswith("arg") else RuntimeError
        hint = " Specify the reduction dim with the 'dim' argument."
        raise error(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0."
            + ("" if error is IndexError else hint)
        )
    for axis in axes:
        if input.ndim and input.shape[axis] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {axis} to have non-zero size.")


def _extreme(name: str, input, dim, keepdim: bool, fn):
    require(f"{name[1:]}_values_cpu", "bif", input)
    axes = _axes(dim, input.ndim)
    check_not_empty(name, input, axes, dim is None or dim == ())
    return fn(input, axes, keepdims=keepdim)


@reduction(saves="both")
def amax(input: Tensor, dim: Dims = (), keepdim: bool = False):
    """The largest value; elements that share it share the gradient."""
    return _extreme("amax", input, dim, keepdim, jnp.max)


@reduction(saves="both")
def amin(input: Tensor, dim: Dims = (), keepdim: bool = False):
    """The smallest value; elements that share it share the gradient."""
    return _extreme("amin", input, dim, keepdim, jnp.min)


@reduction(returns=("min", "max"))
def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False):
    require("aminmax_cpu", "bif", input)
    axes = _axes(dim, input.ndim)
    if dim is not None and input.ndim and input.shape[axes[0]] == 0:
        raise IndexError(f"aminmax: Expected reduction dim {axes[0]} to have non-zero size.")
    if input.size == 0 and dim is None:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no "
            "identity."
        )
    return jnp.min(input, axes, keepdims=keepdim), jnp.max(input, axes, keepdims=keepdim)


def _position(name: str, input, dim, keepdim: bool, fn):
    for bad, text in (("b", "bool"), ("c", "complex")):
        if kind(input.dtype) == bad:
            raise RuntimeError(f"{name}(): does not support {text} input")
    axes = _axes(dim, input.ndim)
    check_not_empty(name, input, axes, dim is None)
    if not input.ndim:
        return jnp.zeros((), jnp.int64)
    if dim is None:
        place = first_place(input.ravel(), 0, fn)
        return place.reshape((1,) * input.ndim if keepdim else ())
    place = first_place(input, axes[0], fn)
    return place if keepdim else jnp.squeeze(place, axes[0])


def first_place(x, axis: int, fn):
    """Where fn (jnp.max or jnp.min) is first reached along axis; nan counts as reaching it.

    Two plain reductions: XLA runs them three times as fast as argmax.
    """
    found = (x == fn(x, axis, keepdims=True)) | jnp.isnan(x)
    size = x.shape[axis]
    own = lax.broadcasted_iota(jnp.int32 if size < 1 << 31 else jnp.int64, x.shape, axis)
    return jnp.min(jnp.where(found, own, size), axis, keepdims=True).astype(jnp.int64)


@reduction(differentiable=False)
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False):
    """Where the largest value first occurs; nan counts as the largest."""
    return _position("argmax", input, dim, keepdim, jnp.max)


@reduction(differentiable=False)
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False):
    """Where the smallest value first occurs; nan counts as the smallest."""
    return _position("argmin", input, dim, keepdim, jnp.min)


def _whole_extreme(name: str, input, fn):
    if kind(input.dtype) == "c":
        raise not_implemented(f"{name}_all", input.dtype)
    check_not_empty(name, input, (), True)
    return fn(input)


@op(variants="o", name="max", grad_name="MaxBackward1", saves="both")
def _max_all(input: Tensor):
    return _whole_extreme("max", input, jnp.max)


@op(variants="o", name="min", grad_name="MinBackward1", saves="both")
def _min_all(input: Tensor):
    return _whole_extreme("min", input, jnp.min)


def pick(input, index, axis: int, keepdim: bool):
    """(values at index, index) along axis, where index kept the dimension."""
    if input.ndim == 0:
        return input, jnp.zeros((), jnp.int64)
    values = jnp.take_along_axis(input, index, axis, mode="promise_in_bounds")
    index = index.astype(jnp.int64)
    return (values, index) if keepdim else (jnp.squeeze(values, axis), jnp.squeeze(index, axis))


def _along(name: str, input, dim: int, keepdim: bool, fn):
    require(f"{name}_cpu", "bif", input)
    axis = wrap_dim(dim, input.ndim)
    check_not_empty(name, input, (axis,), False)
    index = first_place(lax.stop_gradient(input), axis, fn) if input.ndim else None
    return pick(input, index, axis, keepdim)


@op(variants="o", name="max", returns=("values", "indices"), saves="own")
def _max_dim(input: Tensor, dim: int, keepdim: bool):
    return _along("max", input, dim, keepdim, jnp.max)


@op(variants="o", name="min", returns=("values", "indices"), saves="own")
def _min_dim(input: Tensor, dim: int, keepdim: bool):
    return _along("min", input, dim, keepdim, jnp.min)


def _three_forms(whole, along, pairwise, input, dim, keepdim, other, out):
    if isinstance(dim, _Tensor):
        dim, other = None, dim
    if other is not None:
        return pairwise(input, other, out=out)
    return whole(input, out=out) if dim is None else along(input, dim, bool(keepdim), out=out)


def max(input, dim=None, keepdim=False, *, other=None, out=None):
    """The largest element; with dim, (values, indices) along it; with another, of pairs."""
    return _three_forms(_max_all, _max_dim, elementwise.maximum, input, dim, keepdim, other, out)


def min(input, dim=None, keepdim=False, *, other=None, out=None):
    """The smallest element; with dim, (values, indices) along it; with another, of pairs."""
    return _three_forms(_min_all, _min_dim, elementwise.minimum, input, dim, keepdim, other, out)


# -- distances


@op(variants="fm")
@opmath
def dist(input: Tensor, other: Tensor, p: float = 2.0):
    """The p-norm of input - other."""
    return pnorm(input - other, p, None, False)


def pnorm(x, p: float, axes, keepdims: bool):
    """The vector p-norm; its gradient is 0 wherever it would divide by zero."""
    size = magnitude(x)
    if p == 0:
        return jnp.sum((size != 0).astype(size.dtype), axes, keepdims=keepdims)
    if p == 1:
        return jnp.sum(size, axes, keepdims=keepdims)
    if p in (math.inf, -math.inf):
        return (jnp.max if p > 0 else jnp.min)(size, axes, keepdims=keepdims)
    if p == 2:
        return norm_root(jnp.sum(size * size, axes, keepdims=keepdims))
    zero = size == 0
    powers = jnp.where(zero, 0.0 if p > 0 else math.inf, jnp.where(zero, 1, size) ** p)
    total = jnp.sum(powers.astype(size.dtype), axes, keepdims=keepdims)
    none = (total == 0) | jnp.isinf(total)
    root = jnp.where(none, 1, total) ** (1 / p)
    return jnp.where(none, jnp.where((total == 0) == (p > 0), 0, math.inf), root).astype(size.dtype)
