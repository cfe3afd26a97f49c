"""Scaled dot-product attention as one op."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np

from .._tensor import from_array
from ._declare import op
from ._types import Tensor


@op(
    variants="", name="scaled_dot_product_attention", grad_name="ScaledDotProductAttentionBackward0"
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
    if enable_gqa:
        groups = query.shape[-3] // key.shape[-3]
        key, value = jnp.repeat(key, groups, -3), jnp.repeat(value, groups, -3)
    width = query.shape[-1]
    scale = 1 / math.sqrt(width) if scale is None else scale
    scores = jnp.matmul(query * jnp.asarray(scale, query.dtype), jnp.swapaxes(key, -2, -1))
    if is_causal:
        allowed = jnp.tril(jnp.ones(scores.shape[-2:], bool))
        scores = jnp.where(allowed, scores, -jnp.inf)
    if attn_mask is not None:
        if attn_mask.dtype == bool:
            scores = jnp.where(attn_mask, scores, -jnp.inf)
        else:
            scores = scores + attn_mask
    weights = jax.nn.softmax(scores, axis=-1)
    if attn_mask is not None and attn_mask.dtype == bool:
        weights = jnp.where(attn_mask.any(-1, keepdims=True), weights, 0)  # nothing to attend to
    if dropout is not None:
        weights = weights * dropout
    return jnp.matmul(weights, value)


def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False
):
    """softmax(query keyᵀ scale + mask) value: (*, L, E), (*, S, E), (*, S, V) -> (*, L, V)."""
    if is_causal and attn_mask is not None:
        raise RuntimeError(
            "_scaled_dot_product_attention: Explicit attn_mask should not be set when "
            "is_causal=True"
        )
    if query.dtype is not key.dtype or query.dtype is not value.dtype:
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got query.dtype: "
            f"{_c_name(query)} key.dtype: {_c_name(key)} and value.dtype: {_c_name(value)} instead."
        )
    dropout = None
    if dropout_p > 0.0:
        shape = (*query.shape[:-1], key.shape[-2])
        keep = from_array(np.ones(shape, query.dtype.np), device=query.device)
        dropout = keep.bernoulli_(1 - dropout_p) / (1 - dropout_p)  # type: ignore[attr-defined]
    return _attend(query, key, value, attn_mask, dropout, is_causal, scale, enable_gqa)


def _c_name(tensor) -> str:
    return {"float32": "float", "float64": "double"}.get(tensor.dtype.name, tensor.dtype.name)


NN_FUNCTIONS = ("scaled_dot_product_attention",)
