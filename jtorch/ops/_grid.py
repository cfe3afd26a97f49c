"""Sampling an image at any coordinates: what grid_sample does, in two and three dimensions."""

from __future__ import annotations

import itertools
import math
from typing import Any

import jax.numpy as jnp


def unnormalized(x, size: int, align_corners: bool):
    """Coordinates in [-1, 1] as places in elements: the ends are centres or edges of elements."""
    if align_corners:
        return (x + 1) / 2 * (size - 1)
    return ((x + 1) * size - 1) / 2


def padded(x, size: int, mode: str, align_corners: bool):
    """Places outside the image brought into it, by clipping or reflecting."""
    if mode == "reflection":
        low, high = (0, 2 * (size - 1)) if align_corners else (-1, 2 * size - 1)
        x = _reflected(x, low / 2, (high - low) / 2)
    if mode == "zeros":
        return x
    # As in torch, the ends themselves have no slope.
    return jnp.where(x <= 0, 0, jnp.where(x >= size - 1, size - 1, x)).astype(x.dtype)


def _reflected(x, low: float, span: float):
    if span == 0:
        return jnp.zeros_like(x)
    away = jnp.abs(x - low)
    flips = jnp.floor(away / span)
    rest = away - flips * span
    return jnp.where(flips % 2 == 0, rest + low, span - rest + low).astype(x.dtype)


def gathered(image, places: list):
    """image (N, C, *size) at whole places, one (N, P) array for each dimension; zero outside."""
    size = image.shape[2:]
    inside: Any = True
    index: Any = 0
    for p, n in zip(places, size):
        inside = inside & (p >= 0) & (p <= n - 1)
        index = index * n + jnp.clip(p, 0, n - 1).astype("int32")
    flat = image.reshape(*image.shape[:2], math.prod(size))
    values = jnp.take_along_axis(flat, index[:, None], 2, mode="promise_in_bounds")
    return jnp.where(inside[:, None], values, 0)


def linear(image, places: list) -> Any:
    """A mean of the 2 elements around the place along each dimension."""
    lower = [jnp.floor(p) for p in places]
    total = 0
    for corner in itertools.product((0, 1), repeat=len(places)):
        at = [low + k for low, k in zip(lower, corner)]
        weight: Any = 1
        for p, low, k in zip(places, lower, corner):
            weight = weight * (p - low if k else low + 1 - p)
        total = total + gathered(image, at) * weight[:, None]
    return total


def cubic(image, places: list, sizes, mode: str, align_corners: bool) -> Any:
    """A weighted sum of the 4 elements around the place along each dimension."""
    lower = [jnp.floor(p) for p in places]
    weights = [_cubic_weights(p - low) for p, low in zip(places, lower)]
    total = 0
    for corner in itertools.product(range(4), repeat=len(places)):
        at = [
            padded(low + (k - 1), n, mode, align_corners) for low, k, n in zip(lower, corner, sizes)
        ]
        weight: Any = math.prod(w[k] for w, k in zip(weights, corner))
        total = total + gathered(image, at) * weight[:, None]
    return total


def _cubic_weights(t) -> list:
    a = -0.75
    near = lambda x: ((a + 2) * x - (a + 3)) * x * x + 1  # noqa: E731
    far = lambda x: (((x - 5) * x + 8) * x - 4) * a  # noqa: E731
    return [far(t + 1), near(t), near(1 - t), far(2 - t)]
