"""The orthogonal polynomials of torch.special: Chebyshev of four kinds, plain and shifted to
[0, 1], Hermite, Laguerre and Legendre. By their recurrences in the degree (DLMF 18.9), which may
differ from element to element; Chebyshev ones of high degree by their trigonometric forms
(DLMF 18.5). They have no derivatives in torch.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import lax

from ._declare import Promote, pointwise
from ._numeric import operands, require_single
from ._types import Number, Tensor


def polynomial(fn: Callable) -> Any:
    """Declare a function of torch.special of x and a degree n, which is rounded towards 0; below
    0 it gives 0.
    """

    @functools.wraps(fn)
    def body(x, n):
        x, degree = operands(x, n)
        require_single(f"{fn.__name__}_cpu", x)
        x, degree = jnp.broadcast_arrays(x, degree.astype(jnp.int64))
        return jnp.where(degree < 0, 0, fn(x, degree)).astype(x.dtype)

    declare = pointwise(
        Promote.INT_TO_FLOAT, variants="fo", namespace="special", differentiable=False
    )
    return declare(body)


def recur(x, n, first, step: Callable):
    """P_n from P_0 = 1, P_1 = first and P_k+1 = step(k, P_k, P_k-1); n differs by element."""

    def advance(k, state):
        before, last = state
        further = step(k.astype(x.dtype), last, before)
        live = k < n
        return jnp.where(live, last, before), jnp.where(live, further, last)

    start = (jnp.ones_like(x), first.astype(x.dtype))
    highest = jnp.max(n, initial=0)
    _, last = lax.fori_loop(jnp.ones_like(highest), highest, advance, start)
    return jnp.where(n == 0, 1, last)


def _alternating(n):
    return jnp.where(n % 2 == 0, 1, -1)


def _chebyshev(x, n, first, waves: Callable, degree: int, ends: tuple):
    """By the recurrence up to `degree` and outside of (-1, 1); `ends`: values at 1 and -1."""
    high = (n > degree) & (jnp.abs(x) < 1)
    value = recur(x, jnp.where(high, 0, n), first, lambda k, last, before: 2 * x * last - before)
    angle = jnp.arccos(jnp.clip(x, -1, 1))
    value = jnp.where(high, waves(angle, n.astype(x.dtype)), value)
    return jnp.where(x == 1, ends[0], jnp.where(x == -1, ends[1], value))


def _first_kind(x, n):
    return _chebyshev(x, n, x, lambda a, n: jnp.cos(n * a), 6, (1, _alternating(n)))


def _second_kind(x, n):
    def waves(a, n):
        return jnp.sin((n + 1) * a) / jnp.sin(a)

    return _chebyshev(x, n, 2 * x, waves, 8, (n + 1, _alternating(n) * (n + 1)))


def _third_kind(x, n):
    def waves(a, n):
        return jnp.cos((n + 0.5) * a) / jnp.cos(a / 2)

    return _chebyshev(x, n, 2 * x - 1, waves, 8, (1, _alternating(n) * (2 * n + 1)))


def _fourth_kind(x, n):
    def waves(a, n):
        return jnp.sin((n + 0.5) * a) / jnp.sin(a / 2)

    return _chebyshev(x, n, 2 * x + 1, waves, 8, (2 * n + 1, _alternating(n)))


@polynomial
def chebyshev_polynomial_t(x: Tensor | Number, n: Tensor | Number):
    return _first_kind(x, n)


@polynomial
def chebyshev_polynomial_u(x: Tensor | Number, n: Tensor | Number):
    return _second_kind(x, n)


@polynomial
def chebyshev_polynomial_v(x: Tensor | Number, n: Tensor | Number):
    return _third_kind(x, n)


@polynomial
def chebyshev_polynomial_w(x: Tensor | Number, n: Tensor | Number):
    return _fourth_kind(x, n)


@polynomial
def shifted_chebyshev_polynomial_t(x: Tensor | Number, n: Tensor | Number):
    return _first_kind(2 * x - 1, n)


@polynomial
def shifted_chebyshev_polynomial_u(x: Tensor | Number, n: Tensor | Number):
    return _second_kind(2 * x - 1, n)


@polynomial
def shifted_chebyshev_polynomial_v(x: Tensor | Number, n: Tensor | Number):
    return _third_kind(2 * x - 1, n)


@polynomial
def shifted_chebyshev_polynomial_w(x: Tensor | Number, n: Tensor | Number):
    return _fourth_kind(2 * x - 1, n)


def _bounded(x, n, value):
    """nan where torch gives up: beyond degree 128 of float32, 512 of float64."""
    return jnp.where(n > (128 if x.dtype.itemsize == 4 else 512), jnp.nan, value)


@polynomial
def hermite_polynomial_h(x: Tensor | Number, n: Tensor | Number):
    limit = jnp.minimum(n, 513)
    value = recur(x, limit, 2 * x, lambda k, last, before: 2 * x * last - 2 * k * before)
    return _bounded(x, n, value)


@polynomial
def hermite_polynomial_he(x: Tensor | Number, n: Tensor | Number):
    limit = jnp.minimum(n, 513)
    return _bounded(x, n, recur(x, limit, x, lambda k, last, before: x * last - k * before))


@polynomial
def laguerre_polynomial_l(x: Tensor | Number, n: Tensor | Number):
    def step(k, last, before):
        return ((2 * k + 1 - x) * last - k * before) / (k + 1)

    return jnp.where(x == 0, 1, recur(x, n, 1 - x, step))


@polynomial
def legendre_polynomial_p(x: Tensor | Number, n: Tensor | Number):
    def step(k, last, before):
        return ((2 * k + 1) * x * last - k * before) / (k + 1)

    ends = jnp.where(x > 0, 1, _alternating(n))
    return jnp.where(jnp.abs(x) == 1, ends, recur(x, n, x, step))
