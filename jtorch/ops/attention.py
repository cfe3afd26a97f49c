"""Scaled dot-product attention as one op."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ._checks import check_broadcast
from ._declare import op
from ._gradients import own_gradient
from ._numeric import FLOAT32, HALVES, kind, require, scalar_name
from ._place import C_NAMES
from ._types import Tensor
from .creation import empty
from .randomfill import bernoulli_

NN_FUNCTIONS = ("scaled_dot_product_attention",)


@op(
    variants="",
    name="scaled_dot_product_attention",
    grad_name="ScaledDotProductFlashAttentionForCpuBackward0",
)
def _attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None,
    dropout: Tensor | None,
    is_causal: bool,
    scale: float | None,
    enable_gqa: bool,
):
    """dropout: what each weight is multiplied by, 0 or 1 / (1 - p)."""
    key, value = _heads(query, key, value, enable_gqa)
    _check(query, key, value, attn_mask)
    dtype = query.dtype
    q, k, v = (x.astype(FLOAT32) if dtype in HALVES else x for x in (query, key, value))
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = jnp.matmul(q * jnp.asarray(scale, q.dtype), jnp.swapaxes(k, -2, -1))
    if is_causal:
        scores = jnp.where(jnp.tril(jnp.ones(scores.shape[-2:], bool)), scores, -jnp.inf)
    if attn_mask is not None:
        if attn_mask.dtype == bool:
            scores = jnp.where(attn_mask, scores, -jnp.inf)
        else:
            scores = scores + attn_mask.astype(scores.dtype)
    weights = _softmax(scores, attn_mask is not None)
    if dropout is not None:
        weights = weights * dropout
    return jnp.matmul(weights, v).astype(dtype)


@own_gradient(1)
def _softmax(scores, masked: bool) -> Any:
    """Over the last dimension; zeros where everything is masked. The gradient reads the result
    only: jax's reads the scores too, and takes half as long again on the CPU.
    """
    return _forward(scores, masked)[0]


def _forward(scores, masked: bool):
    top = jnp.max(scores, -1, keepdims=True)
    if masked:
        top = jnp.where(top == -jnp.inf, 0, top)
    powers = jnp.exp(scores - top)
    total = jnp.sum(powers, -1, keepdims=True)
    weights = powers / (jnp.where(total == 0, 1, total) if masked else total)
    return weights, weights


def _backward(masked: bool, weights, g):
    share = weights * g
    return (share - weights * jnp.sum(share, -1, keepdims=True),)


_softmax.defvjp(_forward, _backward)


def _heads(query, key, value, enable_gqa: bool) -> tuple:
    """With enable_gqa, several query heads read the same key and value."""
    if not enable_gqa:
        return key, value
    heads = [x.shape[-3] for x in (query, key, value)]
    if any(heads[0] % n for n in heads[1:]):
        raise RuntimeError("Number of heads in key and value must divide the number of heads in ")
    return tuple(jnp.repeat(x, heads[0] // n, -3) for x, n in zip((key, value), heads[1:]))


def _check(query, key, value, attn_mask) -> None:
    dims = query.ndim, key.ndim, value.ndim
    if min(dims) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
            f"{dims[0]} key.dim: {dims[1]} and value.dim: {dims[2]} instead."
        )
    if attn_mask is not None and attn_mask.dtype not in (bool, FLOAT32, query.dtype):
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got "
            f"attn_mask.dtype: {_c_name(attn_mask.dtype)} and  query.dtype: "
            f"{_c_name(query.dtype)} instead."
        )
    if kind(query.dtype) in "bi":
        raise RuntimeError(f"expected scalar type Float but found {scalar_name(query.dtype)}")
    require("baddbmm", "fc", query)
    check_broadcast(jax.ShapeDtypeStruct(x.shape[:-2], x.dtype) for x in (query, key, value))
    batch = math.prod(query.shape[:-2])
    for have, want in ((key.shape[-1], query.shape[-1]), (value.shape[-2], key.shape[-2])):
        if have != want:
            raise RuntimeError(
                "Expected size for first two dimensions of batch2 tensor to be: "
                f"[{batch}, {want}] but got: [{batch}, {have}]."
            )
    if attn_mask is not None:
        scores = (*query.shape[:-1], key.shape[-2])
        check_broadcast([jax.ShapeDtypeStruct(scores, query.dtype), attn_mask])


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """softmax(query keyᵀ scale + mask) value: (*, L, E), (*, S, E), (*, S, V) -> (*, L, V)."""
    if is_causal and attn_mask is not None:
        raise RuntimeError(
            "_scaled_dot_product_attention: Explicit attn_mask should not be set when "
            "is_causal=True"
        )
    if query.dtype is not key.dtype or query.dtype is not value.dtype:
        names = [_c_name(x.dtype.np) for x in (query, key, value)]
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got query.dtype: "
            f"{names[0]} key.dtype: {names[1]} and value.dtype: {names[2]} instead."
        )
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p:g}")
    dropout = None
    if dropout_p > 0.0:
        batch = query.shape[:-2]
        if not enable_gqa:
            batch = np.broadcast_shapes(batch, key.shape[:-2])
        shape = (*batch, query.shape[-2], key.shape[-2])
        kept = bernoulli_(empty(shape, dtype=query.dtype, device=query.device), 1 - dropout_p)
        dropout = kept / (1 - dropout_p) if dropout_p < 1 else kept
    return _attend(query, key, value, attn_mask, dropout, is_causal, scale, enable_gqa)


def _c_name(dtype: Any) -> str:
    return C_NAMES[np.dtype(dtype).name]
