"""Moving elements about: flips, rolls, repetition, triangles and diagonals. What torch answers with
a copy; views are in shape.py.
"""

from __future__ import annotations

import jax.numpy as jnp

from ._bind import as_size
from ._checks import wrap_dim, wrap_dims
from ._declare import op
from ._types import Dims, Size, Tensor

FUNCTIONS = ("rot90",)
METHODS = ("repeat", "rot90")

# -- order


@op(saves="nothing", keeps_strides=True)
def flip(input: Tensor, dims: Size):
    """Reversed along dims."""
    return jnp.flip(input, wrap_dims(dims, input.ndim))


@op(saves="nothing", grad_name="FlipBackward0")
def fliplr(input: Tensor):
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return jnp.flip(input, 1)


@op(saves="nothing", grad_name="FlipBackward0")
def flipud(input: Tensor):
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return jnp.flip(input, 0)


@op(saves="nothing")
def roll(input: Tensor, shifts: Dims, dims: Dims = ()):
    """Moved by shifts, what leaves at one end entering at the other; without dims, as if flat."""
    shifts = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    dims = (dims,) if isinstance(dims, int) else tuple(dims or ())
    if not shifts:
        raise RuntimeError("`shifts` required")
    if not dims and len(shifts) == 1:
        return jnp.roll(input, shifts[0])
    if len(shifts) != len(dims):
        raise RuntimeError(
            f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}"
        )
    if not input.ndim:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
    return jnp.roll(input, shifts, tuple(wrap_dim(d, input.ndim) for d in dims))


@op(variants="", name="rot90", saves="nothing")
def _rot90(input: Tensor, k: int, dims: Size):
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    first, second = dims
    if first == second or abs(first - second) == input.ndim:
        raise RuntimeError(
            f"expected rotation dims to be different, but got dim0 = {first} and dim1 = {second}"
        )
    for nr, d in enumerate(dims):
        if not -input.ndim <= d < input.ndim:
            raise RuntimeError(f"Rotation dim{nr} out of range, dim{nr} = {d}")
    return jnp.rot90(input, k, dims)


def rot90(input, k=1, dims=(0, 1)):
    """Turned k times by 90 degrees in the plane of dims, from the first towards the second."""
    return _rot90(input, k, tuple(dims))


# -- repetition


@op(variants="", name="repeat", saves="nothing")
def _repeat_dims(input: Tensor, repeats: Size):
    if len(repeats) < input.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
            "tensor"
        )
    for n in repeats:
        if n < 0:
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {n}: {list(repeats)}"
            )
    return jnp.tile(input, repeats)


def repeat(self, *repeats):
    """Copies along each dimension; extra counts come in front."""
    return _repeat_dims(self, as_size(repeats))


@op(saves="nothing", grad_name="RepeatBackward0")
def tile(input: Tensor, dims: Size):
    """Copies along the last dimensions."""
    return jnp.tile(input, dims)


# -- triangles and diagonals


def _triangle(name: str, fn, input, diagonal: int):
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
    return fn(input, diagonal)


@op(variants="fmio", saves="nothing")
def tril(input: Tensor, diagonal: int = 0):
    """The lower triangle of each matrix, the rest 0."""
    return _triangle("tril", jnp.tril, input, diagonal)


@op(variants="fmio", saves="nothing")
def triu(input: Tensor, diagonal: int = 0):
    """The upper triangle of each matrix, the rest 0."""
    return _triangle("triu", jnp.triu, input, diagonal)


def _diag_name(inputs, static) -> str:
    return "DiagEmbedBackward0" if len(inputs[0].aval.shape) == 1 else "DiagonalBackward0_copy"


@op(variants="fmo", saves="nothing", grad_name=_diag_name)
def diag(input: Tensor, diagonal: int = 0):
    """A vector as a diagonal matrix, or the diagonal of a matrix."""
    if input.ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    return jnp.diag(input, diagonal)


@op(saves="nothing", grad_name="DiagEmbedBackward0")
def diagflat(input: Tensor, offset: int = 0):
    return jnp.diag(input.ravel(), offset)


@op(saves="nothing")
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1):
    """The last dimension becomes the diagonal of matrices in dimensions dim1 and dim2."""
    ndim = input.ndim + 1
    first, second = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    size = input.shape[-1] + abs(offset)
    own = jnp.arange(input.shape[-1])
    out = jnp.zeros((*input.shape[:-1], size, size), input.dtype)
    out = out.at[..., own + max(-offset, 0), own + max(offset, 0)].set(input)
    return jnp.moveaxis(out, (-2, -1), (first, second))


@op(variants="f", grad_name="FlipBackward0")
def vander(x: Tensor, N: int | None = None, increasing: bool = False):
    """Powers of a vector's elements as columns, falling unless `increasing`."""
    if x.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    n = x.shape[0] if N is None else N
    if n < 0:
        raise RuntimeError("N must be non-negative.")
    columns = [jnp.ones_like(x)]
    for _ in range(n - 1):
        columns.append(columns[-1] * x)
    columns = columns[:n] if increasing else columns[:n][::-1]
    return jnp.stack(columns, -1) if n else jnp.zeros((x.shape[0], 0), x.dtype)


@op
def trace(input: Tensor):
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    return jnp.trace(input, dtype=jnp.int64 if input.dtype.kind in "biu" else input.dtype)
