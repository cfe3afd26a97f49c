"""The view primitives: pure functions that move elements without changing them, each with its rule
for strides. `shape.py` builds torch's view functions from them.
"""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from . import _viewrules as rules
from ._checks import wrap_dim, wrap_dims
from ._declare import op, view
from ._place import tensor_name
from ._types import Number, Size, Tensor


@view(layout=rules.same, put=rules.put_reshape, variants="", grad_name="AliasBackward0")
def alias(input: Tensor):
    return input


@view(layout=rules.permute, put=rules.put_permute)
def permute(input: Tensor, dims: Size):
    """The dimensions of input in another order."""
    if len(dims) != input.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the "
            "length of "
            f"the desired ordering of dimensions i.e. input.dim() = {input.ndim} is not equal to "
            f"len(dims) = {len(dims)}"
        )
    order = tuple(wrap_dim(d, input.ndim) for d in dims)
    if len(set(order)) != len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return jnp.transpose(input, order)


@view(layout=rules.transpose, put=rules.put_transpose)
def transpose(input: Tensor, dim0: int, dim1: int):
    """input with two dimensions exchanged."""
    a, b = wrap_dim(dim0, input.ndim), wrap_dim(dim1, input.ndim)
    return jnp.swapaxes(input, a, b) if input.ndim else input


@view(layout=rules.t, put=rules.put_t)
def t(input: Tensor):
    """The transpose of a matrix; vectors and scalars as they are."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return input.T


@view(layout=rules.view, put=rules.put_reshape, variants="", name="view")
def view_as_size(input: Tensor, size: Size):
    return input.reshape(size)


@view(layout=rules.select, put=rules.put_select, now=rules.now_select, variants="", name="select")
def select_at(input: Tensor, index: Number, dim: int):
    if hasattr(index, "dtype"):
        return lax.dynamic_index_in_dim(input, index, dim, keepdims=False)
    return lax.index_in_dim(input, index, dim, keepdims=False)


@view(layout=rules.slice, put=rules.put_slice, variants="", name="slice")
def slice_at(input: Tensor, start: Number, dim: int, length: int, step: int):
    if length == 0:
        return lax.slice_in_dim(input, 0, 0, axis=dim)
    span = (length - 1) * step + 1
    if hasattr(start, "dtype"):
        part = lax.dynamic_slice_in_dim(input, start, span, dim)
        return lax.slice_in_dim(part, 0, span, step, dim) if step > 1 else part
    start = min(start, input.shape[dim] - span)  # where nobody knows the number it is any
    return lax.slice_in_dim(input, start, start + span, step, dim)


select_at.prim.starts = slice_at.prim.starts = True


@view(layout=rules.expand, variants="", name="expand")
def expand_to(input: Tensor, size: Size):
    lead = len(size) - input.ndim
    if lead < 0:
        raise RuntimeError(
            f"expand({_tensor_text(input)}, size={list(size)}): the number of sizes provided "
            f"({len(size)}) "
            f"must be greater or equal to the number of dimensions in the tensor ({input.ndim})"
        )
    shape = list(size)
    for d in reversed(range(len(size))):
        n, have = size[d], input.shape[d - lead] if d >= lead else None
        if n == -1:
            if have is None:
                raise RuntimeError(
                    f"The expanded size of the tensor ({n}) isn't allowed in a leading, "
                    f"non-existing dimension {d}"
                )
            shape[d] = have
        elif have is not None and have not in (1, n):
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({have}) at "
                f"non-singleton dimension {d}.  Target sizes: {list(size)}.  Tensor sizes: "
                f"{list(input.shape)}"
            )
    return jnp.broadcast_to(input, tuple(shape))


def _tensor_text(x) -> str:
    kind = tensor_name(x.dtype)
    old = np.dtype(x.dtype).kind in "fiu" and np.dtype(x.dtype) != np.bool_
    kind = f"torch.{kind}Tensor" if old else f"CPU{kind}Type"
    return f"{kind}{{{list(x.shape)}}}"


@view(layout=rules.squeeze, put=rules.put_reshape, variants="", name="squeeze")
def squeeze_dims(input: Tensor, dims: Size):
    drop = tuple(d for d in wrap_dims(dims, input.ndim) if input.shape[d] == 1)
    return lax.squeeze(input, drop)


def _again(name: str, op, grad_name: str, rule):
    """The same view under the node name that torch gives to another overload."""
    return view(
        op.fn, layout=rule, put=rules.put_reshape, variants="", name=name, grad_name=grad_name
    )


squeeze_one = _again("squeeze", squeeze_dims, "SqueezeBackward1", rules.squeeze)
squeeze_several = _again("squeeze", squeeze_dims, "SqueezeBackward2", rules.squeeze)
reshape_alias = _again("reshape", view_as_size, "ReshapeAliasBackward0", rules.view)


@view(layout=rules.unsqueeze, put=rules.put_reshape)
def unsqueeze(input: Tensor, dim: int):
    """A dimension of size one inserted at `dim`."""
    return jnp.expand_dims(input, wrap_dim(dim, input.ndim + 1))


@view(layout=rules.diagonal)
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1):
    """A diagonal of the plane (dim1, dim2), as the last dimension."""
    a, b = wrap_dim(dim1, input.ndim), wrap_dim(dim2, input.ndim)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return jnp.diagonal(input, offset, a, b)


@view(layout=rules.unfold, variants="m")
def unfold(input: Tensor, dimension: int, size: int, step: int):
    """All slices of `size` along a dimension, `step` apart, as a new last dimension."""
    d = wrap_dim(dimension, input.ndim)
    have = input.shape[d] if input.ndim else 1
    if size > have:
        raise RuntimeError(f"maximum size for tensor at dimension {d} is {have} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    x = input if input.ndim else input.reshape(1)
    starts = np.arange(0, have - size + 1, step)
    windows = jnp.take(x, jnp.asarray(starts[:, None] + np.arange(size)), axis=d)
    return jnp.moveaxis(windows, d + 1, -1) if input.ndim else windows.reshape(size)


@view(layout=rules.unbind, returns=())
def unbind(input: Tensor, dim: int = 0):
    """The slices along a dimension, as views."""
    d = wrap_dim(dim, input.ndim)
    if not input.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    return tuple(lax.index_in_dim(input, i, d, keepdims=False) for i in range(input.shape[d]))


@view(layout=rules.split, variants="", name="split", returns=())
def split_equally(input: Tensor, split_size: int, dim: int):
    return _parts(input, rules.split_sizes(input.shape[dim], split_size), dim)


@view(layout=rules.split, variants="", name="split_with_sizes", returns=())
def split_by(input: Tensor, sizes: Size, dim: int):
    return _parts(input, sizes, dim)


def _parts(input, sizes, dim):
    parts, start = [], 0
    for n in sizes:
        parts.append(lax.slice_in_dim(input, start, start + n, axis=dim))
        start += n
    return tuple(parts)


def places(shape: tuple, strides: tuple, offset: int) -> np.ndarray:
    """Where the elements of a layout lie in their storage."""
    where = np.full(shape, offset, dtype=np.int64)
    for d, (n, s) in enumerate(zip(shape, strides, strict=True)):
        where += (np.arange(n) * s).reshape((n,) + (1,) * (len(shape) - d - 1))
    return where


def check_within(size: tuple, stride: tuple, offset: int, itemsize: int, nbytes: int) -> None:
    """Whether a strided region lies in a storage of so many bytes."""
    if 0 in size:
        return
    reaches = [(n - 1) * s for n, s in zip(size, stride, strict=True)]
    end = (offset + sum(r for r in reaches if r > 0) + 1) * itemsize
    if end > nbytes or offset + sum(r for r in reaches if r < 0) < 0:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and "
            f"itemsize {itemsize} requiring a storage size of {end} are out of bounds for storage "
            f"of size {nbytes}"
        )


@view(layout=rules.as_strided, variants="", name="as_strided")
def strided(input: Tensor, size: Size, stride: Size, storage_offset: int):
    """Of a row-major root: its storage is its ravel."""
    where = places(size, stride, storage_offset)
    itemsize = input.dtype.itemsize
    check_within(size, stride, storage_offset, itemsize, input.size * itemsize)
    return input.reshape(-1)[jnp.asarray(where)]


@op(variants="", grad_name="AsStridedBackward0")
def strided_leaf(input: Tensor, origin: Tensor):
    """Of a leaf that is a view itself: only its own elements have a gradient, by their places."""
    flat = jnp.concatenate([input.ravel(), jnp.zeros(1, input.dtype)])
    return flat[origin]


@view(
    layout=rules.complex_part(0),
    put=rules.put_real,
    variants="",
    name="real",
    grad_name="SelectBackward0",
)
def real_part(input: Tensor):
    return jnp.real(input)


@view(
    layout=rules.complex_part(1),
    put=rules.put_imag,
    variants="",
    name="imag",
    grad_name="SelectBackward0",
)
def imag_part(input: Tensor):
    return jnp.imag(input)


@view(layout=rules.view_as_real, put=rules.put_view_as_real, variants="f")
def view_as_real(input: Tensor):
    """(..., 2) real and imaginary parts of a complex tensor."""
    if not jnp.iscomplexobj(input):
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return jnp.stack([jnp.real(input), jnp.imag(input)], -1)


@view(layout=rules.view_as_complex, put=rules.put_view_as_complex, variants="")
def view_as_complex(input: Tensor):
    """The complex tensor whose parts are the last dimension, of size two."""
    if input.dtype not in (jnp.float32, jnp.float64):
        raise RuntimeError(
            "view_as_complex is only supported for half, float and double tensors, but got a "
            "tensor of "
            f"scalar type: {tensor_name(input.dtype)}"
        )
    if not input.ndim:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if input.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    return lax.complex(input[..., 0], input[..., 1])


@view(
    layout=rules.same,
    put=lambda root, part: jnp.conj(part),
    variants="",
    name="conj",
    grad_name="ConjBackward0",
)
def conjugate(input: Tensor):
    return jnp.conj(input)


def _put_bitcast(root, part, *, dtype, ratio):
    return _bitcast(part, np.dtype(root.dtype), (ratio[1], ratio[0]))


def _ratio(new, old) -> tuple[int, int]:
    g = math.gcd(new.itemsize, old.itemsize)
    return new.itemsize // g, old.itemsize // g


def _bitcast(x, dtype: np.dtype, ratio):
    up, down = ratio
    if x.dtype.kind == "c" and dtype != x.dtype:  # as pairs of its parts
        parts = jnp.stack([jnp.real(x), jnp.imag(x)], -1).reshape(*x.shape[:-1], -1)
        return _bitcast(parts, dtype, _ratio(dtype, parts.dtype))
    if dtype.kind == "c" and dtype != x.dtype:
        real = np.dtype(f"f{dtype.itemsize // 2}")
        parts = _bitcast(x, real, _ratio(real, x.dtype))
        parts = parts.reshape(*parts.shape[:-1], -1, 2)
        return lax.complex(parts[..., 0], parts[..., 1])
    if np.dtype(bool) in (x.dtype, dtype):
        return x.astype(dtype) if dtype == np.dtype(bool) else x.view(dtype)
    if up == down:
        return lax.bitcast_convert_type(x, dtype)
    if down > 1:
        return lax.bitcast_convert_type(x, dtype).reshape(*x.shape[:-1], x.shape[-1] * down)
    return lax.bitcast_convert_type(x.reshape(*x.shape[:-1], x.shape[-1] // up, up), dtype)


@view(layout=rules.bitcast, put=_put_bitcast, variants="", name="view")
def view_as_dtype(input: Tensor, dtype, ratio: Size):
    return _bitcast(input, dtype, ratio)
