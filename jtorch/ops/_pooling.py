"""How pooling is computed: the largest of each window and its place, sums of windows, and windows
that adapt to a size asked for. Everything is slices, which XLA fuses on every platform; its own
reduce_window and above all the gradient of that (select_and_scatter, up to forty times slower than
this on the CPU) are not used. It knows neither torch's arguments nor its checks.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax

from ._gradients import own_gradient
from ._windows import Ints, Pads, pad, taps

FEW_TAPS = 16  # windows of more elements are reduced along one dimension after the other


class Pool(NamedTuple):
    """The windows of a pooling: one entry for each spatial dimension."""

    kernel: Ints
    stride: Ints
    pads: Pads
    dilation: Ints
    count: Ints


# -- the largest


@own_gradient(1)
def largest(x, pool: Pool) -> Any:
    """The maximum of each window, and its place in the window in row order, the first of equals."""
    return _largest(x, pool)


def _largest(x, pool: Pool) -> Any:
    dims = len(pool.kernel)
    x = pad(x, pool.pads, lowest(x.dtype))
    small = math.prod(pool.kernel) <= FEW_TAPS
    stages = [range(dims)] if small else [[d] for d in reversed(range(dims))]
    kind = np.uint8 if math.prod(pool.kernel) < 256 else np.int32
    place: Any = None
    weight = 1
    for stage in stages:
        parts = _stage(x, pool, stage)
        places = [0] * len(parts) if place is None else _stage(place, pool, stage)
        x, place = parts[0], jnp.broadcast_to(jnp.asarray(places[0], kind), parts[0].shape)
        for i in range(1, len(parts)):
            better = (parts[i] > x) | jnp.isnan(parts[i])
            place = jnp.where(better, places[i] + kind(i * weight), place)
            x = jnp.maximum(x, parts[i])
        weight *= len(parts)
    # The remainder changes nothing. Without a division in it, XLA would compute the place again for
    # each element of the window that reads it in the gradient.
    return x, lax.rem(place, kind(math.prod(pool.kernel) + 1))


def _stage(x, pool: Pool, stage) -> list:
    """The taps of x along the dimensions of the stage."""
    lead = x.ndim - len(pool.kernel)
    count = list(x.shape[lead:])
    kernel, stride, dilation = ([1] * len(count) for _ in range(3))
    for d in stage:
        kernel[d], stride[d], dilation[d] = pool.kernel[d], pool.stride[d], pool.dilation[d]
        count[d] = pool.count[d]
    return list(taps(x, tuple(kernel), tuple(stride), tuple(dilation), tuple(count)))


def _largest_forward(x, pool: Pool):
    out, place = _largest(x, pool)
    return (out, place), (place, x.shape)


def _largest_backward(pool: Pool, saved, gs):
    place, shape = saved
    g = gs[0]
    size = shape[g.ndim - len(pool.kernel) :]
    tiled = pool.stride == pool.kernel and set(pool.pads) == {(0, 0)} and set(pool.dilation) == {1}
    if tiled and all(c * k <= n for c, k, n in zip(pool.count, pool.kernel, size)):
        return (_tiled(place, g, pool, size),)
    return (_scattered(flat_index(place, pool, size), g, size),)


largest.defvjp(_largest_forward, _largest_backward)


def _tiled(place, g, pool: Pool, size: Ints) -> Any:
    """The gradient where windows do not overlap: each element asks whether it was chosen."""
    lead = g.ndim - len(size)
    for d in range(len(size)):
        axis = lead + 2 * d + 1
        place, g = jnp.expand_dims(place, axis), jnp.expand_dims(g, axis)
    own: Any = 0
    shape, weight = list(g.shape), 1
    for d in reversed(range(len(size))):
        shape[lead + 2 * d + 1] = pool.kernel[d]
        along = [1] * g.ndim
        along[lead + 2 * d + 1] = pool.kernel[d]
        own = own + weight * lax.broadcasted_iota(place.dtype, along, lead + 2 * d + 1)
        weight *= pool.kernel[d]
    dx = jnp.where(place == own, g, jnp.zeros((), g.dtype))
    covered = [c * k for c, k in zip(pool.count, pool.kernel)]
    dx = jnp.broadcast_to(dx, shape).reshape(*g.shape[:lead], *covered)
    return pad(dx, tuple((0, n - c) for n, c in zip(size, covered)))


def _scattered(index, g, size: Ints):
    lead = g.shape[: g.ndim - len(size)]
    rows = math.prod(lead)
    index, g = index.reshape(rows, -1), g.reshape(rows, -1)
    row = lax.broadcasted_iota(np.int32, (rows, 1), 0)
    dx = jnp.zeros((rows, math.prod(size)), g.dtype)
    return dx.at[row, index].add(g, mode="promise_in_bounds").reshape(*lead, *size)


def flat_index(place, pool: Pool, size: Ints):
    """Places in windows as indices into the flattened input, int32."""
    lead = place.ndim - len(size)
    place, index, stretch = place.astype(np.int32), np.int32(0), 1
    for d in reversed(range(len(size))):
        along = lax.broadcasted_iota(np.int32, place.shape, lead + d)
        at = along * pool.stride[d] - pool.pads[d][0] + place % pool.kernel[d] * pool.dilation[d]
        # A window of nothing but -inf has its first element chosen, which may be padding.
        index = index + jnp.clip(at, 0, size[d] - 1) * stretch
        place, stretch = place // pool.kernel[d], stretch * size[d]
    return index


def lowest(dtype):
    """What no element is less than."""
    return -np.inf if jnp.issubdtype(dtype, jnp.inexact) else jnp.iinfo(dtype).min


# -- sums


def window_sums(x: Any, pool: Pool) -> Any:
    """The sum of each window."""
    x = pad(x, pool.pads)
    lead = x.ndim - len(pool.kernel)
    for d in reversed(range(len(pool.kernel))):
        if pool.kernel[d] == x.shape[lead + d]:
            x = jnp.sum(x, lead + d, keepdims=True, dtype=x.dtype)
        elif pool.kernel[d] > 1 or pool.stride[d] > 1:
            x = sum(_stage(x, pool, [d]))
    return x


# -- windows that adapt: output i of n covers [i * size // n, ceil((i + 1) * size / n))


def bounds(size: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    i = np.arange(n)
    return i * size // n, -(-(i + 1) * size // n)


def averages(x, sizes: Ints):
    """The mean of each adaptive window: one matrix product per dimension."""
    for d, n in enumerate(sizes):
        axis = x.ndim - len(sizes) + d
        start, stop = bounds(x.shape[axis], n)
        i = np.arange(x.shape[axis])[:, None]
        share = ((i >= start) & (i < stop)) / (stop - start)
        x = jnp.moveaxis(jnp.tensordot(x, jnp.asarray(share, x.dtype), (axis, 0)), -1, axis)
    return x


@own_gradient(1)
def adaptive_largest(x, sizes: Ints) -> Any:
    """The maximum of each adaptive window and its index in the flattened input."""
    size = x.shape[x.ndim - len(sizes) :]
    index = lax.iota(np.int32, math.prod(size)).reshape(size)
    index = jnp.broadcast_to(index, x.shape)
    for d in reversed(range(len(sizes))):
        axis = x.ndim - len(sizes) + d
        start, stop = bounds(x.shape[axis], sizes[d])
        best: Any = None
        where: Any = None
        for step in range(int(max(stop - start))):
            # Windows that are shorter look at their last element again.
            at = np.minimum(start + step, stop - 1)
            part, part_index = jnp.take(x, at, axis), jnp.take(index, at, axis)
            if best is None:
                best, where = part, part_index
                continue
            better = (part > best) | jnp.isnan(part)
            where = jnp.where(better, part_index, where)
            best = jnp.maximum(best, part)
        x, index = best, where
    return x, index


def _adaptive_forward(x, sizes: Ints):
    results = adaptive_largest(x, sizes)
    return results, (results[1], x.shape)


def _adaptive_backward(sizes: Ints, saved, gs):
    index, shape = saved
    return (_scattered(index, gs[0], shape[len(shape) - len(sizes) :]),)


adaptive_largest.defvjp(_adaptive_forward, _adaptive_backward)
