"""Bessel functions of orders 0 and 1 and the Airy function, for real arguments and without
derivatives, as torch has them. Near the origin a function is its logarithm, pole and zeros times a
smooth factor, far from it a wave or an exponential times a smooth factor; the smooth factors are
the Chebyshev series of _chebyshev.py. References are to the DLMF, https://dlmf.nist.gov.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import lax

from . import _chebyshev as tables
from ._declare import Promote, pointwise
from ._numeric import require_single
from ._types import Tensor

TWO_OVER_PI = 2 / math.pi
SQUARED_ZEROS = (  # of J0 and J1, the first two each (DLMF 10.21)
    (5.783185962946785, 30.471262343662087),
    (14.681970642123893, 49.21845632169460),
)


def bessel(fn: Callable) -> Any:
    """Declare a function of torch.special that takes real numbers only and has no derivative."""

    @functools.wraps(fn)
    def body(**arguments):
        require_single(f"{fn.__name__}_cpu", *arguments.values())
        return fn(**arguments)

    declare = pointwise(
        Promote.INT_TO_FLOAT, variants="fo", namespace="special", differentiable=False
    )
    return declare(body)


def series(coefficients: tuple[float, ...], t):
    """A Chebyshev series at t in [-1, 1], by Clenshaw's recurrence (DLMF 3.11.15)."""
    after, last = jnp.zeros_like(t), jnp.zeros_like(t)
    for c in reversed(coefficients[1:]):
        after, last = last, c + 2 * t * last - after
    return coefficients[0] + t * last - after


# -- first and second kind


def _first_near(order: int, x):
    """J for |x| <= 5."""
    z = jnp.minimum(x * x, 25)
    one, two = SQUARED_ZEROS[order]
    smooth = series((tables.J0, tables.J1)[order], z / 12.5 - 1)
    return (z - one) * (z - two) * smooth * (x if order else 1)


def _far(order: int, x, wave: Callable):
    """Hankel's expansions (DLMF 10.17.3 and 10.17.4) for x > 5."""
    w = 5 / jnp.maximum(x, 5)
    t = 2 * w * w - 1
    p = series((tables.P0, tables.P1)[order], t)
    q = series((tables.Q0, tables.Q1)[order], t)
    angle = x - (2 * order + 1) * (math.pi / 4)
    return wave(p, w * q, angle) * jnp.sqrt(TWO_OVER_PI / x)


def _first(order: int, x):
    size = jnp.abs(x)
    far = _far(order, size, lambda p, q, a: p * jnp.cos(a) - q * jnp.sin(a))
    return jnp.where(size <= 5, _first_near(order, x), far * jnp.sign(x) if order else far)


def _second(order: int, x):
    inside = jnp.clip(x, 0, 5)
    smooth = series((tables.Y0, tables.Y1)[order], inside * inside / 12.5 - 1)
    rest = _first_near(order, inside) * jnp.log(inside) - (1 / inside if order else 0)
    near = smooth * (inside if order else 1) + TWO_OVER_PI * rest
    far = _far(order, x, lambda p, q, a: p * jnp.sin(a) + q * jnp.cos(a))
    value = jnp.where(x <= 5, near, far)
    return jnp.where(x == 0, -jnp.inf, jnp.where(x < 0, jnp.nan, value))


@bessel
def bessel_j0(input: Tensor):
    return _first(0, input)


@bessel
def bessel_j1(input: Tensor):
    return _first(1, input)


@bessel
def bessel_y0(input: Tensor):
    return _second(0, input)


@bessel
def bessel_y1(input: Tensor):
    return _second(1, input)


@bessel
def spherical_bessel_j0(x: Tensor):
    """sin(x) / x (DLMF 10.49.3), 0 at infinity."""
    value = jnp.sin(x) / jnp.where(x == 0, 1, x)
    return jnp.where(x == 0, 1, jnp.where(jnp.isinf(x), 0, value)).astype(x.dtype)


# -- modified


def _modified_third(order: int, x, scaled: bool):
    """K, times exp(x) if scaled."""
    inside = jnp.clip(x, 0, 2)
    log = jnp.log(inside / 2)
    smooth = series((tables.K0, tables.K1)[order], inside * inside / 2 - 1)
    if order:
        near = 1 / inside + inside * smooth + log * _modified_first(1, inside)
    else:
        near = smooth - log * _modified_first(0, inside)
    outside = jnp.maximum(x, 2)
    far = series((tables.K0_FAR, tables.K1_FAR)[order], 4 / outside - 1) / jnp.sqrt(outside)
    far = far if scaled else jnp.exp(-outside) * far
    value = jnp.where(x <= 2, near * jnp.exp(inside) if scaled else near, far)
    return jnp.where(x == 0, jnp.inf, jnp.where(x < 0, jnp.nan, value))


def _modified_first(order: int, x):
    scaled = lax.bessel_i1e(x) if order else lax.bessel_i0e(x)
    return scaled * jnp.exp(jnp.abs(x))


@bessel
def modified_bessel_i0(input: Tensor):
    return _modified_first(0, input)


@bessel
def modified_bessel_i1(input: Tensor):
    return _modified_first(1, input)


@bessel
def modified_bessel_k0(input: Tensor):
    return _modified_third(0, input, False)


@bessel
def modified_bessel_k1(input: Tensor):
    return _modified_third(1, input, False)


@bessel
def scaled_modified_bessel_k0(x: Tensor):
    """exp(x) modified_bessel_k0(x)."""
    return _modified_third(0, x, True)


@bessel
def scaled_modified_bessel_k1(x: Tensor):
    """exp(x) modified_bessel_k1(x)."""
    return _modified_third(1, x, True)


# -- Airy


@bessel
def airy_ai(x: Tensor):
    """Ai(x); nan at infinities and 0 from 103.892 on, as in torch."""
    near = series(tables.AI, (2 * jnp.clip(x, -5, 2) + 3) / 7)
    positive = jnp.maximum(x, 2)
    zeta = positive * jnp.sqrt(positive) * (2 / 3)
    smooth = series(tables.AI_FAR, 2 * _zeta_at(2) / zeta - 1)
    right = jnp.exp(-zeta) * smooth / (2 * math.sqrt(math.pi) * jnp.sqrt(jnp.sqrt(positive)))
    negative = jnp.maximum(-x, 5)
    zeta = negative * jnp.sqrt(negative) * (2 / 3)
    t = 2 * (_zeta_at(5) / zeta) ** 2 - 1
    f, g, angle = series(tables.AI_F, t), series(tables.AI_G, t) / zeta, zeta - math.pi / 4
    left = (f * jnp.cos(angle) + g * jnp.sin(angle)) / jnp.sqrt(math.pi * jnp.sqrt(negative))
    value = jnp.where(x < -5, left, jnp.where(x > 2, right, near))
    return jnp.where(jnp.isinf(x), jnp.nan, jnp.where(x > 103.892, 0, value))


def _zeta_at(x: float) -> float:
    return 2 / 3 * x**1.5
