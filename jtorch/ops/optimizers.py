"""What one optimizer step computes: each op here is the whole update of a group of parameters, so
that a step is one node of the graph. Built from optax's transforms, applied parameter by parameter
because torch counts steps per parameter. Knows nothing of param groups or state dicts.

Every op takes parallel lists of parameters, gradients and state and returns the new parameters
followed by the new state, in the order of its arguments. What can change from step to step
(learning rates, decay rates, step counts) is an input; only the structure of the update is static.
Where all parameters have come the same number of steps, `steps` holds that one count.
The gradient of an update is there for `differentiable=True`; elsewhere nothing is on the tape.
"""

from __future__ import annotations

import jax.numpy as jnp
import optax
from jax import lax

from ._declare import op
from ._types import Number, Tensor
from ._updates import Precision, apply, columns, descent, each, weak


@op(variants="", raw=True)
def sgd(
    params: list[Tensor],
    grads: list[Tensor],
    momenta: list[Tensor],
    lr: Tensor | Number,
    dampened: Tensor | None,
    momentum: Number,
    weight_decay: Tensor | Number,
    decays: bool,
    nesterov: bool,
    maximize: bool,
    first: bool = False,
):
    """`momenta` is empty without momentum, and zeros for a parameter's first step. `dampened` is
    what each gradient is scaled by before it enters its buffer, float64 (len(params),): 1 at a
    first step, 1 - dampening later; None where dampening is 0. With `first`, buffers are filled as
    torch does it on the tape: no gradient goes through what they start with.
    """
    lr, momentum, weight_decay = map(weak, (lr, momentum, weight_decay))
    new_params, new_momenta = [], []
    for i, (p, g) in enumerate(zip(params, grads)):
        at = Precision(p)
        x, g = at.open(p), descent(at.open(g), maximize)
        if decays:
            g = g + weight_decay * x
        if momenta:
            if dampened is not None:
                g = g * weak(dampened[i])
            if first:
                start = lax.stop_gradient(g)
                new_momenta.append(at.close(start))
                new_params.append(at.close(x - lr * (g + momentum * start if nesterov else start)))
                continue
            trace = optax.trace(momentum, nesterov)
            g, state = apply(trace, g, optax.TraceState(at.open(momenta[i])))
            new_momenta.append(at.close(state.trace))
        new_params.append(at.close(x - lr * g))
    return (*new_params, *new_momenta)


@op(variants="", raw=True)
def adam(
    params: list[Tensor],
    grads: list[Tensor],
    exp_avgs: list[Tensor],
    exp_avg_sqs: list[Tensor],
    max_exp_avg_sqs: list[Tensor],
    steps: list[Tensor],
    lr: Tensor | Number,
    beta1: Tensor | Number,
    beta2: Tensor | Number,
    eps: Number,
    weight_decay: Number,
    decays: bool,
    decoupled: bool,
    maximize: bool,
):
    """`max_exp_avg_sqs` is empty without amsgrad."""
    lr, beta1, beta2, eps, weight_decay = map(weak, (lr, beta1, beta2, eps, weight_decay))
    rule = optax.scale_by_adam(beta1, beta2, eps)
    results = []
    rows = zip(params, grads, exp_avgs, exp_avg_sqs, each(steps, params))
    for i, (p, g, m, v, step) in enumerate(rows):
        at = Precision(p)
        x, g = at.open(p), descent(at.open(g), maximize)
        if decays and not decoupled:
            g = g + weight_decay * x
        count = step.astype(jnp.int32)
        m, v = at.open(m), at.open(v)
        if max_exp_avg_sqs:
            largest = at.open(max_exp_avg_sqs[i])
            update, m, v, largest = _amsgrad(g, m, v, largest, count + 1, beta1, beta2, eps)
            rest = (at.close(largest), step + 1)
        else:
            update, state = apply(rule, g, optax.ScaleByAdamState(count, m, v))
            m, v, rest = state.mu, state.nu, (step + 1,)
        if decays and decoupled:
            update = update + weight_decay * x
        results.append((at.close(x - lr * update), at.close(m), at.close(v), *rest))
    return columns(results, len(steps))


def _amsgrad(g, m, v, largest, count, beta1, beta2, eps):
    """torch keeps the largest second moment before its bias correction, optax after it."""
    m = optax.tree.update_moment(g, m, beta1, 1)
    v = optax.tree.update_moment(g, v, beta2, 2)
    largest = jnp.maximum(largest, v)
    root = jnp.sqrt(optax.tree.bias_correction(largest, beta2, count))
    return optax.tree.bias_correction(m, beta1, count) / (root + eps), m, v, largest


@op(variants="", raw=True)
def rmsprop(
    params: list[Tensor],
    grads: list[Tensor],
    square_avgs: list[Tensor],
    grad_avgs: list[Tensor],
    momenta: list[Tensor],
    steps: list[Tensor],
    lr: Tensor | Number,
    alpha: Number,
    eps: Number,
    weight_decay: Number,
    momentum: Number,
    decays: bool,
    maximize: bool,
):
    """`grad_avgs` is empty unless centered, `momenta` without momentum."""
    lr, alpha, eps, weight_decay = map(weak, (lr, alpha, eps, weight_decay))
    centered = optax.scale_by_stddev(alpha, eps, eps_in_sqrt=False)
    plain = optax.scale_by_rms(alpha, eps, eps_in_sqrt=False)
    trace = optax.trace(weak(momentum))
    results = []
    for i, (p, g, square, step) in enumerate(zip(params, grads, square_avgs, each(steps, params))):
        at = Precision(p)
        x, g = at.open(p), descent(at.open(g), maximize)
        if decays:
            g = g + weight_decay * x
        rest = []
        if grad_avgs:
            state = optax.ScaleByRStdDevState(at.open(grad_avgs[i]), at.open(square))
            g, state = apply(centered, g, state)
            rest.append(at.close(state.mu))
        else:
            g, state = apply(plain, g, optax.ScaleByRmsState(at.open(square)))
        square = state.nu
        if momenta:
            g, state = apply(trace, g, optax.TraceState(at.open(momenta[i])))
            rest.append(at.close(state.trace))
        results.append((at.close(x - lr * g), at.close(square), *rest, step + 1))
    return columns(results, len(steps))


@op(variants="", raw=True)
def adagrad(
    params: list[Tensor],
    grads: list[Tensor],
    sums: list[Tensor],
    steps: list[Tensor],
    lr: Tensor | Number,
    lr_decay: Number,
    eps: Number,
    weight_decay: Number,
    decays: bool,
    maximize: bool,
):
    """optax's scale_by_rss has eps inside the root; torch adds it to the root."""
    lr, lr_decay, eps, weight_decay = map(weak, (lr, lr_decay, eps, weight_decay))
    results = []
    for p, g, total, step in zip(params, grads, sums, each(steps, params)):
        at = Precision(p)
        x, g = at.open(p), descent(at.open(g), maximize)
        if decays:
            g = g + weight_decay * x
        total = at.open(total) + g * g
        rate = lr / (1 + weak(step.astype(jnp.float64)) * lr_decay)
        x = x - rate * (g / (jnp.sqrt(total) + eps))
        results.append((at.close(x), at.close(total), step + 1))
    return columns(results, len(steps))
