"""Putting tensors together: cat, stack and their relatives, grids, products of sets of points."""

from __future__ import annotations

import itertools
from typing import Any

import jax.numpy as jnp
import numpy as np

from .._size import Size
from .._tensor import from_array
from . import gather, shape
from ._checks import wrap_dim
from ._declare import op
from ._place import common_shape
from ._promote import cast, common_dtype
from ._types import Tensor

FUNCTIONS = (
    "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_shapes", "broadcast_tensors",
    "cartesian_prod", "column_stack", "combinations", "dstack", "hstack", "meshgrid", "row_stack",
    "vstack",
)  # fmt: skip

_SKIPPED = (0,)  # an empty vector joins anything: what torch.tensor([]) starts a list with


@op(variants="fo", aliases=("concat", "concatenate"), saves="nothing")
def cat(tensors: list[Tensor], dim: int = 0):
    """Join along an existing dimension."""
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for k, x in enumerate(tensors):
        if x.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {k}) cannot be concatenated")
    tensors = _common(tensors)
    first = next((x for x in tensors if x.shape != _SKIPPED), tensors[0])
    axis = wrap_dim(dim, first.ndim)
    parts = []
    for k, x in enumerate(tensors):
        if x.shape == _SKIPPED and first.shape != _SKIPPED and first.ndim != 1:
            continue
        _check_cat(first, x, k, axis)
        parts.append(x)
    return jnp.concatenate(parts, axis)


def _common(tensors: list) -> list:
    dtype = common_dtype(tensors)
    return [cast(x, dtype) for x in tensors]


def _check_cat(first, x, position: int, axis: int) -> None:
    if x.ndim != first.ndim:
        raise RuntimeError(
            f"Tensors must have same number of dimensions: got {first.ndim} and {x.ndim}"
        )
    for d in range(first.ndim):
        if d != axis and x.shape[d] != first.shape[d]:
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {axis}. Expected size "
                f"{first.shape[d]} but got size {x.shape[d]} for tensor number {position} in the "
                "list."
            )


@op(variants="fo", saves="nothing")
def stack(tensors: list[Tensor], dim: int = 0):
    """Join along a new dimension."""
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    for k, x in enumerate(tensors):
        if x.shape != tensors[0].shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(tensors[0].shape)} at "
                f"entry 0 and {list(x.shape)} at entry {k}"
            )
    return jnp.stack(_common(tensors), wrap_dim(dim, tensors[0].ndim + 1))


# -- at least so many dimensions


def _each(fn, tensors) -> Any:
    """Apply fn to one tensor, to several, or to a sequence of them."""
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        return tuple(fn(x) for x in tensors[0])
    return fn(tensors[0]) if len(tensors) == 1 else tuple(fn(x) for x in tensors)


def atleast_1d(*tensors):
    return _each(lambda x: x if x.ndim else x.reshape(1), tensors)


def atleast_2d(*tensors):
    """A vector becomes one row."""
    return _each(_two, tensors)


def _two(x):
    return x if x.ndim >= 2 else x.reshape(1, 1) if x.ndim == 0 else x.unsqueeze(0)


def atleast_3d(*tensors):
    """A matrix (m, n) becomes (m, n, 1), a vector (1, n, 1)."""
    return _each(_three, tensors)


def _three(x):
    if x.ndim >= 3:
        return x
    if x.ndim == 2:
        return x.unsqueeze(-1)
    return x.reshape(1, 1, 1) if x.ndim == 0 else x.unsqueeze(0).unsqueeze(-1)


def _not_empty(name: str, tensors) -> list:
    tensors = list(tensors)
    if not tensors:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return tensors


def hstack(tensors, *, out=None):
    """Side by side: along dimension 1, vectors along 0."""
    parts = [atleast_1d(x) for x in _not_empty("hstack", tensors)]
    return cat(parts, 0 if parts[0].ndim == 1 else 1, out=out)


def vstack(tensors, *, out=None):
    """One below the other; vectors are rows."""
    return cat([atleast_2d(x) for x in _not_empty("vstack", tensors)], 0, out=out)


row_stack = vstack


def dstack(tensors, *, out=None):
    return cat([atleast_3d(x) for x in _not_empty("dstack", tensors)], 2, out=out)


def column_stack(tensors, *, out=None):
    """Side by side; vectors are columns."""
    parts = _not_empty("column_stack", tensors)
    return cat([x.reshape(x.numel(), 1) if x.ndim <= 1 else x for x in parts], 1, out=out)


@op(variants="", name="block_diag")
def _block_diag(tensors: list[Tensor]):
    blocks = []
    for k, x in enumerate(_common(tensors)):
        if x.ndim > 2:
            raise RuntimeError(
                "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input "
                f"{k} has {x.ndim} dimensions"
            )
        blocks.append(jnp.atleast_2d(x))
    rows, columns = (sum(x.shape[d] for x in blocks) for d in (0, 1))
    out = jnp.zeros((rows, columns), blocks[0].dtype)
    row = column = 0
    for x in blocks:
        out = out.at[row : row + x.shape[0], column : column + x.shape[1]].set(x)
        row, column = row + x.shape[0], column + x.shape[1]
    return out


def block_diag(*tensors):
    """A matrix with the given ones along its diagonal."""
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    return _block_diag(tensors)


# -- grids


def broadcast_shapes(*shapes):
    """The shape that all of `shapes` broadcast to."""
    shapes = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    ndim = max((len(s) for s in shapes), default=0)
    out = [1] * ndim
    for k, s in enumerate(shapes):
        for d in range(-1, -len(s) - 1, -1):
            if s[d] not in (1, out[d]):
                if out[d] != 1:
                    raise RuntimeError(
                        f"Attempting to broadcast a dimension of length {s[d]} at {d}! Mismatching "
                        f"argument at index {k} had {s}; but expected shape should be "
                        f"broadcastable to {out}"
                    )
                out[d] = s[d]
    return Size(out)


def broadcast_tensors(*tensors):
    """Views of all tensors in their common shape."""
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    common: tuple = ()
    for x in tensors:
        common = common_shape(common, tuple(x.shape))
    return tuple(shape.expand(x, common) for x in tensors)


def meshgrid(*tensors: Any, indexing=None):
    """Coordinate grids of the given vectors; with "xy" the first two dimensions change places."""
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for x in tensors:
        if x.ndim > 1:
            raise RuntimeError(
                "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: " + str(x)
            )
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(
            f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}'
        )
    swap = indexing == "xy" and len(tensors) > 1
    parts = [tensors[1], tensors[0], *tensors[2:]] if swap else list(tensors)  # pyright: ignore[reportGeneralTypeIssues]
    sizes = [x.numel() for x in parts]
    grids = []
    for d, x in enumerate(parts):
        column = x.view(*(sizes[d] if k == d else 1 for k in range(len(parts))))
        grids.append(column.expand(*sizes))
    if swap:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


def cartesian_prod(*tensors):
    """All tuples with one element of each vector, as rows."""
    for x in tensors:
        if x.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(x.shape)}")
    if len(tensors) == 1:
        return tensors[0]
    return stack([g.reshape(-1) for g in meshgrid(*tensors, indexing="ij")], 1)


def combinations(input, r=2, with_replacement=False):
    """All choices of r elements of a vector, as rows."""
    if input.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = np.array(list(choose(range(input.numel()), r)), np.int64).reshape(-1, r)
    index = from_array(rows.ravel(), device=input.device)
    return gather.index_select(input, 0, index).reshape(*rows.shape)
