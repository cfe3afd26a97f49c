"""Convolution as three bilinear maps that are each other's gradients: the output from input and
weight, the input from output and weight, the weight from input and output. A transposed convolution
is the second of them. How each is computed may depend on the platform: on the CPU, XLA's own
convolution is fast for dense 1-D and 2-D ones only. Against it, for a step's forward and backward,
depthwise ones are 8 times as fast as sums of slices, grouped ones 30 times group by group (the
weight gradient is what is slow), 3-D ones 10 times folded into 2-D, and the gradients of transposed
ones 10 to 30 times as members of this family.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from ._gradients import own_gradient
from ._windows import Ints, Pads, counts, pad, reach, taps

FEW_GROUPS = 8  # up to here one convolution per group; more would take long to compile
FEW_COLUMNS = 32  # elements of a kernel on one channel that is worth a matrix of its windows
FEW_TAPS = 64  # up to here a depthwise convolution is a sum of shifted products


class Window(NamedTuple):
    """How the kernel moves: one entry for each spatial dimension."""

    stride: Ints
    pads: Pads
    dilation: Ints
    groups: int


def _spec(shape, dtype):
    return jax.ShapeDtypeStruct(shape, dtype)


# -- the three maps: (N, C, *size), (O, C / groups, *kernel), (N, O, *count)


@own_gradient(2)
def output_of(x, w, window: Window) -> Any:
    """The convolution of x with w."""
    return lax.platform_dependent(
        x, w, cpu=partial(_on_cpu, window=window), default=partial(_plain, window=window)
    )


@own_gradient(2, 3)
def input_of(y, w, window: Window, size: Ints) -> Any:
    """What `output_of` with w does, transposed: y spread over inputs of the given size."""
    spec = _spec((y.shape[0], w.shape[1] * window.groups, *size), y.dtype)

    def transposed(form, y, w):
        return jax.linear_transpose(lambda x: form(x, w, window), spec)(y)[0]

    if w.shape[0] == window.groups and _is_depthwise(w, window):
        cpu = partial(_shifted_back, window=window, size=size)
    elif spec.shape[1] == 1 and len(size) < 3:  # where _on_cpu makes patches
        cpu = partial(transposed, _plain)
    else:
        cpu = partial(transposed, _on_cpu)
    return lax.platform_dependent(y, w, cpu=cpu, default=partial(transposed, _plain))


@own_gradient(2, 3)
def weight_of(x, y, window: Window, kernel: Ints) -> Any:
    """The product of each input with each output that a weight connects, summed."""
    spec = _spec((y.shape[1], x.shape[1] // window.groups, *kernel), x.dtype)

    def transposed(form, x, y):
        return jax.linear_transpose(lambda w: form(x, w, window), spec)(y)[0]

    return lax.platform_dependent(
        x, y, cpu=partial(transposed, _on_cpu), default=partial(transposed, _plain)
    )


output_of.defvjp(
    lambda x, w, window: (output_of(x, w, window), (x, w)),
    lambda window, saved, g: (
        input_of(g, saved[1], window, saved[0].shape[2:]),
        weight_of(saved[0], g, window, saved[1].shape[2:]),
    ),
)
input_of.defvjp(
    lambda y, w, window, size: (input_of(y, w, window, size), (y, w)),
    lambda window, size, saved, g: (
        output_of(g, saved[1], window),
        weight_of(g, saved[0], window, saved[1].shape[2:]),
    ),
)
weight_of.defvjp(
    lambda x, y, window, kernel: (weight_of(x, y, window, kernel), (x, y)),
    lambda window, kernel, saved, g: (
        input_of(saved[1], g, window, saved[0].shape[2:]),
        output_of(saved[0], g, window),
    ),
)


# -- ways to compute it, each linear in x and in w


def _plain(x, w, window: Window):
    return lax.conv_general_dilated(
        x,
        w,
        window.stride,
        window.pads,
        rhs_dilation=window.dilation,
        feature_group_count=window.groups,
        preferred_element_type=x.dtype,
    )


def _on_cpu(x, w, window: Window):
    kernel = w.shape[2:]
    if _is_depthwise(w, window):
        return _shifted_products(x, w, window)
    if window.groups > FEW_GROUPS:
        return _patches(x, w, window)
    if window.groups > 1:
        return _by_group(x, w, window)
    if len(kernel) == 3:
        return _folded(x, w, window)
    if x.shape[1] == 1 and set(window.stride) == {1} and math.prod(kernel) <= FEW_COLUMNS:
        return _patches(x, w, window)
    return _plain(x, w, window)


def _is_depthwise(w, window: Window) -> bool:
    return window.groups > 1 and w.shape[1] == 1 and math.prod(w.shape[2:]) <= FEW_TAPS


def _by_group(x, w, window: Window):
    each = window._replace(groups=1)
    pairs = zip(jnp.split(x, window.groups, 1), jnp.split(w, window.groups, 0))
    return jnp.concatenate([_on_cpu(a, b, each) for a, b in pairs], 1)


def _shifted_products(x, w, window: Window):
    kernel, count = w.shape[2:], _count(x, w, window)
    x = pad(x, window.pads)
    if w.shape[0] != x.shape[1]:
        x = jnp.repeat(x, w.shape[0] // x.shape[1], axis=1)
    weights = w.reshape(w.shape[0], -1, *(1,) * len(kernel))
    parts = taps(x, kernel, window.stride, window.dilation, count)
    return sum(part * weights[:, i] for i, part in enumerate(parts))


def _shifted_back(y, w, window: Window, size: Ints):
    """_shifted_products transposed: the same with the kernel reversed and zeros between the y's."""
    y = lax.pad(
        y, jnp.zeros((), y.dtype), ((0, 0, 0), (0, 0, 0), *((0, 0, s - 1) for s in window.stride))
    )
    pads = []
    for n, have, (lo, _), span in zip(
        size, y.shape[2:], window.pads, reach(w.shape[2:], window.dilation)
    ):
        before = span - 1 - lo
        pads.append((before, n - 1 + span - before - have))
    steps = (1,) * len(size)
    w = lax.rev(w, range(2, w.ndim))
    return _shifted_products(y, w, Window(steps, tuple(pads), window.dilation, window.groups))


def _patches(x, w, window: Window):
    """Windows as columns of a matrix."""
    n, c = x.shape[:2]
    out, each = w.shape[:2]
    kernel, count = w.shape[2:], _count(x, w, window)
    parts = taps(pad(x, window.pads), kernel, window.stride, window.dilation, count)
    columns = jnp.stack(list(parts), 2).reshape(n, c // each, each * math.prod(kernel), -1)
    # One product per sample and group, said with batch dimensions: one product over all samples
    # would first copy the columns into another order, here and in the gradient.
    rows = w.reshape(window.groups, out // window.groups, -1)
    rows = jnp.broadcast_to(rows, (n, *rows.shape))
    y = lax.dot_general(rows, columns, (((3,), (2,)), ((0, 1), (0, 1))))
    return y.reshape(n, out, *count)


def _folded(x, w, window: Window):
    """A 3-D convolution as a 2-D one: depth goes to the batch, the kernel's depth to channels."""
    n, c = x.shape[:2]
    depth = _count(x, w, window)[:1]
    stride, pads, dilation, groups = window
    rest = Window(stride[1:], pads[1:], dilation[1:], groups)
    x = jnp.moveaxis(pad(x, (pads[0], (0, 0), (0, 0))), 2, -1)  # (N, C, H, W, D)
    x = jnp.stack(
        list(taps(x, w.shape[2:3], stride[:1], dilation[:1], depth)), 2
    )  # (N, C, kernel, H, W, D)
    x = jnp.moveaxis(x, -1, 1).reshape(n * depth[0], c * w.shape[2], *x.shape[3:5])
    y = _on_cpu(x, w.reshape(w.shape[0], -1, *w.shape[3:]), rest)
    return jnp.moveaxis(y.reshape(n, depth[0], *y.shape[1:]), 1, 2)


def _count(x, w, window: Window) -> Ints:
    return counts(x.shape[2:], w.shape[2:], window.stride, window.pads, window.dilation)
