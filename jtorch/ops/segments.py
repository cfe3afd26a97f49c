"""Reductions of runs of a dimension whose lengths are data, and torch's private chunks and masked
indices.
"""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from . import indexing, join
from ._checks import wrap_dim
from ._declare import op
from ._numeric import require
from ._out import takes_out
from ._place import reduce_at
from ._types import Scalar, Tensor

FUNCTIONS = (
    "_chunk_cat", "_unsafe_masked_index", "_unsafe_masked_index_put_accumulate", "segment_reduce",
)  # fmt: skip
REDUCTIONS = {"sum": "sum", "mean": "mean", "prod": "prod", "max": "amax", "min": "amin"}


@op(variants="", name="segment_reduce")
def _segment_reduce(data: Tensor, ends: Tensor, how: str, axis: int, unsafe: bool, initial: Scalar):
    """data (…, n, …) and where segments begin and end, (…, segments + 1) -> (…, segments, …)."""
    require("_segment_reduce_cpu", "f", data)
    lead, n, inner = data.shape[:axis], data.shape[axis], data.shape[axis + 1 :]
    rows, count = math.prod(lead), ends.shape[-1] - 1
    ends = jnp.broadcast_to(ends, (*lead, count + 1)).reshape(rows, count + 1)
    place = jnp.arange(n)
    which = jnp.sum(ends[:, 1:, None] <= place, 1)  # which segment, or `count`
    which = jnp.where((which < count) & (place >= ends[:, :1]), which, rows * count)
    which = jnp.minimum(which + count * jnp.arange(rows)[:, None], rows * count).reshape(-1)
    values = data.reshape(rows * n, *inner)
    first = {"sum": 0, "mean": 0, "prod": 1, "amax": -np.inf, "amin": np.inf}[how]
    extreme = how in ("amax", "amin")
    start = first if initial is None or extreme else initial
    out = jnp.full((rows * count, *inner), start, data.dtype)
    out = reduce_at(out, values, (which,), (0,), "sum" if how == "mean" else how, True)
    lengths = jnp.diff(ends, axis=-1).reshape(-1, *(1,) * len(inner)).astype(data.dtype)
    if how == "mean":
        empty = jnp.asarray(np.nan if initial is None else initial, data.dtype)
        out = jnp.where(lengths == 0, empty, out / jnp.maximum(lengths, 1))
    elif extreme and initial is not None:
        out = jnp.where(out >= initial if how == "amax" else out <= initial, out, initial)
    return out.astype(data.dtype).reshape(*lead, count, *inner)


@_segment_reduce.check
def _(data, ends, how, axis, unsafe, initial):
    if unsafe:
        return None
    wrong = (ends[..., -1] != data.shape[axis]).any()
    message = (
        "segment_reduce(): Expected all rows of lengths along axis to sum to "
        "data.size(lengths.dim()-1) when !unsafe."
    )
    return wrong, 0, RuntimeError, message


def segment_reduce(
    data, reduce, *, lengths=None, indices=None, offsets=None, axis=0, unsafe=False, initial=None
):
    """The sum, mean, max, min or prod of runs along axis, given by their lengths, or offsets."""
    if reduce not in REDUCTIONS:
        raise RuntimeError(
            f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}"
        )
    axis = wrap_dim(axis, data.dim())
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    if offsets is not None:
        unsafe = True  # torch does not look at them
    elif lengths is not None:
        zero = lengths.new_zeros((*lengths.shape[:-1], 1))
        offsets = join.cat([zero, lengths.cumsum(-1)], -1)
    else:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    return _segment_reduce(data, offsets, REDUCTIONS[reduce], axis, bool(unsafe), initial)


@takes_out
def _chunk_cat(tensors: Any, dim: int, num_chunks: int):
    """Each tensor cut along dim in `num_chunks`, padded with zeros, and the parts of one number
    laid out flat, one tensor after the other.
    """
    lead = _common_lead(tensors, dim, num_chunks)
    dim, parts = len(lead), []
    for x in tensors:
        spare = -x.size(dim) % num_chunks
        if spare:
            x = join.cat([x, x.new_zeros((*lead, spare, *x.shape[dim + 1 :]))], dim)
        parts.append(x.reshape(*lead, num_chunks, x.numel() // num_chunks // math.prod(lead)))
    return join.cat(parts, dim + 1)


def _common_lead(tensors: Any, dim: int, num_chunks: int) -> tuple:
    """The sizes before dim, which all have in common."""
    found = ""
    ranks = [x.dim() for x in tensors]
    if not ranks:
        found = "a non-empty input tensor list"
    elif num_chunks < 1:
        found = "positive num_chunks"
    elif not all(x.numel() for x in tensors):
        found = "non-empty tensor"
    elif dim < 0 and len(set(ranks)) > 1:
        found = "non-negative dim when input tensors have different ndims"
    elif dim >= 0 and any(dim >= n for n in ranks):
        found = "dim < ndim for all input tensors"
    else:
        dim = wrap_dim(dim, ranks[0])
        if len({tuple(x.shape[:dim]) for x in tensors}) > 1:
            found = "same sizes of 0,...,dim-1 dimensions for all tensors"
    if found:
        raise RuntimeError(f"_chunk_cat expects {found}")
    return tuple(tensors[0].shape[:dim])


def _clamped(input: Any, indices: Any) -> tuple:
    pairs = zip(indices, input.shape, strict=False)
    return tuple(slice(None) if i is None else i.clamp(-n, n - 1) for i, n in pairs)


def _unsafe_masked_index(input, mask, indices, fill):
    """input[indices] where mask, else fill; an index out of range is taken to the nearest."""
    found = input[_clamped(input, indices)]
    return found.masked_fill(mask.logical_not(), fill)


def _unsafe_masked_index_put_accumulate(input, mask, indices, values):
    """input with values added at indices where mask."""
    values = values.masked_fill(mask.logical_not(), 0)
    return indexing.index_put(input, _clamped(input, indices), values, True)
