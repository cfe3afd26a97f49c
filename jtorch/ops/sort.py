"""Order: sorting, the k largest, medians, modes and quantiles. search.py searches and counts."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from ._autocast import follows_autocast
from ._checks import wrap_dim
from ._declare import op
from ._numeric import kind, require, scalar
from ._types import Number, Tensor
from .reduction import check_not_empty, pick

FUNCTIONS = METHODS = ("median", "nanmedian", "nanquantile", "quantile")

# -- sorting


def order(x, axis: int, descending: bool = False):
    """Indices that sort x along axis: stable, nan above all numbers."""
    x = lax.stop_gradient(x)
    size = x.shape[axis]
    if descending:  # ascending from the back: equal elements keep their order
        return size - 1 - lax.rev(order(lax.rev(x, (axis,)), axis), (axis,))
    if x.dtype.itemsize > 4 or size > 1 << 31:
        own = lax.broadcasted_iota(jnp.int64, x.shape, axis)
        return lax.sort((x, own), dimension=axis, num_keys=1, is_stable=True)[1]
    # One int64 per element, key above and position below: XLA sorts that six times as fast.
    own = lax.broadcasted_iota(jnp.int64, x.shape, axis)
    packed = (sort_key(x).astype(jnp.int64) << 32) | own
    return lax.sort(packed, dimension=axis, is_stable=True) & 0xFFFFFFFF


def sort_key(x):
    """Signed integers of 32 bits in the order of x, which has 32 bits at most."""
    if kind(x.dtype) != "f":
        return x.astype(jnp.int64) - (1 << 31 if x.dtype == jnp.uint32 else 0)
    x = x.astype(jnp.float32)
    x = jnp.where(x == 0, 0, jnp.where(jnp.isnan(x), jnp.nan, x))  # one zero, one nan
    bits = lax.bitcast_convert_type(x, jnp.int32)
    return jnp.where(bits < 0, bits ^ 0x7FFFFFFF, bits)


def _sortable(name: str, x) -> None:
    if kind(x.dtype) == "c":
        raise RuntimeError(f"{name}ort does not support complex dtypes on CPU")


@op(variants="fmo", returns=("values", "indices"), saves="own", residuals=True, keeps_strides=True)
def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False):
    """Sorted values and where they were. Always stable; nan counts as the largest."""
    _sortable(" S", input)
    axis = wrap_dim(dim, input.ndim)
    if not input.ndim:
        return input, jnp.zeros((), jnp.int64)
    return pick(input, order(input, axis, bool(descending)), axis, True)


@op(variants="fm", differentiable=False, keeps_strides=True)
def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False):
    _sortable(" S", input)
    axis = wrap_dim(dim, input.ndim)
    return order(input, axis, bool(descending)) if input.ndim else jnp.zeros((), jnp.int64)


@op(variants="fmo", grad_name="SortBackward0", saves="own", residuals=True, keeps_strides=True)
def msort(input: Tensor):
    """Sorted along the first dimension."""
    _sortable(" S", input)
    return pick(input, order(input, 0), 0, True)[0] if input.ndim else input


@op(variants="fmo", returns=("values", "indices"), saves="own", residuals=True)
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True):
    """The k largest (or smallest) along dim, in order even if not `sorted`, and where they are."""
    if kind(input.dtype) in "bc":
        what = "bool" if input.dtype == jnp.bool_ else "complex"
        raise RuntimeError(f"topk does not support {what} dtypes on CPU")
    axis = wrap_dim(dim, input.ndim)
    size = input.shape[axis] if input.ndim else 1
    if not 0 <= k <= size:
        raise RuntimeError("selected index k out of range")
    if not input.ndim:
        return input, jnp.zeros((), jnp.int64)
    return pick(input, _extremes(lax.stop_gradient(input), k, axis, bool(largest)), axis, True)


def _extremes(x, k: int, axis: int, largest: bool):
    """Indices of the k largest or smallest, in order."""

    def by_sorting(x):
        return lax.slice_in_dim(order(x, axis, largest), 0, k, axis=axis)

    def by_selection(x):
        return lax.top_k(x if largest else -x, k)[1].astype(jnp.int64)

    selects = x.dtype == jnp.float32 and axis == x.ndim - 1 and 16 * k < x.shape[axis]
    if not selects:
        return by_sorting(x)
    # nan is the largest, and -nan would be too
    return by_selection(x) if largest else lax.cond(jnp.isnan(x).any(), by_sorting, by_selection, x)


@op(variants="fmo", returns=("values", "indices"), saves="own", residuals=True)
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False):
    """The k-th smallest along dim, counted from 1."""
    axis = wrap_dim(dim, input.ndim)
    check_not_empty("kthvalue", input, (axis,), False)
    if not 0 < k <= (input.shape[axis] if input.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {axis}")
    if not input.ndim:
        return pick(input, None, 0, keepdim)
    index = lax.slice_in_dim(order(input, axis), k - 1, k, axis=axis)
    return pick(input, index, axis, keepdim)


# -- medians and modes


def _middle(x, axis: int, skip_nan: bool):
    """Index, with the axis kept, of the lower median; nan if there is one, unless skipped."""
    sorted_at = order(x, axis)
    if kind(x.dtype) != "f":
        return lax.slice_in_dim(
            sorted_at, (x.shape[axis] - 1) // 2, (x.shape[axis] + 1) // 2, axis=axis
        )
    unknown = jnp.sum(jnp.isnan(x), axis, keepdims=True, dtype=jnp.int64)
    last = x.shape[axis] - 1
    if skip_nan:
        place = jnp.maximum(last - unknown, 0) // 2
    else:
        place = jnp.where(unknown > 0, last + 1 - unknown, last // 2)
    return jnp.take_along_axis(sorted_at, place, axis)


def _median_along(name: str, input, dim: int, keepdim: bool, skip_nan: bool):
    require("median_cpu", "if", input)
    axis = wrap_dim(dim, input.ndim)
    check_not_empty(name, input, (axis,), False)
    index = _middle(input, axis, skip_nan) if input.ndim else None
    return pick(input, index, axis, keepdim)


def _median_all(input, skip_nan: bool):
    require("median_cpu", "if", input)
    if not input.size:
        return jnp.full(
            (), jnp.nan if kind(input.dtype) == "f" else jnp.iinfo(input.dtype).min, input.dtype
        )
    flat = input.ravel()
    value = flat[_middle(flat, 0, skip_nan)[0]]
    if kind(input.dtype) != "f":
        return value
    # elements equal to the median share the gradient
    value = lax.stop_gradient(value)
    equal = (input == value) | (jnp.isnan(input) & jnp.isnan(value))
    share = jnp.where(equal, input - lax.stop_gradient(input), 0)
    share = jnp.where(jnp.isfinite(value), jnp.sum(share), 0)
    return value + share / jnp.sum(equal).astype(input.dtype)


@op(variants="o", name="median", residuals=True)
def _median(input: Tensor):
    return _median_all(input, False)


@op(variants="o", name="nanmedian", residuals=True)
def _nanmedian(input: Tensor):
    return _median_all(input, True)


@op(
    variants="o",
    name="median",
    returns=("values", "indices"),
    grad_name="MedianBackward1",
    saves="own",
    residuals=True,
)
def _median_dim(input: Tensor, dim: int, keepdim: bool):
    return _median_along("median", input, dim, keepdim, False)


@op(
    variants="o",
    name="nanmedian",
    returns=("values", "indices"),
    grad_name="NanmedianBackward1",
    saves="own",
    residuals=True,
)
def _nanmedian_dim(input: Tensor, dim: int, keepdim: bool):
    return _median_along("nanmedian", input, dim, keepdim, True)


def median(input, dim=None, keepdim=False, *, out=None):
    """The lower median of all elements, or (values, indices) along dim; nan if there is one."""
    if dim is None:
        return _median(input, out=out)
    return _median_dim(input, dim, bool(keepdim), out=out)


def nanmedian(input, dim=None, keepdim=False, *, out=None):
    """The median of what is not nan."""
    if dim is None:
        return _nanmedian(input, out=out)
    return _nanmedian_dim(input, dim, bool(keepdim), out=out)


@op(variants="fmo", returns=("values", "indices"), saves="own", residuals=True)
def mode(input: Tensor, dim: int = -1, keepdim: bool = False):
    """The most frequent value along dim, the smallest of equally frequent ones; its last index."""
    axis = wrap_dim(dim, input.ndim)
    check_not_empty("mode", input, (axis,), False)
    if not input.ndim:
        return pick(input, None, 0, keepdim)
    index = order(input, axis)
    x = jnp.take_along_axis(lax.stop_gradient(input), index, axis)
    own = lax.broadcasted_iota(jnp.int64, x.shape, axis)
    begins = jnp.concatenate(
        [jnp.ones_like(lax.slice_in_dim(own, 0, 1, axis=axis), bool),
         lax.slice_in_dim(x, 1, None, axis=axis) != lax.slice_in_dim(x, 0, -1, axis=axis)], axis
    )  # fmt: skip
    run = own - lax.cummax(jnp.where(begins, own, 0), axis)
    ends = jnp.argmax(run, axis, keepdims=True)
    return pick(input, jnp.take_along_axis(index, ends, axis), axis, keepdim)


# -- quantiles

_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


@op(variants="o", name="quantile", grad_name="SqueezeBackward4", residuals=True)
def _quantile(
    input: Tensor,
    q: Tensor | Number,
    dim: int | None,
    keepdim: bool,
    interpolation: str,
    skip_nan: bool,
):
    name = "nanquantile" if skip_nan else "quantile"
    _check_quantile(name, input, q, interpolation)
    q = scalar(q, input.dtype)
    axis = 0 if dim is None else wrap_dim(dim, input.ndim)
    flat = input.ravel() if dim is None or not input.ndim else input
    x = jnp.moveaxis(flat, axis, -1)
    x = jnp.take_along_axis(x, order(x, x.ndim - 1), -1)
    unknown = jnp.isnan(lax.stop_gradient(x))
    last = jnp.full(x.shape[:-1], x.shape[-1] - 1, x.dtype)
    if skip_nan:
        last = jnp.maximum(last - jnp.sum(unknown, -1).astype(x.dtype), 0)
    ranks = q.reshape(-1, *(1,) * last.ndim) * last
    out = _at_ranks(x, ranks, interpolation)
    if not skip_nan:
        out = jnp.where(unknown[..., -1], jnp.nan, out)
    if keepdim:
        out = (
            out.reshape(out.shape[0], *(1,) * input.ndim)
            if dim is None or not input.ndim
            else jnp.expand_dims(out, axis + 1)
        )
    return out if q.ndim else out[0]


def _check_quantile(name: str, input, q, interpolation: str) -> None:
    if input.dtype not in (jnp.float32, jnp.float64):
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
    if not input.size:
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if getattr(q, "ndim", 0) > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, "
            f"but got {interpolation}"
        )


def _at_ranks(x, ranks, interpolation: str):
    """x (..., n), sorted, at fractional positions ranks (q, ...)."""
    if interpolation == "nearest":
        ranks = lax.round(ranks, lax.RoundingMethod.TO_NEAREST_EVEN)
    below = jnp.ceil(ranks) if interpolation == "higher" else jnp.floor(ranks)
    x = jnp.broadcast_to(x, (*ranks.shape, x.shape[-1]))

    def at(places):
        return jnp.take_along_axis(x, places.astype(jnp.int64)[..., None], -1)[..., 0]

    low = at(below)
    if interpolation in ("nearest", "lower", "higher"):
        return low
    weight = jnp.full_like(ranks, 0.5) if interpolation == "midpoint" else ranks - below
    if interpolation == "midpoint":
        weight = jnp.where(ranks == below, 0, weight)
    high = at(jnp.ceil(ranks))
    return jnp.where(weight < 0.5, low + weight * (high - low), high - (high - low) * (1 - weight))


def _quantile_call(name: str, input, q, dim, keepdim, interpolation, out, skip_nan: bool):
    if isinstance(q, (int, float)):
        if not 0 <= q <= 1:
            raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q:g}")
    elif q.dtype is not input.dtype:
        raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
    return _quantile(input, q, dim, bool(keepdim), interpolation, skip_nan, out=out)


@follows_autocast
def quantile(input, q, dim=None, keepdim=False, *, interpolation="linear", out=None):
    """Quantiles q in [0, 1] of all elements or along dim; several q come first in the shape."""
    return _quantile_call("quantile", input, q, dim, keepdim, interpolation, out, False)


@follows_autocast
def nanquantile(input, q, dim=None, keepdim=False, *, interpolation="linear", out=None):
    """quantile of what is not nan."""
    return _quantile_call("nanquantile", input, q, dim, keepdim, interpolation, out, True)
