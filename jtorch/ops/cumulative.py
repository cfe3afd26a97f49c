"""Running sums, products and extremes along a dimension, differences and integrals of samples."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from .._tensor import Tensor as Handle
from ._checks import wrap_dim, wrap_dims
from ._declare import op, reduction
from ._numeric import kind, opmath, require, to_float
from ._types import DType, Number, Tensor
from .elementwise import log_add_exp
from .reduction import pick

FUNCTIONS = ("cumulative_trapezoid", "gradient", "trapezoid", "trapz")

# -- running sums and products


def _running_dtype(x, dtype):
    if dtype is not None:
        return dtype
    return jnp.dtype("int64") if kind(x.dtype) in "bi" else x.dtype


def _running(input, dim: int, dtype, fn):
    axis = wrap_dim(dim, input.ndim)
    input = input.astype(_running_dtype(input, dtype))
    return fn(input, axis) if input.ndim else input


@reduction(variants="fmio", saves="nothing")
def cumsum(input: Tensor, dim: int, *, dtype: DType = None):
    return _running(input, dim, dtype, opmath(lax.cumsum))


@reduction(variants="fmio", residuals=True)
def cumprod(input: Tensor, dim: int, *, dtype: DType = None):
    return _running(input, dim, dtype, opmath(lax.cumprod))


@reduction(saves="result", residuals=True)
@opmath
def logcumsumexp(input: Tensor, dim: int):
    require("logcumsumexp_out_cpu", "fc", input)
    axis = wrap_dim(dim, input.ndim)
    if kind(input.dtype) == "c" and input.size:
        return _phased_logcumsumexp(jnp.atleast_1d(input), axis).reshape(input.shape)
    return lax.cumlogsumexp(input, axis) if input.ndim else input


def _phased_logcumsumexp(x, axis: int):
    """Of complex numbers, one after the other: their phases add up without being reduced."""
    rows = jnp.moveaxis(x, axis, 0)

    def step(total, row):
        total = log_add_exp(row, total)
        return total, total

    _, out = lax.scan(step, jnp.full_like(rows[0], -jnp.inf), rows)
    return jnp.moveaxis(out, 0, axis)


# -- running extremes


def _running_extreme(name: str, input, dim: int, wins):
    """(values, indices); of equal values the last counts, and nan stays."""
    require(f"{name}_cpu", "bif", input)
    axis = wrap_dim(dim, input.ndim)
    if not input.ndim or not input.size:
        return input, jnp.zeros(input.shape, jnp.int64)

    def later(a, b):
        (x, i), (y, j) = a, b
        take = wins(y, x)
        if kind(input.dtype) == "f":
            take = (take & ~jnp.isnan(x)) | jnp.isnan(y)
        return jnp.where(take, y, x), jnp.where(take, j, i)

    own = lax.broadcasted_iota(jnp.int64, input.shape, axis)
    fixed = lax.stop_gradient(input)
    _, index = lax.associative_scan(later, (fixed, own), axis=axis)
    return pick(input, index, axis, True)


@reduction(returns=("values", "indices"), residuals=True)
def cummax(input: Tensor, dim: int):
    return _running_extreme("cummax", input, dim, lambda y, x: y >= x)


@reduction(returns=("values", "indices"), residuals=True)
def cummin(input: Tensor, dim: int):
    return _running_extreme("cummin", input, dim, lambda y, x: y <= x)


# -- differences and integrals


@op(variants="fmo", grad_name="SubBackward0")
def diff(
    input: Tensor,
    n: int = 1,
    dim: int = -1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
):
    """n-th differences of neighbours along dim; of bool, whether they differ."""
    if not input.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    axis = wrap_dim(dim, input.ndim)
    if not n:
        return input
    parts = [x for x in (prepend, input, append) if x is not None]
    if len(parts) > 1:
        input = jnp.concatenate(parts, axis)
    return jnp.diff(input, n, axis)


def _strips(y, x, dx, dim: int):
    """Twice the area between neighbouring samples."""
    axis = wrap_dim(dim, y.ndim)
    y = to_float(y)
    width = dx
    if x is not None:
        x = x if x.ndim == y.ndim or x.ndim != 1 else x.reshape(-1, *(1,) * (y.ndim - 1 - axis))
        width = jnp.diff(x, axis=x.ndim - y.ndim + axis)
        axis = max(x.ndim, y.ndim) - y.ndim + axis
        y = y.reshape((1,) * (x.ndim - y.ndim) + y.shape)
    left = lax.slice_in_dim(y, 0, y.shape[axis] - 1, axis=axis)
    right = lax.slice_in_dim(y, 1, y.shape[axis], axis=axis)
    strips = (left + right) * (width if x is not None else jnp.asarray(width).astype(y.dtype))
    return strips, axis


@op(variants="", name="trapezoid", grad_name="DivBackward0")
def _trapezoid(y: Tensor, x: Tensor | None, dx: Number, dim: int):
    strips, axis = _strips(y, x, dx, dim)
    return jnp.sum(strips, axis) / 2


@op(variants="", name="cumulative_trapezoid", grad_name="DivBackward0")
def _cumulative_trapezoid(y: Tensor, x: Tensor | None, dx: Number, dim: int):
    strips, axis = _strips(y, x, dx, dim)
    return lax.cumsum(strips, axis) / 2


def trapezoid(y, x=None, *, dx=1, dim=-1):
    """The integral along dim by the trapezoidal rule, at points x or dx apart."""
    return _trapezoid(y, x, dx, dim)


trapz = trapezoid


def cumulative_trapezoid(y, x=None, *, dx=1, dim=-1):
    """The running integral: one value fewer than samples."""
    return _cumulative_trapezoid(y, x, dx, dim)


# -- slopes


@op(variants="", name="gradient", grad_name="CatBackward0")
def _gradient(input: Tensor, points: Tensor | None, spacing: Number, axis: int, edge_order: int):
    x = to_float(jnp.moveaxis(input, axis, -1))
    if x.shape[-1] < edge_order + 1:
        raise RuntimeError(
            "torch.gradient expected each dimension size to be at least edge_order+1"
        )
    n = x.shape[-1]
    places = jnp.arange(n) * spacing if points is None else points
    h = jnp.diff(places.astype(x.dtype))
    a, b = h[:-1], h[1:]
    inner = x[..., :-2] * (-b / (a * (a + b))) + x[..., 1:-1] * ((b - a) / (a * b))
    inner = inner + x[..., 2:] * (a / (b * (a + b)))
    if edge_order == 1:
        first, last = (x[..., 1] - x[..., 0]) / h[0], (x[..., -1] - x[..., -2]) / h[-1]
    else:
        first = _edge(x[..., 0], x[..., 1], x[..., 2], h[0], h[1])
        last = -_edge(x[..., -1], x[..., -2], x[..., -3], h[-1], h[-2])
    out = jnp.concatenate([first[..., None], inner, last[..., None]], -1)
    return jnp.moveaxis(out, -1, axis)


def _edge(x0, x1, x2, a, b):
    """The slope at x0 of the parabola through three points a and b apart."""
    return -x0 * (2 * a + b) / (a * (a + b)) + x1 * (a + b) / (a * b) - x2 * a / (b * (a + b))


def gradient(input, *, spacing=1, dim=None, edge_order=1):
    """Slopes along each dimension from central differences; spacing: a step, or the coordinates."""
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    dims = range(input.ndim) if dim is None else [dim] if isinstance(dim, int) else dim
    axes = wrap_dims(tuple(dims), input.ndim)
    given = list(spacing) if isinstance(spacing, (list, tuple)) else [spacing] * len(axes)
    if len(given) != len(axes):
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar or "
            + (
                f"a list of length {len(axes)}, but got a list of length {len(given)}"
                if dim is None
                else "it's spacing and dim arguments to have the same length, but got a spacing "
                f"argument of length {len(given)} and a dim argument of length {len(axes)}."
            )
        )
    places = sorted({str(x.device) for x in (input, *given) if isinstance(x, Handle)})
    if len(places) > 1:
        raise RuntimeError(
            "torch.gradient expected each tensor to be on the same device, but got devices "
            f"{' and '.join(places)}!"
        )
    out = []
    for axis, step in zip(axes, given, strict=True):
        points, width = (None, step) if isinstance(step, (int, float)) else (step, 1)
        out.append(_gradient(input, points, width, axis, edge_order))
    return tuple(out)
