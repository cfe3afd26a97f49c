"""Ops whose result shape depends on values: nonzero, masked_select, unique, repeat_interleave by a
tensor. They look at their input and compute on the host in NumPy; what is differentiable reads its
input again through the positions found there.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from .._autograd import tape
from .._autograd.modes import modes
from .._autograd.pullback import camel
from .._tensor import from_array
from ..graph import levels
from ._checks import wrap_dim
from ._declare import op
from ._out import takes_out
from ._place import TENSOR_NAMES, common_shape
from ._types import Size, Tensor
from ._views import unbind
from .gather import index_select

FUNCTIONS = (
    "nonzero",
    "argwhere",
    "masked_select",
    "unique",
    "unique_consecutive",
    "repeat_interleave",
)
METHODS = FUNCTIONS


@takes_out
def nonzero(input, *, as_tuple=False):
    """Positions of the elements that are not zero, (count, ndim); as_tuple: one vector per dim."""
    levels.require_shape(input._read(), "aten::nonzero")
    array = input._numpy()
    if as_tuple and input.ndim == 0:
        array = array.reshape(1)
    where = np.argwhere(array).astype(np.int64, copy=False)
    result = from_array(where, device=input.device)
    if where.shape[1] or not len(where):
        result._strides = (1, len(where))  # torch fills it column by column
    return unbind(result, 1) if as_tuple else result


def argwhere(input):
    """Positions of the elements that are not zero, (count, ndim)."""
    return nonzero(input)


@op(variants="", grad_name="MaskedSelectBackward0")
def _take_masked(input: Tensor, positions: Tensor, shape: Size):
    return jnp.broadcast_to(input, shape).ravel().at[positions].get(mode="clip")


@takes_out
def masked_select(input, mask):
    """The elements of input where mask (broadcast with it) is true, as a vector."""
    if mask.dtype.name != "bool":
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = common_shape(tuple(mask.shape), tuple(input.shape))
    positions = np.flatnonzero(np.broadcast_to(mask._numpy(), shape))
    return _take_masked(input, from_array(positions, device=input.device), shape)


# -- unique


def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The distinct elements (or slices along dim) in order; sorted=False sorts as well."""
    levels.require_shape(input._read(), "aten::_unique2" if dim is None else "aten::unique_dim")
    array = input._numpy()
    if dim is not None:
        dim = wrap_dim(dim, array.ndim)
        _check_unique_dim(array, dim)
    if dim is not None and array.size == 0:
        return _unique_empty(input, array, dim, return_inverse, return_counts)
    values, inverse, counts = np.unique(
        array, return_inverse=True, return_counts=True, axis=dim, equal_nan=False
    )
    inverse = inverse.reshape(array.shape if dim is None else (-1,))
    result = _unique_result(input, values, inverse, counts, return_inverse, return_counts)
    return _underivable(input, result, "_unique2" if dim is None else "unique_dim")


def unique_consecutive(input, return_inverse=False, return_counts=False, dim=None):
    """input without the elements (or slices along dim) that repeat the one before them."""
    array = input._numpy()
    if dim is not None:
        dim = wrap_dim(dim, array.ndim)
        _check_unique_dim(array, dim)
    rows = array.ravel() if dim is None else np.moveaxis(array, dim, 0)
    fresh = np.ones(len(rows), bool)
    fresh[1:] = (rows[1:] != rows[:-1]).any(axis=tuple(range(1, rows.ndim)))
    starts = np.flatnonzero(fresh)
    values = rows[starts] if dim is None else np.moveaxis(rows[starts], 0, dim)
    inverse = np.cumsum(fresh) - 1
    counts = np.diff(np.append(starts, len(rows)))
    inverse = inverse.reshape(array.shape if dim is None else (-1,))
    result = _unique_result(input, values, inverse, counts, return_inverse, return_counts)
    return _underivable(input, result, "unique_consecutive")


class _Underivable(tape.Node):
    """What torch puts on the tape where it has no derivative: an error for backward."""

    what = ""

    def apply(self, grads, create_graph):
        raise NotImplementedError(f"the derivative for '{self.what}' is not implemented.")


def _underivable(input, result, name: str):
    values = result[0] if isinstance(result, tuple) else result
    edge = input._edge() if modes.grad and input.requires_grad else None
    if edge is not None:
        cls = tape.node_type(camel(name.strip("_")) + "Backward0", _Underivable)
        node = cls((edge,), (values._value.aval,))
        node.what = name
        values._grad_fn = node
    return result


def _check_unique_dim(array: np.ndarray, dim: int) -> None:
    if 0 in array.shape[:dim] + array.shape[dim + 1 :]:
        raise RuntimeError(
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied"
        )


def _unique_empty(input, array: np.ndarray, dim: int, return_inverse: bool, return_counts: bool):
    none = np.zeros(0, np.int64)
    return _unique_result(input, array, none, none, return_inverse, return_counts)


def _unique_result(input, values, inverse, counts, return_inverse: bool, return_counts: bool):
    arrays = [values]
    arrays += [inverse.astype(np.int64, copy=False)] if return_inverse else []
    arrays += [counts.astype(np.int64, copy=False)] if return_counts else []
    results = tuple(from_array(a, device=input.device) for a in arrays)
    return results if len(results) > 1 else results[0]  # pyright: ignore[reportGeneralTypeIssues]


# -- repeat_interleave


@op(variants="", grad_name="ViewBackward0")
def _repeat(input: Tensor, repeats: int, dim: int):
    return jnp.repeat(input, repeats, axis=dim)


def repeat_interleave(input, repeats=None, dim=None, *, output_size=None):
    """Each element along dim repeated; repeats is a number or an integer tensor, one per element.

    With a single tensor of repeats: the positions 0, 1, 2, ... each repeated that many times.
    """
    if repeats is None:
        positions = _positions(input, output_size)
        return from_array(positions.astype(input.dtype.np, copy=False), device=input.device)
    if dim is None:
        input, dim = input.reshape(-1), 0
    dim = wrap_dim(dim, input.ndim)
    size = input.shape[dim] if input.ndim else 1
    if isinstance(repeats, int):
        if repeats < 0:
            raise RuntimeError("Repeats must be non-negative")
        _check_output_size(repeats * size, output_size)
        return _repeat(input, repeats, dim)
    if repeats.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if repeats.ndim and repeats.shape[0] not in (1, size):
        raise RuntimeError(
            "repeats must have the same size as input along dim, but got repeats.size(0) = "
            f"{repeats.shape[0]} and input.size({dim}) = {size}"
        )
    positions = _positions(repeats, output_size, size)
    return index_select(input, dim, from_array(positions, device=input.device))


def _positions(repeats, output_size: int | None, size: int | None = None) -> np.ndarray:
    """0, 1, 2, ... each repeated by its entry of `repeats`; a single entry serves all."""
    counts = repeats._numpy()
    if counts.dtype.name not in ("int32", "int64"):
        kind = TENSOR_NAMES[counts.dtype.name]
        raise NotImplementedError(f"\"repeat_interleave_cpu\" not implemented for '{kind}'")
    if size is None and counts.ndim != 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
    if (counts < 0).any():
        raise RuntimeError("repeats can not be negative")
    counts = counts.reshape(-1) if size is None else np.broadcast_to(counts.reshape(-1), (size,))
    _check_output_size(int(counts.sum()), output_size)
    return np.repeat(np.arange(len(counts)), counts)


def _check_output_size(actual: int, output_size: int | None) -> None:
    if output_size is not None and output_size != actual:
        raise RuntimeError("allocated size does not match required size")
