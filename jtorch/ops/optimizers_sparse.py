"""What one step computes from a sparse gradient: positions `index` (dims, n), of which some may be
equal, and `values` (n, *). Shapes are the same at every step, whatever rows there are: equal
positions are added up in the program, and those that are left over name a row that is not there.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax

from ._declare import op
from ._types import Number, Tensor
from ._updates import weak


@op(variants="", differentiable=False, raw=True)
def sparse_sgd(p: Tensor, index: Tensor, values: Tensor, lr: Tensor | Number, maximize: bool):
    step = -weak(lr) * values
    return (p.at[tuple(index)].add(-step if maximize else step),)


@op(variants="", differentiable=False, raw=True)
def sparse_adagrad(
    p: Tensor,
    total: Tensor,
    step: Tensor,
    index: Tensor,
    values: Tensor,
    lr: Tensor | Number,
    lr_decay: Number,
    eps: Number,
    maximize: bool,
):
    """Adagrad for the rows that have a gradient."""
    rows, g = _coalesced(p, index, -values if maximize else values)
    squares = total[rows] + g * g
    rate = weak(lr) / (1 + weak(step) * weak(lr_decay))
    new = p.at[rows].add(-rate * (g / (jnp.sqrt(squares) + weak(eps))), mode="drop")
    return new, total.at[rows].set(squares, mode="drop"), step + 1


@op(variants="", differentiable=False, raw=True)
def sparse_adam(
    p: Tensor,
    exp_avg: Tensor,
    exp_avg_sq: Tensor,
    index: Tensor,
    values: Tensor,
    lr: Tensor | Number,
    step: Number,
    beta1: Number,
    beta2: Number,
    eps: Number,
    maximize: bool,
):
    """Adam for the rows that have a gradient; the others keep their moments."""
    step, beta1, beta2, eps = map(weak, (step, beta1, beta2, eps))
    rows, g = _coalesced(p, index, -values if maximize else values)
    mu = optax.tree.update_moment(g, exp_avg[rows], beta1, 1)
    nu = optax.tree.update_moment(g, exp_avg_sq[rows], beta2, 2)
    rate = weak(lr * jnp.sqrt(1 - beta2**step) / (1 - beta1**step))  # in the precision of lr
    new = p.at[rows].add(-rate * (mu / (jnp.sqrt(nu) + eps)), mode="drop")
    moments = exp_avg.at[rows].set(mu, mode="drop"), exp_avg_sq.at[rows].set(nu, mode="drop")
    return new, *moments


def _coalesced(p, index, values):
    """(positions as an index, their values), each position once; the rest are out of range."""
    sizes = p.shape[: len(index)]
    flat = jnp.ravel_multi_index(tuple(index), sizes, mode="clip")
    count, nowhere = flat.shape[0], int(np.prod(sizes))
    flat, which = jnp.unique(flat, return_inverse=True, size=count, fill_value=nowhere)
    values = jax.ops.segment_sum(values, which.reshape(-1), count)
    first, *rest = jnp.unravel_index(jnp.minimum(flat, nowhere - 1), sizes)
    return (jnp.where(flat == nowhere, sizes[0], first), *rest), values
