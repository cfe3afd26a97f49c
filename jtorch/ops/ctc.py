"""Connectionist temporal classification: the probability of a label sequence over its alignments,
by the forward recursion over time. Lengths are data; only the padded sizes are part of the program.
"""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax import lax

from ._declare import op
from ._numeric import require
from ._types import Tensor

# The log-probability of the impossible. Not -inf: differences of two of those are nan in gradients.
_NEVER = -1e30


@op(variants="", name="ctc_loss", residuals=True)
def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor,
    target_lengths: Tensor,
    blank: int,
    zero_infinity: bool,
):
    """(T, N, C), (N, S), (N), (N) -> (N): minus the log-probability of each target."""
    require("ctc_loss_cpu", "f", log_probs)
    if not 0 <= blank < log_probs.shape[2]:
        raise RuntimeError("blank must be in label range")
    lengths = (input_lengths, target_lengths)
    loss = _loss(log_probs, targets.astype(jnp.int32), *lengths, blank)
    if zero_infinity:
        loss = jnp.where(jnp.isinf(loss), jnp.zeros_like(loss), loss)  # pyright: ignore[reportArgumentType]
    return loss


@functools.partial(jax.custom_vjp, nondiff_argnums=(4,))
def _loss(log_probs, targets, input_lengths, target_lengths, blank: int):
    return _alignments(log_probs, targets, input_lengths, target_lengths, blank)


def _forward(log_probs, targets, input_lengths, target_lengths, blank: int):
    value, pull = jax.vjp(
        lambda x: _alignments(x, targets, input_lengths, target_lengths, blank), log_probs
    )
    return value, (log_probs, pull(jnp.ones_like(value))[0], value, input_lengths)


def _backward(blank: int, kept, upstream):
    """torch's gradient is the one for inputs that are a log_softmax: exp(x) minus the posterior,
    within each input's length. Impossible targets have nan, or 0 if they do not count."""
    log_probs, slope, value, input_lengths = kept
    inside = (jnp.arange(log_probs.shape[0])[:, None] < input_lengths)[..., None]
    grad = jnp.where(inside, jnp.exp(log_probs) + slope, 0)
    grad = jnp.where(inside & jnp.isinf(value)[:, None], jnp.nan, grad)
    weight = upstream[:, None]
    grad = jnp.where(weight == 0, 0, grad * weight).astype(log_probs.dtype)
    return grad, None, None, None


_loss.defvjp(_forward, _backward)


def _alignments(log_probs, targets, input_lengths, target_lengths, blank: int):
    """Labels with a blank before, between and after; alpha[n, s] is the log-probability of having
    come to position s of sample n."""
    steps, batch, _ = log_probs.shape
    labels = jnp.full((batch, 2 * targets.shape[1] + 1), blank, targets.dtype)
    labels = labels.at[:, 1::2].set(targets)
    # A label may follow the one before it without a blank between them, unless they are equal.
    skips = (labels != blank) & (labels != jnp.roll(labels, 2, 1))
    skips = skips & (jnp.arange(labels.shape[1]) >= 2)
    never = jnp.asarray(_NEVER, log_probs.dtype)
    emitted = jnp.take_along_axis(log_probs, jnp.broadcast_to(labels, (steps, *labels.shape)), 2)
    starts = jnp.arange(labels.shape[1]) < jnp.where(target_lengths > 0, 2, 1)[:, None]
    alpha = jnp.where(starts, emitted[0], never)

    def step(alpha, given):
        t, emit = given
        stay = jnp.logaddexp(alpha, _moved(alpha, 1, never))
        reached = jnp.logaddexp(stay, jnp.where(skips, _moved(alpha, 2, never), never))
        return jnp.where((t < input_lengths)[:, None], reached + emit, alpha), None

    alpha, _ = lax.scan(step, alpha, (jnp.arange(1, steps), emitted[1:]))
    last = (2 * target_lengths)[:, None]
    end = jnp.take_along_axis(alpha, last, 1)[:, 0]
    label = jnp.take_along_axis(alpha, jnp.maximum(last - 1, 0), 1)[:, 0]
    end = jnp.logaddexp(end, jnp.where(target_lengths > 0, label, never))
    # No time steps: only the empty target is possible.
    empty = jnp.where(target_lengths > 0, never, jnp.zeros_like(never))
    end = jnp.where(input_lengths > 0, end, empty)
    return jnp.where(end < _NEVER / 2, jnp.inf, -end)


def _moved(alpha, by: int, fill):
    """alpha of the position `by` places earlier."""
    return jnp.pad(alpha, ((0, 0), (by, 0)), constant_values=fill)[:, :-by]
