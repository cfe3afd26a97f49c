"""The direction of a quasi-Newton step, from a history of gradient changes and steps."""

from __future__ import annotations

from functools import partial

import jax.numpy as jnp
from jax import lax

from ._declare import op
from ._types import Number, Tensor


@op(variants="", differentiable=False)
def lbfgs_direction(
    gradient: Tensor,
    changes: list[Tensor],
    steps: list[Tensor],
    inverses: list[Tensor],
    scale: Tensor | Number,
):
    """(the direction, what each step of the history took): the inverse Hessian that the history
    implies times the negative gradient, by two loops over the history, oldest first. `inverses` are
    1 / (change . step), and 0 where the history is only padding.
    """
    dot = partial(jnp.dot, precision="highest")
    rows = jnp.stack(changes), jnp.stack(steps), jnp.stack(inverses).astype(gradient.dtype)

    def newest_first(q, row):
        change, step, inverse = row
        share = dot(step, q) * inverse
        return q - share * change, share

    def oldest_first(q, row):
        change, step, inverse, share = row
        return q + step * (share - dot(change, q) * inverse), None

    q, shares = lax.scan(newest_first, -gradient, rows, reverse=True)
    q, _ = lax.scan(oldest_first, q * scale, (*rows, shares))
    return q, shares
