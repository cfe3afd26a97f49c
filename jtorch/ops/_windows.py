"""Sliding windows over the last dimensions of an array: sizes, padding, and the slices that hold
the same place of every window. Convolution, pooling and unfold share it; it knows none of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

Ints = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]


def spread(value: Any, n: int, what: str = "") -> Ints:
    """An int, or one int for each of n dimensions; `what` names a wrong number of them."""
    if isinstance(value, int):
        return (value,) * n
    value = tuple(value)
    if len(value) == 1:
        return value * n
    if len(value) != n:
        raise RuntimeError(
            f"expected {what} to be a single integer value or a list of {n} values to match the "
            f"convolution dimensions, but got {what}={list(value)}"
        )
    return value


def reach(kernel: Sequence[int], dilation: Sequence[int]) -> Ints:
    """How far a window stretches, in elements."""
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation))


def counts(size: Sequence[int], kernel: Ints, stride: Ints, pads: Pads, dilation: Ints) -> Ints:
    """How many whole windows there are along each dimension."""
    spans = reach(kernel, dilation)
    return tuple(
        max((n + lo + hi - span) // s + 1, 0)
        for n, span, s, (lo, hi) in zip(size, spans, stride, pads)
    )


def pad(x, pads: Pads, value: float = 0):
    """x with its last dimensions padded; negative amounts crop."""
    if not any(lo or hi for lo, hi in pads):
        return x
    widths = [(0, 0, 0)] * (x.ndim - len(pads)) + [(lo, hi, 0) for lo, hi in pads]
    return lax.pad(x, jnp.asarray(value, x.dtype), widths)


def taps(x, kernel: Ints, stride: Ints, dilation: Ints, count: Ints) -> Iterator:
    """For each place in the window, in row order, that element of every window: (..., *count)."""
    lead = x.ndim - len(kernel)
    for place in itertools.product(*map(range, kernel)):
        start = [i * d for i, d in zip(place, dilation)]
        stop = [a + s * (n - 1) + 1 for a, s, n in zip(start, stride, count)]
        yield lax.slice(x, [0] * lead + start, [*x.shape[:lead], *stop], [1] * lead + list(stride))
