"""Writing through an index tensor: scatter and its reductions, index_add and its relatives, and
put. Boolean fills are in where.py, the *_scatter forms of views in viewscatter.py, `x[...] = v`
in indexing.py.
"""

from __future__ import annotations

import warnings

import jax.numpy as jnp
import numpy as np

from ._checks import wrap_dim
from ._declare import op
from ._out import takes_out
from ._place import (
    as_value,
    grid,
    is_index_dtype,
    out_of_range,
    place_at,
    reduce_at,
    tensor_name,
    wrap_negative,
)
from ._types import Number, Tensor

FUNCTIONS = ("scatter",)
METHODS = ("scatter", "scatter_")
REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")


def _shared_checks(input, dim: int, index, src) -> int:
    """What every scatter demands; src is None when a number is written."""
    dim = wrap_dim(dim, input.ndim)
    if not is_index_dtype(index.dtype) and index.size:
        raise RuntimeError("scatter(): Expected dtype int32/int64 for index")
    if src is not None and src.dtype != input.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    if index.size == 0:
        return dim
    ndim = max(input.ndim, 1)
    if max(index.ndim, 1) != ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    if src is not None and max(src.ndim, 1) != ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    fits = all(a <= b for d, (a, b) in enumerate(zip(index.shape, input.shape)) if d != dim)
    if src is None and not fits:
        raise RuntimeError(
            f"Expected index {list(index.shape)} to be no larger than self {list(input.shape)} "
            f"apart from dimension {dim}"
        )
    if src is not None and not (fits and all(a <= b for a, b in zip(index.shape, src.shape))):
        raise RuntimeError(
            f"Expected index {list(index.shape)} to be no larger than self {list(input.shape)} "
            f"apart from dimension {dim} and to be no larger size than src {list(src.shape)}"
        )
    return dim


def _scatter(input, dim, index, src, how: str = "", include_self: bool = True):
    """Scatter of an array or number; `how` empty sets, otherwise reduces."""
    if index.size == 0:
        return input
    shape = input.shape
    input, index = jnp.atleast_1d(input), jnp.atleast_1d(index)
    if src.ndim == 0:
        values = jnp.broadcast_to(src, index.shape)
    else:
        values = src[tuple(slice(n) for n in index.shape)]
    key, dims = grid(index, dim), tuple(range(input.ndim))
    if how:
        return reduce_at(input, values, key, dims, how, include_self).reshape(shape)
    return place_at(dims, input, values, *key).reshape(shape)


def _bounds(input, dim, index):
    """The check shared by the scatters."""
    dim = wrap_dim(dim, input.ndim)
    size = input.shape[dim] if input.ndim else 1
    message = f"index {{}} is out of bounds for dimension {dim} with size {size}"
    return *out_of_range(index, 0, size), RuntimeError, message


@op(variants="", grad_name="ScatterBackward0")
def _scatter_src(input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str = ""):
    dim = _shared_checks(input, dim, index, src)
    return _scatter(input, dim, index, src, reduce)


@_scatter_src.check
def _(input, dim, index, src, reduce=""):
    return _bounds(input, dim, index)


@op(variants="", grad_name="ScatterBackward1", fits=True)
def _scatter_value(input: Tensor, dim: int, index: Tensor, value: Number, reduce: str = ""):
    dim = _shared_checks(input, dim, index, None)
    return _scatter(input, dim, index, as_value(value, input.dtype), reduce)


@_scatter_value.check
def _(input, dim, index, value, reduce=""):
    return _bounds(input, dim, index)


def _resolve(src, value, reduce):
    """(the op for a tensor or a number, what to write, how to combine)."""
    how = {None: "", "add": "sum", "multiply": "prod"}.get(reduce)
    if src is None:
        src = value
    if src is None:
        raise TypeError('scatter() missing 1 required positional arguments: "src"')
    if isinstance(src, np.generic):
        src = src.item()
    number = isinstance(src, (int, float, complex))
    if reduce is not None and not number:
        warnings.warn(
            "The reduce argument of torch.scatter with Tensor src is deprecated and will be "
            "removed in a future PyTorch release. Use torch.scatter_reduce instead for more "
            "reduction options.",
            stacklevel=3,
        )
    if how is None:
        raise RuntimeError("reduce argument must be either add or multiply.")
    return _scatter_value if number else _scatter_src, src, how


@takes_out
def scatter(input, dim, index, src=None, *, value=None, reduce=None):
    """input with the elements of src (or a number) written at `index` along dim.

    reduce: "add" or "multiply" combine instead (torch deprecates it for a tensor src).
    """
    write, src, how = _resolve(src, value, reduce)
    return write(input, dim, index, src, how)


def scatter_(self, dim, index, src=None, *, value=None, reduce=None):
    """scatter in place."""
    write, src, how = _resolve(src, value, reduce)
    return write.inplace(self, dim, index, src, how)


@op(variants="fmio")
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor):
    """input with the elements of src added at `index` along dim; repeated positions add up."""
    dim = _shared_checks(input, dim, index, src)
    return _scatter(input, dim, index, src, "sum")


@scatter_add.check
def _(input, dim, index, src):
    return _bounds(input, dim, index)


@op(variants="fmio")
def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
):
    """input with src reduced into it (sum, prod, mean, amax, amin) at `index` along dim."""
    if reduce not in REDUCTIONS:
        raise RuntimeError(
            f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}"
        )
    dim = _shared_checks(input, dim, index, src)
    return _scatter(input, dim, index, src, reduce, include_self)


@scatter_reduce.check
def _(input, dim, index, src, reduce, *, include_self=True):
    return _bounds(input, dim, index)


# -- whole slices at a vector of positions


def _check_slices(input, dim: int, index, source) -> None:
    """index_add's demands on its operands."""
    if index.ndim > 1:
        raise IndexError(
            f"index_add_(): Index is supposed to be a vector, but got dim: {index.ndim} with type: "
            f"{tensor_name(index.dtype)} and size: {list(index.shape)}"
        )
    if not is_index_dtype(index.dtype):
        raise RuntimeError(
            "index_add_(): Expected dtype int32/int64 for index but got: "
            f"{tensor_name(index.dtype)}"
        )
    if input.dtype != source.dtype:
        raise RuntimeError(
            f"index_add_(): self ({tensor_name(input.dtype)}) and source "
            f"({tensor_name(source.dtype)}) must have the same scalar type"
        )
    length = source.shape[dim] if source.ndim else 1
    if index.size != length:
        raise RuntimeError(
            f"index_add_(): Number of indices ({index.size}) should be equal to "
            f"source.size(dim): ({length}), for dim: {dim}"
        )
    if _without(input.shape, dim) != _without(source.shape, dim):
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {list(input.shape)} source.shape = {list(source.shape)}"
        )


def _without(shape: tuple, dim: int) -> tuple:
    return shape[:dim] + shape[dim + 1 :]


@op(variants="fmio")
def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1):
    """input with alpha * source[i] added to its slice index[i] along dim."""
    dim = wrap_dim(dim, input.ndim)
    _check_slices(input, dim, index, source)
    source = (
        source if isinstance(alpha, int) and alpha == 1 else source * as_value(alpha, source.dtype)
    )
    rows, index = jnp.atleast_1d(source), index.reshape(-1)
    where = jnp.atleast_1d(input).at[(slice(None),) * dim + (index,)]
    out = where.max(rows, mode="drop") if input.dtype == bool else where.add(rows, mode="drop")
    return out.reshape(input.shape)


@index_add.check
def _(input, dim, index, source, *, alpha=1):
    dim = wrap_dim(dim, input.ndim)
    size = input.shape[dim] if input.ndim else 1
    bad, first = out_of_range(index, 0, size)
    if input.ndim < 2:
        return bad, first, IndexError, "index out of range in self"
    message = f"index {{}} is out of bounds for dimension {dim} with size {size}"
    return bad, first, RuntimeError, message


@op(variants="fmio")
def index_reduce(
    input: Tensor,
    dim: int,
    index: Tensor,
    source: Tensor,
    reduce: str,
    *,
    include_self: bool = True,
):
    """input with source[i] reduced (prod, mean, amax, amin) into its slice index[i] along dim."""
    dim = wrap_dim(dim, input.ndim)
    if reduce not in REDUCTIONS[1:]:
        raise RuntimeError(
            "index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got "
            f"{reduce}."
        )
    _check_slices(input, dim, index, source)
    rows, out = jnp.atleast_1d(source), jnp.atleast_1d(input)
    rows = jnp.moveaxis(rows, dim, 0)
    result = reduce_at(
        jnp.moveaxis(out, dim, 0), rows, (index.reshape(-1),), (0,), reduce, include_self
    )
    return jnp.moveaxis(result, 0, dim).reshape(input.shape)


@index_reduce.check
def _(input, dim, index, source, reduce, *, include_self=True):
    dim = wrap_dim(dim, input.ndim)
    size = input.shape[dim] if input.ndim else 1
    message = f"index {{}} is out of bounds for dimension {dim} with size {size}"
    return *out_of_range(index, 0, size), IndexError, message


@op(variants="fmio")
def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor):
    """input with its slices at `index` along dim replaced by those of source."""
    dim = wrap_dim(dim, input.ndim)
    _check_index_copy(input, dim, index, source)
    out, rows = jnp.atleast_1d(input), jnp.atleast_1d(source)
    rows = jnp.moveaxis(rows, dim, 0)
    result = place_at((0,), jnp.moveaxis(out, dim, 0), rows, index.reshape(-1))
    return jnp.moveaxis(result, 0, dim).reshape(input.shape)


def _check_index_copy(input, dim: int, index, source) -> None:
    if index.ndim > 1:
        raise IndexError(
            "index_copy_(): Index should have dimension 1 or 0 (got " + f"{index.ndim})"
        )
    if index.dtype != np.int64:
        raise RuntimeError(
            f"index_copy_(): Expected a long tensor for index, but got {tensor_name(index.dtype)}"
        )
    if input.dtype != source.dtype:
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{tensor_name(input.dtype)} and (source) {tensor_name(source.dtype)}"
        )
    if _without(input.shape, dim) != _without(source.shape, dim):
        own, other = _without(input.shape, dim), _without(source.shape, dim)
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination "
            f"slice shape: {' '.join(map(str, own))} at dimension {dim} and source slice shape: "
            f"{' '.join(map(str, other))} at dimension 0."
        )
    length = source.shape[dim] if source.ndim else 1
    if index.size != length:
        raise IndexError(
            f"index_copy_(): Number of indices ({index.size}) should be equal to "
            f"source.size(dim) ({length})"
        )


@index_copy.check
def _(input, dim, index, source):
    dim = wrap_dim(dim, input.ndim)
    size = input.shape[dim] if input.ndim else 1
    message = f"index_copy_(): index {{}} is out of bounds for dimension {dim} with size {size}"
    return *out_of_range(index, 0, size), IndexError, message


def _fill_name(inputs, static) -> str:
    return f"IndexFillBackward{int(hasattr(inputs[2], 'aval'))}"


@op(variants="fmi", grad_name=_fill_name, fits=True, keeps_strides=True)
def index_fill(input: Tensor, dim: int, index: Tensor, value: Tensor | Number):
    """input with its slices at `index` (negative ones count from the end) set to a number."""
    dim = wrap_dim(dim, input.ndim)
    if index.dtype != np.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if index.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    if getattr(value, "ndim", 0):
        raise RuntimeError(
            "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{value.ndim} dimension(s)."
        )
    out = jnp.atleast_1d(input)
    index = wrap_negative(index.reshape(-1), out.shape[dim])
    hit = jnp.zeros(out.shape[dim], bool).at[index].set(True, mode="drop")
    hit = hit.reshape((-1,) + (1,) * (out.ndim - dim - 1))
    return jnp.where(hit, as_value(value, out.dtype), out).reshape(input.shape)


@index_fill.check
def _(input, dim, index, value):
    dim = wrap_dim(dim, input.ndim)
    size = input.shape[dim] if input.ndim else 1
    message = f"index {{}} is out of bounds for dimension {dim} with size {size}"
    return *out_of_range(index, -size, size), IndexError, message


@op(variants="fmi")
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False):
    """input with source written at flat positions `index`, or added when `accumulate`."""
    if index.dtype != np.int64:
        raise RuntimeError(
            f"put_(): Expected a long tensor for index, but got {tensor_name(index.dtype)}"
        )
    if input.dtype != source.dtype:
        raise RuntimeError(
            "put_(): self and source expected to have the same dtype, but got self.dtype = "
            f"{tensor_name(input.dtype)} and source.dtype = {tensor_name(source.dtype)}"
        )
    if index.size != source.size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got "
            f"source.numel() = {source.size}, index.numel() = {index.size}"
        )
    flat, values = input.ravel(), source.ravel()
    index = wrap_negative(index.ravel(), input.size)
    if accumulate:
        return reduce_at(flat, values, (index,), (0,), "sum", True).reshape(input.shape)
    return place_at((0,), flat, values, index).reshape(input.shape)


@put.check
def _(input, index, source, accumulate=False):
    size = input.size
    message = f"out of range: tried to access index {{}} on a tensor of {size} elements."
    return *out_of_range(index, -size, size), IndexError, message
