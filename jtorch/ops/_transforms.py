"""Update rules that optax has not, or has otherwise than torch, written as optax's are: functions
that return a `GradientTransformation`, to be chained with optax's. They know nothing of tensors.
Where a rule's step depends on its learning rate in no simple way, the learning rate is part of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from ._updates import weak


def per_leaf(start: Callable, step: Callable) -> optax.GradientTransformation:
    """A transformation of trees from one of arrays: `start(x)` is the state of a parameter,
    `step(g, state, x)` its update and new state.
    """

    def init(params):
        return jax.tree.map(start, params)

    def update(updates, state, params=None):
        leaves, tree = jax.tree.flatten(updates)
        states = tree.flatten_up_to(state)
        xs = leaves if params is None else tree.flatten_up_to(params)
        new, states = zip(*map(step, leaves, states, xs)) if leaves else ((), ())
        return tree.unflatten(new), tree.unflatten(states)

    return optax.GradientTransformation(init, update)


class NadamState(NamedTuple):
    count: Any
    mu_product: Any
    mu: Any
    nu: Any


def scale_by_nadam(b1=0.9, b2=0.999, eps=1e-8, momentum_decay=4e-3):
    """Adam with Nesterov momentum that warms up; optax's nesterov form has constant momentum."""

    def start(x):
        return NadamState(jnp.int32(0), jnp.float32(1), jnp.zeros_like(x), jnp.zeros_like(x))

    def momentum(count):
        return b1 * (1 - 0.5 * 0.96 ** (count * momentum_decay))

    def step(g, state, x):
        count = state.count + 1
        now, following = momentum(count), momentum(count + 1)
        product = state.mu_product * now
        mu = optax.tree.update_moment(g, state.mu, b1, 1)
        nu = optax.tree.update_moment(g, state.nu, b2, 2)
        scale = jnp.sqrt(optax.tree.bias_correction(nu, b2, count)) + eps
        update = (1 - now) / (1 - weak(product)) * (g / scale)
        update = update + following / (1 - weak(product) * following) * (mu / scale)
        return update, NadamState(count, product, mu, nu)

    return per_leaf(start, step)


def scale_by_radam(b1=0.9, b2=0.999, eps=1e-8):
    """Rectified Adam with eps before the correction of bias. The gradient of optax's is NaN as long
    as it does not rectify.
    """

    def start(x):
        return optax.ScaleByAdamState(jnp.int32(0), jnp.zeros_like(x), jnp.zeros_like(x))

    def step(g, state, x):
        count = state.count + 1
        mu = optax.tree.update_moment(g, state.mu, b1, 1)
        nu = optax.tree.update_moment(g, state.nu, b2, 2)
        decayed, most = b2 ** weak(count), 2 / (1 - b2) - 1
        length = most - 2 * weak(count) * decayed / (1 - decayed)
        rectified = length > 5
        safe = jnp.where(rectified, length, 5.0)
        share = (safe - 4) * (safe - 2) * most / ((most - 4) * (most - 2) * safe)
        scale = jnp.sqrt(share * (1 - decayed)).astype(g.dtype) / (jnp.sqrt(nu) + eps)
        mean = optax.tree.bias_correction(mu, b1, count)
        update = jnp.where(rectified, mean * scale, mean)
        return update, optax.ScaleByAdamState(count, mu, nu)

    return per_leaf(start, step)


class RpropState(NamedTuple):
    prev: Any
    step_size: Any


def rprop(learning_rate=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50.0)):
    """Remembers gradients, where optax's remembers updates; `learning_rate` is the first step."""
    less, more = etas

    def start(x):
        return RpropState(jnp.zeros_like(x), jnp.full_like(x, learning_rate))

    def step(g, state, x):
        turn = g * state.prev
        factor = jnp.where(turn > 0, more, jnp.where(turn < 0, less, 1.0)).astype(g.dtype)
        size = jnp.clip(state.step_size * factor, *step_sizes)
        g = jnp.where(turn < 0, jnp.zeros_like(g), g)
        return -jnp.sign(g) * size, RpropState(g, size)

    return per_leaf(start, step)


class AsgdState(NamedTuple):
    count: Any
    eta: Any
    mu: Any
    ax: Any


def asgd(learning_rate=1e-2, lambd=1e-4, alpha=0.75, t0=1e6):
    """Averaged stochastic gradient descent: `ax` is the average of the parameters from t0 on."""

    def start(x):
        eta = jnp.asarray(learning_rate, jnp.float32)
        return AsgdState(jnp.int32(0), eta, jnp.float32(1), jnp.zeros_like(x))

    def step(g, state, x):
        count = state.count + 1
        eta, mu = weak(state.eta), weak(state.mu)
        new = x * (1 - lambd * eta) - eta * g
        ax = jnp.where(state.mu == 1, new, state.ax + (new - state.ax) * mu)
        eta = learning_rate / (1 + lambd * learning_rate * count) ** alpha
        mu = 1 / jnp.maximum(1.0, count - t0)
        return new - x, AsgdState(count, _as(eta, state.eta), _as(mu, state.mu), ax)

    return per_leaf(start, step)


class AdafactorState(NamedTuple):
    count: Any
    row_var: Any  # of a vector or a number: the variance of each element, and no columns
    col_var: Any


def adafactor(learning_rate=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0, weight_decay=0.0):
    """Second moments as the outer product of rows and columns; steps relative to the parameter."""
    eps1, eps2 = eps

    def start(x):
        if x.ndim < 2:
            return AdafactorState(jnp.int32(0), jnp.zeros_like(x), None)
        rows, columns = jnp.zeros_like(x[..., :1]), jnp.zeros_like(x[..., :1, :])
        return AdafactorState(jnp.int32(0), rows, columns)

    def step(g, state, x):
        count, least = state.count + 1, jnp.finfo(g.dtype).eps if eps1 is None else eps1
        time = weak(count)
        weight = time**beta2_decay
        rate = jnp.minimum(learning_rate, 1 / jnp.sqrt(time))
        rate = jnp.maximum(eps2, weak(_rms(x))) * rate
        rows, columns, squares = state.row_var, state.col_var, g * g
        if columns is None:
            rows = variance = _lerp(rows, squares, weight)
        else:
            rows = _lerp(rows, squares.mean(-1, keepdims=True), weight)
            columns = _lerp(columns, squares.mean(-2, keepdims=True), weight)
            variance = rows * columns / jnp.maximum(rows.mean(-2, keepdims=True), least)
        update = g / jnp.sqrt(jnp.maximum(variance, least * least))
        clipped = jnp.maximum(1.0, weak(_rms(update)) / d)
        update = -(rate / clipped) * update - learning_rate * weight_decay * x
        return update, AdafactorState(count, rows, columns)

    return per_leaf(start, step)


class MuonState(NamedTuple):
    momentum_buffer: Any


def scale_by_muon(momentum=0.95, nesterov=True, coefficients=(), eps=1e-7, ns_steps=5):
    """The momentum made orthogonal; in bfloat16, rounded where torch rounds."""

    def start(x):
        return MuonState(jnp.zeros_like(x))

    def step(g, state, x):
        buffer = _lerp(state.momentum_buffer, g, 1 - momentum)
        update = _lerp(g, buffer, momentum) if nesterov else buffer
        return orthogonal(update, coefficients, eps, ns_steps), MuonState(buffer)

    return per_leaf(start, step)


def orthogonal(x, coefficients, eps, steps: int):
    """About the orthogonal matrix nearest to x (singular values from 0.5 to 1.5), by a quintic
    Newton-Schulz iteration. optax's keeps x's precision.
    """
    a, b, c = coefficients
    tall = x.shape[0] > x.shape[1]
    y = _rounded(x.T if tall else x)
    y = _rounded(y / jnp.maximum(_rounded(jnp.sqrt((y * y).sum())), eps))

    def iterate(_, y):
        gram = _rounded(y @ y.T)
        poly = _rounded(b * gram + c * (gram @ gram))
        return _rounded(a * y + poly @ y)

    y = jax.lax.fori_loop(0, steps, iterate, y)
    return (y.T if tall else y).astype(x.dtype)


def _rounded(x):
    """To the numbers that bfloat16 has, kept in float32."""
    return jax.lax.reduce_precision(x.astype(jnp.float32), 8, 7)


def _lerp(start, end, weight):
    return start + weight * (end - start)


def _rms(x):
    return jnp.sqrt((x * x).sum()) / max(x.size, 1) ** 0.5


def _as(x, like):
    return jnp.asarray(x).astype(like.dtype)
