"""Functional writes to a view: input with one slice, range or diagonal replaced by src."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax

from ._checks import wrap_dim
from ._declare import op
from ._types import Number, Tensor

FUNCTIONS = ("select_scatter",)
METHODS = ("fill_diagonal_", "select_scatter")


def _check_size(src, shape: tuple) -> None:
    if src.shape != shape:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(src.shape)}, slice size = {list(shape)}"
        )


@op(variants="", grad_name="SelectScatterBackward0")
def _select_scatter(input: Tensor, src: Tensor, dim: int, index: Number):
    _check_size(src, input.shape[:dim] + input.shape[dim + 1 :])
    return lax.dynamic_update_index_in_dim(input, src.astype(input.dtype), index, dim)


def select_scatter(input, src, dim, index):
    """input with input.select(dim, index) replaced by src."""
    shape = input.shape
    dim = wrap_dim(dim, len(shape))
    size = shape[dim]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(shape)} "
            f"at dimension {dim}"
        )
    return _select_scatter(input, src, dim, index % size)


@op(variants="fmo")
def slice_scatter(
    input: Tensor,
    src: Tensor,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
):
    """input with input[start:end:step] along dim replaced by src."""
    dim = wrap_dim(dim, input.ndim)
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    first, last, _ = slice(start, end).indices(input.shape[dim])
    positions = range(first, last, step)
    _check_size(src, (*input.shape[:dim], len(positions), *input.shape[dim + 1 :]))
    key = (slice(None),) * dim + (slice(first, last, step),)
    return input.at[key].set(src.astype(input.dtype)) if positions else input


@op
def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1):
    """input with its diagonal(offset, dim1, dim2) replaced by src."""
    dim1, dim2 = wrap_dim(dim1, input.ndim), wrap_dim(dim2, input.ndim)
    rows, cols = input.shape[dim1], input.shape[dim2]
    length = max(min(rows, cols - offset) if offset >= 0 else min(rows + offset, cols), 0)
    rest = tuple(n for d, n in enumerate(input.shape) if d not in (dim1, dim2))
    _check_size(src, (*rest, length))
    at = jnp.arange(length)
    square = jnp.moveaxis(input, (dim1, dim2), (-2, -1))
    square = square.at[..., at - min(offset, 0), at + max(offset, 0)].set(src.astype(input.dtype))
    return jnp.moveaxis(square, (-2, -1), (dim1, dim2))


def fill_diagonal_(self, fill_value, wrap=False):
    """The main diagonal set to a number; wrap starts it again below in tall matrices."""
    shape = tuple(self.shape)
    if len(shape) < 2:
        raise RuntimeError("dimensions must larger than 1")
    if len(shape) > 2:
        if len(set(shape)) > 1:
            raise RuntimeError("all dimensions of input must be of equal length")
        at = np.arange(shape[0])
        self[(at,) * len(shape)] = fill_value
        return self
    rows, columns = shape
    if wrap and rows > columns:
        flat = np.arange(0, rows * columns, columns + 1)
        self[flat // columns, flat % columns] = fill_value
    else:
        at = np.arange(min(shape))
        self[at, at] = fill_value
    return self
