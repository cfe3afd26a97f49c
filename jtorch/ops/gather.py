"""Reading through an index tensor: gather, take, index_select, take_along_dim. Writing is in
scatter.py; `x[...]` is in indexing.py.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from ._checks import wrap_dim
from ._declare import op
from ._out import takes_out
from ._place import is_index_dtype, out_of_range, tensor_name, wrap_negative
from ._types import Tensor

FUNCTIONS = ("take_along_dim",)
METHODS = ("take_along_dim",)


@op(variants="fmo")
def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False):
    """out[i, j] = input[index[i, j], j] for dim 0; index may be smaller than input elsewhere."""
    dim = wrap_dim(dim, input.ndim)
    if index.size and not is_index_dtype(index.dtype):
        raise RuntimeError("gather(): Expected dtype int32/int64 for index")
    if sparse_grad:
        raise NotImplementedError("gather(sparse_grad=True) is not covered by jtorch")
    shape = index.shape
    if index.size == 0:
        return jnp.zeros(shape, input.dtype)
    input, index = jnp.atleast_1d(input), jnp.atleast_1d(index)
    if input.ndim != index.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    for d in range(input.ndim):
        if d != dim and index.shape[d] > input.shape[d]:
            raise RuntimeError(
                f"Size does not match at dimension {d} expected index {list(index.shape)} to be no "
                f"larger than self {list(input.shape)} apart from dimension {dim}"
            )
    if any(index.shape[d] < input.shape[d] for d in range(input.ndim) if d != dim):
        input = input[tuple(slice(None if d == dim else n) for d, n in enumerate(index.shape))]
    return jnp.take_along_axis(input, index, dim, mode="promise_in_bounds").reshape(shape)


@gather.check
def _(input, dim, index, *, sparse_grad=False):
    dim = wrap_dim(dim, input.ndim)
    size = input.shape[dim] if input.ndim else 1
    message = f"index {{}} is out of bounds for dimension {dim} with size {size}"
    return *out_of_range(index, 0, size), RuntimeError, message


@op(variants="fmo")
def index_select(input: Tensor, dim: int, index: Tensor):
    """The slices of input at positions `index` (a vector, not negative) along dim."""
    dim = wrap_dim(dim, input.ndim)
    if index.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if not is_index_dtype(index.dtype):
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    index = index.reshape(-1)
    if input.ndim == 0:
        if index.size != 1:
            raise RuntimeError(
                f"index_select(): Index to scalar can have only 1 value, got {index.size} value(s)"
            )
        return input
    key = (slice(None),) * dim + (index,)
    return input.at[key].get(mode="clip" if input.shape[dim] else "fill")


@index_select.check
def _(input, dim, index):
    dim = wrap_dim(dim, input.ndim)
    size = input.shape[dim] if input.ndim else 1
    bad, first = out_of_range(index, 0, size)
    if input.ndim == 2 and dim == 1:
        message = f"INDICES element is out of DATA bounds, id={{}} axis_dim={size}"
        return bad, first, RuntimeError, message
    return bad, first, IndexError, "index out of range in self"


@op(variants="fmo")
def take(input: Tensor, index: Tensor):
    """The elements of input, seen as flat, at `index`; negative ones count from the end."""
    if index.dtype != np.int64:
        raise RuntimeError(
            f"take(): Expected a long tensor for index, but got {tensor_name(index.dtype)}"
        )
    if input.size == 0:
        if index.size:
            raise IndexError("take(): tried to take from an empty tensor")
        return jnp.zeros(index.shape, input.dtype)
    return input.ravel().at[wrap_negative(index, input.size)].get(mode="clip")


@take.check
def _(input, index):
    size = input.size
    message = f"out of range: tried to access index {{}} on a tensor of {size} elements."
    return *out_of_range(index, -size, size), IndexError, message


@op(variants="", grad_name="GatherBackward0")
def _take_along_dim(input: Tensor, index: Tensor, dim: int):
    if not is_index_dtype(index.dtype):
        raise RuntimeError("gather(): Expected dtype int32/int64 for index")
    if input.ndim != index.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, "
            f"but got {input.ndim} dimensions for input, and {index.ndim} dimensions for indices"
        )
    dim = wrap_dim(dim, input.ndim)
    others = [
        (a, b) for d, (a, b) in enumerate(zip(input.shape, index.shape, strict=True)) if d != dim
    ]
    for d, (a, b) in enumerate(others):
        if a != b and 1 not in (a, b):
            raise RuntimeError(
                f"The size of tensor a ({a}) must match the size of tensor b ({b}) at "
                f"non-singleton dimension {d if d < dim else d + 1}"
            )
    index = wrap_negative(index, input.shape[dim])
    return jnp.take_along_axis(input, index, dim, mode="clip")


@_take_along_dim.check
def _(input, index, dim):
    size = input.shape[dim]
    message = f"index {{}} is out of bounds for dimension {dim % input.ndim} with size {size}"
    return *out_of_range(index, -size, size), RuntimeError, message


@takes_out(name="gather")
def take_along_dim(input, indices, dim=None):
    """gather whose other dimensions broadcast; without dim, both are taken as flat."""
    if dim is None:
        input, indices, dim = input.reshape(-1), indices.reshape(-1), 0
    return _take_along_dim(input, indices, dim)
