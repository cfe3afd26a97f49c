"""Strides as torch reports them. A layout says where in its storage each element of a tensor would
lie; nothing is stored that way, but views, `contiguous()`, `view()` and printing of strides depend
on it. Pure functions on tuples; imports nothing of jtorch.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Layout(NamedTuple):
    """Sizes, strides and offset, in elements."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0


def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(step)
        step *= max(n, 1)
    return tuple(reversed(strides))


def contiguous(shape: tuple[int, ...]) -> Layout:
    return Layout(shape, contiguous_strides(shape), 0)


def is_contiguous(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Row-major without gaps; dimensions of size one may have any stride."""
    if 0 in shape:
        return True
    step = 1
    for n, s in zip(reversed(shape), reversed(strides), strict=True):
        if n != 1:
            if s != step:
                return False
            step *= n
    return True


def channels_last_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides of (N, C, *spatial) stored as (N, *spatial, C)."""
    order = (0, *range(2, len(shape)), 1)
    strides = [0] * len(shape)
    step = 1
    for d in reversed(order):
        strides[d] = step
        step *= shape[d]
    return tuple(strides)


def is_packed(shape: tuple[int, ...], strides: tuple[int, ...], packed: tuple[int, ...]) -> bool:
    """Whether strides are the packed ones; dimensions of size one may have any."""
    return all(n == 1 or s == p for n, s, p in zip(shape, strides, packed, strict=True))


def is_dense(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """No two elements share a place, and no place between them is unused."""
    return storage_order(shape, strides) is not None


def storage_order(shape: tuple[int, ...], strides: tuple[int, ...]) -> tuple[int, ...] | None:
    """The permutation that makes a dense layout row-major, or None if it is not dense."""
    order = sorted(range(len(shape)), key=lambda d: (-strides[d], d))
    if 0 in shape:
        return tuple(order)
    real = [d for d in order if shape[d] > 1]
    step = 1
    for d in reversed(real):
        if strides[d] != step:
            return None
        step *= shape[d]
    return tuple(order)


def dense_like(shape: tuple[int, ...], strides: tuple[int, ...]) -> tuple[int, ...]:
    """Dense strides in the same order of dimensions: what `empty_like` and `clone` preserve."""
    if is_dense(shape, strides):
        return strides
    return strides_in_order(shape, _ascending([strides], shape))


def strides_in_order(shape: tuple[int, ...], ascending: list[int]) -> tuple[int, ...]:
    strides, step = [0] * len(shape), 1
    for d in ascending:
        strides[d] = step
        step *= max(shape[d], 1)
    return tuple(strides)


def _ascending(operands: list[tuple[int, ...]], shape: tuple[int, ...]) -> list[int]:
    """Dimensions from fastest to slowest moving, by torch's rule: the first operand that can tell
    decides; broadcast dimensions (stride 0) cannot; ties keep the row-major order.
    """

    def before(a: int, b: int) -> int:
        for strides in operands:
            sa, sb = strides[a], strides[b]
            if sa == 0 or sb == 0:
                continue
            if sa != sb:
                return -1 if sa < sb else 1
            if shape[b] > shape[a]:
                return -1
        return 0

    perm = list(range(len(shape) - 1, -1, -1))
    for i in range(1, len(perm)):  # insertion sort: the comparison is not a total order
        at = i
        for j in range(i - 1, -1, -1):
            c = before(perm[at], perm[j])
            if c < 0:
                perm[at], perm[j] = perm[j], perm[at]
                at = j
            elif c > 0:
                break
    return perm


def elementwise_strides(
    shape: tuple[int, ...], operands: list[tuple[tuple[int, ...], tuple[int, ...]]]
) -> tuple[int, ...] | None:
    """Strides of a pointwise result from its operands' (shape, strides); None means row-major."""
    padded = []
    for oshape, ostrides in operands:
        lead = len(shape) - len(oshape)
        full = (0,) * lead + tuple(
            0 if n == 1 and shape[lead + d] != 1 else s
            for d, (n, s) in enumerate(zip(oshape, ostrides, strict=True))
        )
        padded.append(full)
    if all(o == shape for o, _ in operands):
        if all(is_contiguous(shape, s) for s in padded):
            return None
        if all(s == padded[0] for s in padded) and is_dense(shape, padded[0]):
            return padded[0]
    strides = strides_in_order(shape, _ascending(padded, shape))
    return None if strides == contiguous_strides(shape) else strides


def view_strides(old: Layout, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """Strides with which `old` can be seen as `shape` without a copy, or None."""
    if math.prod(old.shape) == 0 or not old.shape:
        return contiguous_strides(shape)
    strides = [0] * len(shape)
    view_d = len(shape) - 1
    chunk_stride, old_count, new_count = old.strides[-1], 1, 1
    for d in range(len(old.shape) - 1, -1, -1):
        old_count *= old.shape[d]
        last = d == 0
        if last or (old.shape[d - 1] != 1 and old.strides[d - 1] != old_count * chunk_stride):
            while view_d >= 0 and (new_count != old_count or shape[view_d] == 1):
                strides[view_d] = new_count * chunk_stride
                new_count *= shape[view_d]
                view_d -= 1
            if new_count != old_count:
                return None
            if not last:
                chunk_stride, old_count, new_count = old.strides[d - 1], 1, 1
    return tuple(strides) if view_d == -1 else None
