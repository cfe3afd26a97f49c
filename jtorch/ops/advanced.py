"""The ops behind x[index tensors] and x[index tensors] = v: reading and writing at positions, and
writing under a boolean mask without knowing how many elements it has. How Python's index
expressions become calls of these is indexing.py's business.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from ._declare import op
from ._place import as_value, key_of, out_of_range, place_at, reduce_at, tensor_name, wrap_negative
from ._types import Number, Size, Tensor
from .where import in_mask_order


@op(variants="", differentiable=False)
def in_bounds(index: Tensor, size: int, position: int):
    """index with negative positions wrapped; an error if one lies outside [-size, size)."""
    return wrap_negative(index, size)


@in_bounds.check
def _(index, size, position):
    if size == 0:
        message = "index is out of bounds for dimension with size 0"
    else:
        message = f"index {{}} is out of bounds for dimension {position} with size {size}"
    return *out_of_range(index, -size, size), IndexError, message


@op(variants="", grad_name="IndexBackward0")
def read_at(input: Tensor, indices: list[Tensor], dims: Size):
    """input[..., indices[k] at dims[k], ...] by NumPy's rules; positions are in bounds."""
    shape = index_shape([i.shape for i in indices])
    if 0 in shape or 0 in (input.shape[d] for d in dims):
        return jnp.zeros(result_shape(input.shape, shape, dims), input.dtype)
    key = key_of([jnp.broadcast_to(i, shape) for i in indices], dims, input.ndim)
    return input.at[key].get(mode="promise_in_bounds", wrap_negative_indices=False)


def index_shape(shapes) -> tuple[int, ...]:
    """The broadcast of the shapes of index tensors."""
    shapes = [tuple(s) for s in shapes]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        listed = ", ".join(str(list(s)) for s in shapes)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {listed}"
        ) from None


def result_shape(shape: tuple, index_shape: tuple, dims: tuple) -> tuple[int, ...]:
    """Index dimensions replace adjacent indexed ones; if those are apart, they come first."""
    rest = [n for d, n in enumerate(shape) if d not in dims]
    adjacent = dims[-1] - dims[0] + 1 == len(dims)
    at = dims[0] if adjacent else 0
    return (*rest[:at], *index_shape, *rest[at:])


@op(variants="", grad_name="IndexPutBackward0", fits=True)
def write_at(
    input: Tensor, indices: list[Tensor], values: Tensor | Number, dims: Size, accumulate: bool
):
    """input with values written (or added) at input[indices at dims]."""
    if isinstance(values, (int, float, complex)):
        values = as_value(values, input.dtype)
    if values.ndim == 0 and values.dtype in (np.int64, np.float64, np.complex128):
        values = as_value(values, input.dtype)
    shape = result_shape(input.shape, index_shape([i.shape for i in indices]), dims)
    check_fits(values.shape, shape)
    values = jnp.broadcast_to(values, shape)
    key = [jnp.broadcast_to(i, index_shape([i.shape for i in indices])) for i in indices]
    if accumulate:
        return reduce_at(input, values, key, dims, "sum", True)  # type: ignore[arg-type]
    return place_at(dims, input, values, *key)


def check_fits(shape: tuple, target: tuple) -> None:
    """A value's shape broadcasts to that of the place it goes to."""
    aligned = zip(reversed(shape), reversed(target), strict=False)
    if len(shape) > len(target) or any(m not in (1, n) for m, n in aligned):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(shape)} cannot be broadcast to indexing "
            f"result of shape {list(target)}"
        )


def check_same_dtype(dtype, value_dtype) -> None:
    if dtype != value_dtype:
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {tensor_name(dtype)} "
            f"for the destination and {tensor_name(value_dtype)} for the source."
        )


# -- writing under a mask


@op(variants="", grad_name="IndexPutBackward0", fits=True)
def mask_fill(input: Tensor, mask: Tensor, value: Tensor | Number, dim: int):
    """input with a number where mask, laid over its dimensions from dim on, is true."""
    mask = mask.reshape((1,) * dim + mask.shape + (1,) * (input.ndim - dim - mask.ndim))
    return jnp.where(mask, as_value(value, input.dtype), input)


@op(variants="", grad_name="IndexPutBackward0")
def mask_put(input: Tensor, mask: Tensor, values: Tensor, dim: int):
    """input with values in the places where mask is true, as if written through nonzero(mask).

    values: (..., count, ...), broadcast to the shape of input[mask]; count may be 1.
    """
    after = input.ndim - dim - mask.ndim
    values = values.reshape((1,) * (dim + 1 + after - values.ndim) + values.shape)
    if values.shape[dim] == 1:
        rows = values.reshape(values.shape[:dim] + (1,) * mask.ndim + values.shape[dim + 1 :])
    elif values.shape[dim] == 0:
        return input
    else:
        rows = jnp.moveaxis(
            in_mask_order(mask, jnp.moveaxis(values, dim, 0)),
            range(mask.ndim),
            range(dim, dim + mask.ndim),
        )
    mask = mask.reshape((1,) * dim + mask.shape + (1,) * after)
    return jnp.where(mask, rows, input)


@mask_put.check
def _(input, mask, values, dim):
    after = input.ndim - dim - mask.ndim
    count = mask.sum(dtype=np.int64)
    length = values.shape[-1 - after] if values.ndim > after else 1
    before = "".join(f"{n}, " for n in input.shape[:dim])
    rest = "".join(f", {n}" for n in input.shape[dim + mask.ndim :])
    message = (
        f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to "
        f"indexing result of shape [{before}{{}}{rest}]"
    )
    return (count != length) & (length != 1), count, RuntimeError, message


@op(variants="", grad_name="FillBackward0", fits=True)
def filled(input: Tensor, value: Number):
    """A number in the shape and dtype of input."""
    return jnp.full(input.shape, as_value(value, input.dtype))
