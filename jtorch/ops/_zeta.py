"""The Hurwitz zeta function, which the derivatives of digamma are made of, also for arguments below
0, where jax's is only right close to it.
"""

from __future__ import annotations

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy import special as jsp


@jax.custom_jvp
def hurwitz(x, q):
    """The sum of (q + k) ** -x over k >= 0 (DLMF 25.11.1): its first terms until q + k is not
    negative, and from there on jax's. As in torch infinite at the poles 0, -1, -2, ... of q, and
    nan for other negative q unless x is an integer. No derivative with respect to x.
    """
    x, q = jnp.broadcast_arrays(x, q)
    count = jnp.where((q < 0) & (q > jnp.floor(q)), jnp.ceil(-q), 0)

    def add(k, total):
        k = k.astype(q.dtype)
        return total + jnp.where(k < count, jnp.power(q + k, -x), 0)

    terms = jnp.max(count, initial=0).astype(jnp.int32)
    value = lax.fori_loop(jnp.zeros_like(terms), terms, add, jnp.zeros_like(q))
    value = value + jsp.zeta(x, q + count)
    value = jnp.where((q <= 0) & (q == jnp.floor(q)), jnp.inf, value)
    value = jnp.where((q < 0) & (q > jnp.floor(q)) & (x != jnp.floor(x)), jnp.nan, value)
    value = jnp.where(jnp.isnan(q) | jnp.isnan(x) | (x < 1), jnp.nan, value)
    return jnp.where(x == 1, jnp.inf, value)


@hurwitz.defjvp
def _(primals, tangents):
    x, q = primals
    return hurwitz(x, q), -x * hurwitz(x + 1, q) * tangents[1]


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def polygamma(n: int, x):
    """The n-th derivative of digamma for n >= 1 (DLMF 5.15.1 and 25.11.12)."""
    factor = (-1) ** (n + 1) * math.gamma(n + 1)
    return factor * hurwitz(jnp.asarray(n + 1, x.dtype), x)


@polygamma.defjvp
def _(n, primals, tangents):
    return polygamma(n, primals[0]), polygamma(n + 1, primals[0]) * tangents[0]
