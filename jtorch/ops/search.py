"""Searching in sorted values, and counting into bins."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from .._tensor import Tensor as _Tensor
from ._bind import result_type
from ._declare import op
from ._numeric import kind, not_implemented, require
from ._out import takes_out
from ._types import Number, Scalar, Tensor

FUNCTIONS = METHODS = ("bincount", "histogram")

# -- positions


@op(variants="fo", differentiable=False)
def searchsorted(
    sorted_sequence: Tensor,
    input: Tensor | Number,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
):
    """Where input would go into sorted_sequence, row by row if that has rows."""
    right = _side(right, side)
    values = jnp.asarray(input)
    _check_rows(sorted_sequence, values)
    if sorter is not None:
        if sorter.shape != sorted_sequence.shape:
            raise RuntimeError(
                "torch.searchsorted(): boundary and sorter must have the same size, but got "
                f"boundary tensor {list(sorted_sequence.shape)}and got sorter tensor "
                f"{list(sorter.shape)}"
            )
        sorted_sequence = jnp.take_along_axis(sorted_sequence, sorter, -1)
    out = _positions(sorted_sequence, values, right)
    return out.astype(jnp.int32 if out_int32 else jnp.int64)


def _side(right: bool, side: str | None) -> bool:
    if side not in (None, "left", "right"):
        raise RuntimeError(
            f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}"
        )
    if right and side == "left":
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left "
            "while right was True"
        )
    return right or side == "right"


def _check_rows(rows, values) -> None:
    if rows.ndim == 0:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 "
            "dimension"
        )
    if rows.ndim != 1 and rows.shape[:-1] != values.shape[:-1]:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 "
            "dimensions of boundaries tensor and input value tensor must match, but we got "
            f"boundaries tensor {list(rows.shape)} and input value tensor {list(values.shape)}"
        )


def _positions(rows, values, right: bool):
    def one(row, x):
        return jnp.searchsorted(row, x, side="right" if right else "left")

    if values.dtype != rows.dtype:
        dtype = jnp.promote_types(rows.dtype, values.dtype)
        rows, values = rows.astype(dtype), values.astype(dtype)
    if rows.ndim == 1:
        return one(rows, values)
    if not rows.size or not values.size:
        return jnp.zeros(values.shape, jnp.int64)
    flat = jax.vmap(one)(rows.reshape(-1, rows.shape[-1]), values.reshape(-1, values.shape[-1]))
    return flat.reshape(values.shape)


@op(variants="fo", differentiable=False)
def bucketize(
    input: Tensor | Number, boundaries: Tensor, *, out_int32: bool = False, right: bool = False
):
    """The number of the interval between boundaries that each element lies in."""
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    out = _positions(boundaries, jnp.asarray(input), right)
    return out.astype(jnp.int32 if out_int32 else jnp.int64)


# -- counts


def _bins(input, bins: int, low, high):
    """The bin of each element and whether it has one; the last bin includes its upper edge."""
    place = jnp.floor((input - low) / (high - low) * bins).astype(jnp.int64)
    return jnp.clip(place, 0, bins - 1), (input >= low) & (input <= high)


def _range(input, low, high, margin: float):
    """Bounds as arrays; where they are equal, those of the data, and around a single value."""
    low, high = (jnp.asarray(x).astype(input.dtype) for x in (low, high))
    if input.size:
        same = low == high
        low, high = jnp.where(same, jnp.min(input), low), jnp.where(same, jnp.max(input), high)
    same = low == high
    return jnp.where(same, low - margin, low), jnp.where(same, high + margin, high)


def _histogram_of(input, bins: int, low, high, weight):
    place, inside = _bins(input, bins, low, high)
    weight = jnp.where(inside, 1 if weight is None else weight, 0).astype(input.dtype)
    return jnp.zeros(bins, input.dtype).at[place.ravel()].add(weight.ravel())


@op(variants="fmo", differentiable=False)
def histc(input: Tensor, bins: int = 100, min: Scalar = 0, max: Scalar = 0):
    """Counts in equal bins between min and max, or of the whole range if both are 0."""
    require("histogram_cpu", "f", input)
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    if min > max:
        raise RuntimeError("torch.histc: max must be larger than min")
    return _histogram_of(input, bins, *_range(input, min, max, 1), None)


@op(variants="", name="histogram", differentiable=False)
def _histogram_even(
    input: Tensor, bins: int, low: Scalar, high: Scalar, weight: Tensor | None, density: bool
):
    require("histogram_cpu", "f", input)
    if low == high and not input.size:
        low, high = 0, 1
    first, last = _range(input, low, high, 0.5)
    edges = jnp.linspace(first, last, bins + 1, dtype=input.dtype)
    return _density(_histogram_of(input, bins, first, last, weight), edges, density), edges


@op(variants="", name="histogram", differentiable=False)
def _histogram_at(input: Tensor, edges: Tensor, weight: Tensor | None, density: bool):
    require("histogram_cpu", "f", input)
    bins = edges.shape[0] - 1
    place = jnp.searchsorted(edges, input, side="right") - 1
    place = jnp.where(input == edges[-1], bins - 1, place)
    inside = (input >= edges[0]) & (input <= edges[-1])
    weight = jnp.where(inside, 1 if weight is None else weight, 0).astype(input.dtype)
    counts = (
        jnp.zeros(bins, input.dtype).at[jnp.clip(place, 0, bins - 1).ravel()].add(weight.ravel())
    )
    return _density(counts, edges, density), edges


def _density(counts, edges, density: bool):
    return counts / (jnp.sum(counts) * jnp.diff(edges)) if density else counts


@takes_out
def histogram(input, bins, *, range=None, weight=None, density=False):
    """(counts, edges) of `bins` equal bins over range, or between the edges given as a tensor."""
    if isinstance(bins, _Tensor):
        results = _histogram_at(input, bins, weight, density)
    else:
        low, high = (0.0, 0.0) if range is None else range
        results = _histogram_even(input, bins, low, high, weight, density)
    return result_type("histogram", ("hist", "bin_edges"))(results)


@op(variants="", name="bincount", differentiable=False)
def _bincount(input: Tensor, weights: Tensor | None, length: int):
    if weights is None:
        ones = jnp.ones(input.shape, jnp.int64)
        return jnp.zeros(length, jnp.int64).at[input].add(ones)
    dtype = jnp.float32 if weights.dtype == jnp.float32 else jnp.float64
    return jnp.zeros(length, dtype).at[input].add(weights.astype(dtype))


def bincount(input, weights=None, minlength=0):
    """How often each non-negative integer occurs, or the sum of its weights. Looks at values."""
    if kind(input.dtype.np) != "i":
        raise not_implemented("bincount_cpu", input.dtype.np)
    values = input._numpy()
    if input.ndim != 1 or (values.size and values.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if weights is not None and weights.shape != input.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    length = max(int(values.max()) + 1 if values.size else 0, minlength)
    return _bincount(input, weights, length)
