"""Recurrent networks over a whole sequence, as scans of their step. The products of the inputs are
made for all steps before the scan, and those of the weights' gradients for all steps after it, so
that what repeats is one small product. The backward scan reads what the forward scan kept; jax's
own gradient of a scan would accumulate the weights' gradients in it, at twice the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from ._gradients import own_gradient


class Weights(NamedTuple):
    """What a step multiplies its state by: (gates, state), (gates) and (projected, hidden)."""

    hidden: Any
    bias: Any = None
    projection: Any = None


class Cell(NamedTuple):
    """A step and its gradient.

    forward(x, state, weights) -> (new state, kept), where x are the gates from the input
    backward(kept, old state, new state, gradient of the new state, weights)
        -> (gradient of the gates from the input, of those from the state, of the old state, rest)
    """

    forward: Callable
    backward: Callable


def _rnn_forward(activation: Callable) -> Callable:
    def forward(x, state, w: Weights):
        return (activation(x + state[0] @ w.hidden.T),), ()

    return forward


def _rnn_backward(slope: Callable) -> Callable:
    def backward(kept, old, new, grad, w: Weights):
        dz = grad[0] * slope(new[0])
        return dz, dz, (dz @ w.hidden,), ()

    return backward


def _lstm_forward(x, state, w: Weights):
    h, c = state
    i, f, g, o = jnp.split(x + h @ w.hidden.T, 4, -1)
    i, f, g, o = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(g), jax.nn.sigmoid(o)
    c = f * c + i * g
    h = o * jnp.tanh(c)
    h = h if w.projection is None else h @ w.projection.T
    return (h, c), (jnp.concatenate([i, f, g, o], -1),)


def _lstm_backward(kept, old, new, grad, w: Weights):
    (dh, dc), c = grad, new[1]
    i, f, g, o = jnp.split(kept[0], 4, -1)
    bent = jnp.tanh(c)
    rest = () if w.projection is None else (dh, o * bent)
    dh = dh if w.projection is None else dh @ w.projection
    dc = dc + dh * o * (1 - bent * bent)
    gates = [
        dc * g * i * (1 - i),
        dc * old[1] * f * (1 - f),
        dc * i * (1 - g * g),
        dh * bent * o * (1 - o),
    ]
    dz = jnp.concatenate(gates, -1)
    return dz, dz, (dz @ w.hidden, dc * f), rest


def _gru_forward(x, state, w: Weights):
    (h,) = state
    own = h @ w.hidden.T
    own = own if w.bias is None else own + w.bias
    (xr, xz, xn), (r, z, n) = jnp.split(x, 3, -1), jnp.split(own, 3, -1)
    r, z = jax.nn.sigmoid(xr + r), jax.nn.sigmoid(xz + z)
    new = jnp.tanh(xn + r * n)
    return ((h - new) * z + new,), (jnp.concatenate([r, z, new, n], -1),)


def _gru_backward(kept, old, new, grad, w: Weights):
    (dh,), (h,) = grad, old
    r, z, new_gate, n = jnp.split(kept[0], 4, -1)
    dn = dh * (1 - z) * (1 - new_gate * new_gate)
    dr = dn * n * r * (1 - r)
    dz = dh * (h - new_gate) * z * (1 - z)
    of_state = jnp.concatenate([dr, dz, dn * r], -1)
    return jnp.concatenate([dr, dz, dn], -1), of_state, (dh * z + of_state @ w.hidden,), ()


CELLS = {
    "rnn_tanh": Cell(_rnn_forward(jnp.tanh), _rnn_backward(lambda h: 1 - h * h)),
    "rnn_relu": Cell(
        _rnn_forward(lambda x: jnp.where(x > 0, x, jnp.zeros_like(x))),
        _rnn_backward(lambda h: (h > 0).astype(h.dtype)),
    ),
    "lstm": Cell(_lstm_forward, _lstm_backward),
    "gru": Cell(_gru_forward, _gru_backward),
}


# -- over time


@own_gradient(0, 1)
def recurrence(kind: str, reverse: bool, x, state, weights: Weights, inside) -> Any:
    """x (T, B, gates) and state, a tuple of (B, n) -> all first states (T, B, n), the last state.
    Where `inside` (T, B) is False, the state stays as it is; None means everywhere inside.
    """
    return _forward(kind, reverse, x, state, weights, inside)[0]


def _forward(kind, reverse, x, state, weights, inside):
    cell = CELLS[kind]

    def step(state, given):
        x, inside = given
        new, kept = cell.forward(x, state, weights)
        new = _where(inside, new, state)
        return new, (new, kept)

    last, (states, kept) = lax.scan(step, state, (x, inside), reverse=reverse)
    return (states[0], last), (state, states, kept, weights, inside)


def _backward(kind, reverse, saved, grads):
    cell = CELLS[kind]
    first, states, kept, weights, inside = saved
    d_outputs, d_last = grads
    before = tuple(_shifted(a, s, reverse) for a, s in zip(first, states))

    def step(grad, given):
        d_output, kept, old, new, inside = given
        grad = (grad[0] + d_output, *grad[1:])
        d_x, d_own, d_old, rest = cell.backward(kept, old, new, grad, weights)
        if inside is not None:
            d_x, d_own, *rest = _where(inside, (d_x, d_own, *rest), None)
            d_old = _where(inside, d_old, grad)
        return d_old, (d_x, d_own, tuple(rest))

    given = (d_outputs, kept, before, states, inside)
    d_first, (d_x, d_own, rest) = lax.scan(step, d_last, given, reverse=not reverse)
    d_weights = Weights(
        jnp.einsum("tbg,tbh->gh", d_own, before[0]),
        None if weights.bias is None else jnp.sum(d_own, (0, 1)),
        jnp.einsum("tbp,tbh->ph", *rest) if rest else None,
    )
    return d_x, d_first, d_weights, None


recurrence.defvjp(_forward, _backward)


def _shifted(first, states, reverse: bool):
    """The state before each step."""
    if reverse:
        return jnp.concatenate([states[1:], first[None]])
    return jnp.concatenate([first[None], states[:-1]])


def _where(inside, new, old):
    """new where inside, else old; zeros if there is no old."""
    if inside is None:
        return new
    old = [jnp.zeros_like(n) for n in new] if old is None else old
    return tuple(jnp.where(inside[:, None], n, o) for n, o in zip(new, old))
