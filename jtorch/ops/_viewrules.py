"""What each view op does to strides, and how a changed part goes back where that is cheap. Plain
functions of (layout, numbers, statics) and of (root, part, numbers, statics); used by `shape.py`.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax

from .._layout import Layout, contiguous_strides, view_strides
from ._checks import wrap_dim, wrap_dims


def permute(old: Layout, *, dims) -> Layout:
    order = wrap_dims(dims, len(old.shape))
    return Layout(
        tuple(old.shape[d] for d in order), tuple(old.strides[d] for d in order), old.offset
    )


def put_permute(root, part, *, dims):
    order = wrap_dims(dims, root.ndim)
    return jnp.transpose(part, tuple(order.index(d) for d in range(root.ndim)))


def transpose(old: Layout, *, dim0, dim1) -> Layout:
    a, b = wrap_dim(dim0, len(old.shape)), wrap_dim(dim1, len(old.shape))
    order = list(range(len(old.shape)))
    if order:
        order[a], order[b] = order[b], order[a]
    return permute(old, dims=tuple(order))


def put_transpose(root, part, *, dim0, dim1):
    return jnp.swapaxes(part, dim0, dim1) if root.ndim else part


def t(old: Layout) -> Layout:
    return permute(old, dims=tuple(reversed(range(len(old.shape)))))


def put_t(root, part):
    return part.T


def view(old: Layout, *, size) -> Layout:
    strides = view_strides(old, size)
    assert strides is not None
    return Layout(size, strides, old.offset)


def put_reshape(root, part, **static):
    return part.reshape(root.shape)


def select(old: Layout, index: int, *, dim) -> Layout:
    return Layout(
        old.shape[:dim] + old.shape[dim + 1 :],
        old.strides[:dim] + old.strides[dim + 1 :],
        old.offset + index * old.strides[dim],
    )


def now_select(array: np.ndarray, index: int, *, dim) -> np.ndarray:
    return array[(index, ...)] if dim == 0 else array[(np.s_[:],) * dim + (index, ...)]


def put_select(root, part, index, *, dim):
    return lax.dynamic_update_index_in_dim(root, part, number(index), dim)


def slice(old: Layout, start: int, *, dim, length, step) -> Layout:
    shape, strides = list(old.shape), list(old.strides)
    shape[dim], strides[dim] = length, strides[dim] * step
    return Layout(tuple(shape), tuple(strides), old.offset + start * old.strides[dim])


def put_slice(root, part, start, *, dim, length, step):
    start = number(start)
    if length == 0:
        return root
    if step == 1:
        return lax.dynamic_update_slice_in_dim(root, part, start, dim)
    where = start + jnp.arange(length) * step
    return root.at[(*[jnp.s_[:]] * dim, where)].set(part)


def number(x):
    """A start or index that may have become an input."""
    return x.array if hasattr(x, "array") else x


def expand(old: Layout, *, size) -> Layout:
    lead = len(size) - len(old.shape)
    shape, strides = [], []
    for d, n in enumerate(size):
        if d < lead:
            shape.append(n)
            strides.append(0)
            continue
        have = old.shape[d - lead]
        keep = n in (-1, have)
        shape.append(have if keep else n)
        strides.append(old.strides[d - lead] if keep else 0)
    for d in range(lead - 1, -1, -1):  # a new outer dimension of size one gets a row-major stride
        if shape[d] == 1 and d + 1 < len(size):
            strides[d] = shape[d + 1] * strides[d + 1] if d + 1 < len(size) else 1
        elif shape[d] == 1:
            strides[d] = 1
    return Layout(tuple(shape), tuple(strides), old.offset)


def squeeze(old: Layout, *, dims) -> Layout:
    drop = {d for d in wrap_dims(dims, len(old.shape)) if old.shape[d] == 1}
    keep = [d for d in range(len(old.shape)) if d not in drop]
    return Layout(
        tuple(old.shape[d] for d in keep), tuple(old.strides[d] for d in keep), old.offset
    )


def unsqueeze(old: Layout, *, dim) -> Layout:
    d = wrap_dim(dim, len(old.shape) + 1)
    stride = 1 if d == len(old.shape) else old.shape[d] * old.strides[d]
    return Layout(
        (*old.shape[:d], 1, *old.shape[d:]),
        (*old.strides[:d], stride, *old.strides[d:]),
        old.offset,
    )


def diagonal(old: Layout, *, offset, dim1, dim2) -> Layout:
    a, b = wrap_dim(dim1, len(old.shape)), wrap_dim(dim2, len(old.shape))
    if offset >= 0:
        length = max(min(old.shape[a], old.shape[b] - offset), 0)
        start = offset * old.strides[b]
    else:
        length = max(min(old.shape[a] + offset, old.shape[b]), 0)
        start = -offset * old.strides[a]
    keep = [d for d in range(len(old.shape)) if d not in (a, b)]
    return Layout(
        (*[old.shape[d] for d in keep], length),
        (*[old.strides[d] for d in keep], old.strides[a] + old.strides[b]),
        old.offset + (start if length else 0),
    )


def unfold(old: Layout, *, dimension, size, step) -> Layout:
    if not old.shape:
        return Layout((size,), (1,), old.offset)
    d = wrap_dim(dimension, len(old.shape))
    shape, strides = list(old.shape), list(old.strides)
    stride = strides[d]
    shape[d], strides[d] = (shape[d] - size) // step + 1, stride * step
    return Layout((*shape, size), (*strides, stride), old.offset)


def unbind(old: Layout, *, dim) -> list[Layout]:
    d = wrap_dim(dim, len(old.shape))
    return [select(old, i, dim=d) for i in range(old.shape[d])]


def split(old: Layout, *, dim, sizes=None, split_size=None) -> list[Layout]:
    d = wrap_dim(dim, len(old.shape))
    if sizes is None:
        sizes = split_sizes(old.shape[d], split_size)  # pyright: ignore[reportArgumentType]
    parts, start = [], 0
    for n in sizes:
        parts.append(slice(old, start, dim=d, length=n, step=1))
        start += n
    return parts


def split_sizes(total: int, size: int) -> tuple[int, ...]:
    if size == 0:
        return (0,)
    sizes = [size] * (total // size)
    if total % size or not sizes:
        sizes.append(total % size)
    return tuple(sizes)


def as_strided(old: Layout, *, size, stride, storage_offset) -> Layout:
    return Layout(size, stride, storage_offset)


def complex_part(which: int):
    def layout(old: Layout) -> Layout:
        return Layout(old.shape, tuple(2 * s for s in old.strides), 2 * old.offset + which)

    return layout


def put_real(root, part):
    return lax.complex(part, jnp.imag(root))


def put_imag(root, part):
    return lax.complex(jnp.real(root), part)


def view_as_real(old: Layout) -> Layout:
    return Layout((*old.shape, 2), (*[2 * s for s in old.strides], 1), 2 * old.offset)


def view_as_complex(old: Layout) -> Layout:
    return Layout(old.shape[:-1], tuple(s // 2 for s in old.strides[:-1]), old.offset // 2)


def put_view_as_real(root, part):
    return lax.complex(part[..., 0], part[..., 1])


def put_view_as_complex(root, part):
    return jnp.stack([jnp.real(part), jnp.imag(part)], -1)


def same(old: Layout, **static) -> Layout:
    return old


def bitcast(old: Layout, *, dtype, ratio) -> Layout:
    """ratio: new itemsize over old, as (numerator, denominator)."""
    up, down = ratio
    if up == down:
        return old
    if down > 1:  # narrower elements: the last dimension grows
        return Layout(
            (*old.shape[:-1], old.shape[-1] * down),
            (*[s * down for s in old.strides[:-1]], 1),
            old.offset * down,
        )
    return Layout(
        (*old.shape[:-1], old.shape[-1] // up),
        (*[s // up for s in old.strides[:-1]], 1),
        old.offset // up,
    )


def fresh(shape: tuple[int, ...]) -> Layout:
    return Layout(shape, contiguous_strides(shape))
