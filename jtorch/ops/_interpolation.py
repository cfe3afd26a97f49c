"""Resizing along one dimension as a linear map: which input elements an output element is made of,
and with which weights. Sizes and scales are known when an op is recorded, so all of it is NumPy.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from ._gradients import own_gradient
from ._numeric import FLOAT32

MOST_BITS = 22  # after the point, in the weights for bytes


class Resize(NamedTuple):
    """Along one dimension: `scale` is what the user gave, output / input, or None."""

    size: int
    out: int
    mode: str
    align_corners: bool
    scale: float | None
    antialias: bool


def resized(x, axis: int, how: Resize):
    """x with `how.out` elements along axis."""
    if how.mode.startswith("nearest"):
        return _nearest(x, axis, how)
    if x.dtype == np.uint8:
        return _in_bytes(x, axis, how)
    if how.antialias or x.shape[axis] == 0:
        return _product(x, axis, _matrix(how, x.dtype))
    return _mixed(axis, how, x)


def _product(x, axis: int, matrix):
    return jnp.moveaxis(jnp.tensordot(x, matrix, (axis, 0), precision="highest"), -1, axis)


def _in_bytes(x, axis: int, how: Resize):
    """Bytes are mixed by torch as by Pillow: with weights of 15 bits, and rounded to bytes. Double
    precision holds the sums of such products exactly.
    """
    weight = _weights(how, np.float64)
    bits = 0
    while bits < MOST_BITS and int(weight.max() * 2 ** (bits + 1) + 0.5) < 2**15:
        bits += 1
    whole = np.trunc(weight * 2**bits + np.where(weight < 0, -0.5, 0.5))
    mixed = _product(x.astype(np.float64), axis, jnp.asarray(whole))
    return jnp.clip(jnp.floor((mixed + 2**bits / 2) / 2**bits), 0, 255).astype(np.uint8)


# -- nearest


def _nearest(x, axis: int, how: Resize):
    times = how.out // how.size
    index = _nearest_index(how)
    if how.out == times * how.size and (index == np.arange(how.out) // times).all():
        shape = (*x.shape[: axis + 1], times, *x.shape[axis + 1 :])
        repeated = jnp.broadcast_to(jnp.expand_dims(x, axis + 1), shape)
        return repeated.reshape(*x.shape[:axis], how.out, *x.shape[axis + 1 :])
    return jnp.take(x, index, axis)


def _nearest_index(how: Resize) -> np.ndarray:
    i = np.arange(how.out)
    if how.out == how.size:
        return i
    if how.mode == "nearest" and how.out == 2 * how.size:
        return i // 2
    # Single precision: torch rounds the scale so, and a floor shows it.
    scale = np.float32(_scale(how))
    shift = np.float32(0.5 if how.mode == "nearest-exact" else 0)
    index = np.floor((i.astype(FLOAT32) + shift) * scale).astype(int)
    return np.minimum(index, how.size - 1)


# -- linear and cubic: a few taps


@own_gradient(0, 1)
def _mixed(axis: int, how: Resize, x):
    """Sums of a few weighted elements. Their transpose would be a scatter, so the gradient is a
    matrix product.
    """
    return _taps(axis, how, x)


def _taps(axis: int, how: Resize, x):
    index, weight = _linear(how, x.dtype) if how.mode == "linear" else _cubic(how, x.dtype)
    shape = (-1, *(1,) * (x.ndim - axis - 1))
    parts = [jnp.take(x, i, axis) * w.reshape(shape) for i, w in zip(index, weight)]
    return sum(parts[1:], start=parts[0])


def _forward(axis: int, how: Resize, x):
    return _taps(axis, how, x), ()


def _backward(axis: int, how: Resize, saved, g):
    return (_product(g, axis, _matrix(how, g.dtype).T),)


_mixed.defvjp(_forward, _backward)


def _scale(how: Resize) -> float:
    """Input elements per output element."""
    if how.align_corners:
        return (how.size - 1) / (how.out - 1) if how.out > 1 else 0.0
    return 1 / how.scale if how.scale else how.size / how.out


def _sources(how: Resize, dtype) -> np.ndarray:
    """Where in the input each output element is, in the precision torch computes it in."""
    kind = np.float64 if dtype == np.float64 else np.float32
    i, scale = np.arange(how.out).astype(kind), kind(_scale(how))
    return scale * i if how.align_corners else scale * (i + kind(0.5)) - kind(0.5)


def _linear(how: Resize, dtype) -> tuple[list, list]:
    source = np.maximum(_sources(how, dtype), 0)
    first = np.minimum(source.astype(int), how.size - 1)
    share = np.clip(source - first, 0, 1)
    index = [first, np.minimum(first + 1, how.size - 1)]
    return index, [(1 - share).astype(dtype), share.astype(dtype)]


def _cubic(how: Resize, dtype) -> tuple[list, list]:
    source = _sources(how, dtype)
    first = np.floor(source).astype(int)
    t = source - first
    index = [np.clip(first + k, 0, how.size - 1) for k in (-1, 0, 1, 2)]
    weight = [_cubic_filter(np.abs(t - k), -0.75) for k in (-1, 0, 1, 2)]
    return index, [w.astype(dtype) for w in weight]


def _matrix(how: Resize, dtype):
    """(size, out): the whole map."""
    kind = np.float64 if dtype == np.float64 else np.float32
    return jnp.asarray(_weights(how, kind).astype(dtype))


def _weights(how: Resize, kind) -> np.ndarray:
    """The map, computed in float32 or in float64."""
    if how.antialias:
        return _antialiased(how).astype(kind)
    index, weight = _linear(how, kind) if how.mode == "linear" else _cubic(how, kind)
    matrix = np.zeros((how.size, how.out), kind)
    for i, w in zip(index, weight):
        np.add.at(matrix, (i, np.arange(how.out)), w)
    return matrix


# -- antialias: a filter as wide as an output element


def _antialiased(how: Resize) -> np.ndarray:
    radius, filter = {
        "linear": (1, _triangle),
        "cubic": (2, lambda x: _cubic_filter(x, -0.5)),
        "lanczos": (3, _lanczos),
    }[how.mode]
    scale = _scale(how)
    width = max(scale, 1.0)
    centre = scale * (np.arange(how.out) + 0.5)
    start = np.maximum((centre - radius * width + 0.5).astype(int), 0)
    stop = np.minimum((centre + radius * width + 0.5).astype(int), how.size)
    i = np.arange(how.size)[:, None]
    weight = filter(np.abs((i - centre + 0.5) / width)) * ((i >= start) & (i < stop))
    total = weight.sum(0)
    return weight / np.where(total == 0, 1, total)


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(1 - x, 0)


def _cubic_filter(x: np.ndarray, a: float) -> np.ndarray:
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def _lanczos(x: np.ndarray) -> np.ndarray:
    return np.where(x < 3, np.sinc(x) * np.sinc(x / 3), 0)


def output_size(size: tuple[int, ...], scales: tuple[float, ...]) -> tuple[int, ...]:
    return tuple(math.floor(float(n) * s) for n, s in zip(size, scales))
