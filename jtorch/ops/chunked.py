"""The cross entropy of a linear layer, rows by rows: the logits of a few rows at a time are there,
in the forward pass and, computed again, in the backward pass, and never those of all.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from ._declare import op
from ._place import first_of
from ._types import DType, Tensor


@op(variants="")
def chunked_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    bias: Tensor | None,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    rows: int,
    dtype: DType,
):
    """input (N, I), linear_weight (C, I), target (N): `rows` rows at a time, in `dtype`."""
    n, classes = input.shape[0], linear_weight.shape[0]
    table = linear_weight.astype(dtype).T
    shift = jnp.zeros((), dtype) if bias is None else bias.astype(dtype)
    scale = jnp.ones(classes, dtype) if weight is None else weight.astype(dtype)
    used = target != ignore_index
    share = jnp.where(used, scale[jnp.where(used, target, 0)], 0)

    @jax.checkpoint
    def losses(chunk):
        """Of one chunk; its logits are made again for the derivative."""
        x, index = chunk
        logits = x.astype(dtype) @ table + shift
        own = jnp.take_along_axis(logits, index[:, None], 1)[:, 0]
        return jax.nn.logsumexp(logits, 1) - own

    spare = -n % rows
    x = jnp.pad(input, ((0, spare), (0, 0))).reshape(-1, rows, input.shape[1])
    index = jnp.pad(jnp.where(used, target, 0), (0, spare)).reshape(-1, rows)
    loss = jnp.where(used, share * lax.map(losses, (x, index)).reshape(-1)[:n], 0)
    if reduction == "mean":
        loss = loss.sum() / share.sum()
    elif reduction == "sum":
        loss = loss.sum()
    return loss.astype(input.dtype)


@chunked_cross_entropy.check
def _(input, linear_weight, target, bias, weight, ignore_index, reduction, rows, dtype):
    bad = ((target < 0) | (target >= linear_weight.shape[0])) & (target != ignore_index)
    return *first_of(bad, target), IndexError, "Target {} is out of bounds."
