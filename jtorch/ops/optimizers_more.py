"""What one step computes, continued from `optimizers.py`: rules with one shape for all parameters,
each an optax transform (or one of ours, `_transforms.py`) given what torch's arguments mean.
"""

from __future__ import annotations

import jax.numpy as jnp
import optax

from . import _transforms
from ._declare import op
from ._types import Number, Tensor
from ._updates import Precision, apply, by_parameter, columns, descent, each, weak


@op(variants="", raw=True)
def adadelta(
    params: list[Tensor],
    grads: list[Tensor],
    square_avgs: list[Tensor],
    acc_deltas: list[Tensor],
    steps: list[Tensor],
    lr: Tensor | Number,
    rho: Number,
    eps: Number,
    weight_decay: Number,
    decays: bool,
    maximize: bool,
):
    lr, rho, eps, weight_decay = map(weak, (lr, rho, eps, weight_decay))
    rule = optax.scale_by_adadelta(rho, eps)

    def update(x, g, state, numbers, step):
        g = g + weight_decay * x if decays else g
        g, (square, delta) = apply(rule, g, optax.ScaleByAdaDeltaState(*state))
        return x - lr * g, (square, delta), ()

    return by_parameter(update, params, grads, (square_avgs, acc_deltas), (), steps, maximize)


@op(variants="", raw=True)
def adamax(
    params: list[Tensor],
    grads: list[Tensor],
    exp_avgs: list[Tensor],
    exp_infs: list[Tensor],
    steps: list[Tensor],
    lr: Tensor | Number,
    beta1: Number,
    beta2: Number,
    eps: Number,
    weight_decay: Number,
    decays: bool,
    maximize: bool,
):
    lr, beta1, beta2, eps, weight_decay = map(weak, (lr, beta1, beta2, eps, weight_decay))
    rule = optax.scale_by_adamax(beta1, beta2, eps)

    def update(x, g, state, numbers, step):
        g = g + weight_decay * x if decays else g
        g, (_, mu, nu) = apply(rule, g, optax.ScaleByAdamState(step, *state))
        return x - lr * g, (mu, nu), ()

    return by_parameter(update, params, grads, (exp_avgs, exp_infs), (), steps, maximize)


@op(variants="", raw=True)
def radam(
    params: list[Tensor],
    grads: list[Tensor],
    exp_avgs: list[Tensor],
    exp_avg_sqs: list[Tensor],
    steps: list[Tensor],
    lr: Tensor | Number,
    beta1: Number,
    beta2: Number,
    eps: Number,
    weight_decay: Number,
    decays: bool,
    decoupled: bool,
    maximize: bool,
):
    lr, beta1, beta2, eps, weight_decay = map(weak, (lr, beta1, beta2, eps, weight_decay))

    rule = _transforms.scale_by_radam(beta1, beta2, eps)

    def update(x, g, state, numbers, step):
        x, g = _decayed(x, g, lr, weight_decay, decays, decoupled)
        g, (_, mu, nu) = apply(rule, g, optax.ScaleByAdamState(step, *state))
        return x - lr * g, (mu, nu), ()

    return by_parameter(update, params, grads, (exp_avgs, exp_avg_sqs), (), steps, maximize)


@op(variants="", raw=True)
def nadam(
    params: list[Tensor],
    grads: list[Tensor],
    exp_avgs: list[Tensor],
    exp_avg_sqs: list[Tensor],
    mu_products: list[Tensor],
    steps: list[Tensor],
    lr: Tensor | Number,
    beta1: Number,
    beta2: Number,
    eps: Number,
    weight_decay: Number,
    momentum_decay: Number,
    decays: bool,
    decoupled: bool,
    maximize: bool,
):
    lr, beta1, beta2, eps, weight_decay = map(weak, (lr, beta1, beta2, eps, weight_decay))
    rule = _transforms.scale_by_nadam(beta1, beta2, eps, weak(momentum_decay))

    def update(x, g, state, numbers, step):
        x, g = _decayed(x, g, lr, weight_decay, decays, decoupled)
        old = _transforms.NadamState(step, *numbers, *state)
        g, (_, product, mu, nu) = apply(rule, g, old)
        return x - lr * g, (mu, nu), (product,)

    state = exp_avgs, exp_avg_sqs
    return by_parameter(update, params, grads, state, (mu_products,), steps, maximize)


def _decayed(x, g, lr, weight_decay, decays: bool, decoupled: bool):
    """A parameter and its gradient with weight decay in one or the other."""
    if not decays:
        return x, g
    return (x - lr * weight_decay * x, g) if decoupled else (x, g + weight_decay * x)


@op(variants="", raw=True)
def rprop(
    params: list[Tensor],
    grads: list[Tensor],
    prevs: list[Tensor],
    step_sizes: list[Tensor],
    steps: list[Tensor],
    less: Number,
    more: Number,
    smallest: Number,
    largest: Number,
    maximize: bool,
):
    less, more, smallest, largest = map(weak, (less, more, smallest, largest))
    rule = _transforms.rprop(etas=(less, more), step_sizes=(smallest, largest))

    def update(x, g, state, numbers, step):
        g, state = apply(rule, g, _transforms.RpropState(*state))
        return x + g, state, ()

    return by_parameter(update, params, grads, (prevs, step_sizes), (), steps, maximize)


@op(variants="", raw=True)
def asgd(
    params: list[Tensor],
    grads: list[Tensor],
    axs: list[Tensor],
    etas: list[Tensor],
    mus: list[Tensor],
    steps: list[Tensor],
    lr: Tensor | Number,
    lambd: Number,
    alpha: Number,
    t0: Number,
    weight_decay: Number,
    decays: bool,
    maximize: bool,
):
    rule = _transforms.asgd(*map(weak, (lr, lambd, alpha, t0)))

    def update(x, g, state, numbers, step):
        g = g + weak(weight_decay) * x if decays else g
        state = _transforms.AsgdState(step, *numbers, *state)
        g, (_, eta, mu, ax) = apply(rule, g, state, x)
        return x + g, (ax,), (eta, mu)

    return by_parameter(update, params, grads, (axs,), (etas, mus), steps, maximize)


@op(variants="", raw=True)
def adafactor(
    params: list[Tensor],
    grads: list[Tensor],
    rows: list[Tensor],
    cols: list[Tensor],
    steps: list[Tensor],
    lr: Tensor | Number,
    beta2_decay: Number,
    eps1: Number,
    eps2: Number,
    d: Number,
    weight_decay: Number,
    own_eps: bool,
    maximize: bool,
):
    """`rows` holds the variance of a parameter that is no matrix, and `cols` the columns of the
    matrices only. With `own_eps`, eps1 is that of the parameter's dtype.
    """
    lr, beta2_decay, eps2, d, weight_decay = map(weak, (lr, beta2_decay, eps2, d, weight_decay))
    columns_left, results, new_cols = iter(cols), [], []
    for p, g, row, step in zip(params, grads, rows, each(steps, params)):
        at, least = Precision(p), float(jnp.finfo(p.dtype).eps) if own_eps else weak(eps1)
        rule = _transforms.adafactor(lr, beta2_decay, (least, eps2), d, weight_decay)
        x, g = at.open(p), descent(at.open(g), maximize)
        col = at.open(next(columns_left)) if p.ndim > 1 else None
        state = _transforms.AdafactorState(step.astype(jnp.int32), at.open(row), col)
        g, (_, row, col) = apply(rule, g, state, x)
        new_cols += [] if col is None else [at.close(col)]
        results.append((at.close(x + g), at.close(row), step + 1))
    results, split = columns(results, len(steps)), 2 * len(params)
    return (*results[:split], *new_cols, *results[split:])


@op(variants="", raw=True)
def muon(
    params: list[Tensor],
    grads: list[Tensor],
    buffers: list[Tensor],
    lr: Tensor | Number,
    weight_decay: Number,
    momentum: Number,
    a: Number,
    b: Number,
    c: Number,
    eps: Number,
    ns_steps: int,
    nesterov: bool,
    match_adamw: bool,
):
    """With `match_adamw` an update has the size of AdamW's, and else grows with its rows."""
    rate, weight_decay, momentum, eps = map(weak, (lr, weight_decay, momentum, eps))
    kept = weak(1 - lr * weight_decay)  # in the precision of lr, as torch has it
    coefficients = tuple(map(weak, (a, b, c)))
    rule = _transforms.scale_by_muon(momentum, nesterov, coefficients, eps, ns_steps)

    def update(x, g, state, numbers, step):
        rows, columns = x.shape
        grown = max(1, rows / columns) ** 0.5
        scale = 0.2 * max(rows, columns) ** 0.5 if match_adamw else grown
        g, state = apply(rule, g, _transforms.MuonState(*state))
        return x * kept - rate * scale * g, state, ()

    steps = [jnp.int32(0)]
    return by_parameter(update, params, grads, (buffers,), (), steps, False)[:-1]
