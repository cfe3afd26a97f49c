"""Multi-head attention from its parts: checks, projections, heads, scores. Where nobody asks for
the weights, the scores are one op, `scaled_dot_product_attention`."""

from __future__ import annotations

import math

from ..._tensor import Tensor
from ...ops.attention import scaled_dot_product_attention
from ...ops.join import cat
from ...ops.matmul import baddbmm, bmm, linear
from ...ops.padding import pad
from .dropout import dropout
from .masks import _canonical_mask, _none_or_dtype
from .softmax import softmax

__all__ = ["multi_head_attention_forward"]


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """What `nn.MultiheadAttention` computes: query (L, N, E), key and value (S, N, E) -> (L, N, E)
    and, if `need_weights`, the weights (N, L, S), or (N, H, L, S) if they are not averaged."""
    batched = _check_dims(query, key, value, key_padding_mask, attn_mask, num_heads)
    attn_mask, key_padding_mask, is_causal = _prepare_masks(
        attn_mask, key_padding_mask, is_causal, need_weights, query
    )
    if not batched:
        query, key, value, key_padding_mask = _unsqueezed(query, key, value, key_padding_mask)
    _check_sizes(query, key, value, key_padding_mask, embed_dim_to_check, num_heads)
    if use_separate_proj_weight:
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
        q, k, v = _project_separately(query, key, value, weights, in_proj_bias)
    else:
        q, k, v = _in_projection_packed(query, key, value, in_proj_weight, in_proj_bias)
    attn_mask = _mask_of_heads(attn_mask, query, key, num_heads)
    if bias_k is not None and bias_v is not None:
        k, v = (cat([t, b.expand(1, t.size(1), -1)]) for t, b in ((k, bias_k), (v, bias_v)))
        attn_mask, key_padding_mask = _one_more(attn_mask), _one_more(key_padding_mask)
    q = _split_heads(q, num_heads)
    k = _split_heads(k, num_heads) if static_k is None else static_k
    v = _split_heads(v, num_heads) if static_v is None else static_v
    if add_zero_attn:
        k, v = (cat([t, t.new_zeros((t.size(0), 1, t.size(2)))], dim=1) for t in (k, v))
        attn_mask, key_padding_mask = _one_more(attn_mask), _one_more(key_padding_mask)
    mask = _merge(attn_mask, key_padding_mask, num_heads, k.size(1))
    way = _scores if need_weights else _fused
    output, scores = way(q, k, v, mask, is_causal, dropout_p if training else 0.0, query)
    output = linear(output, out_proj_weight, out_proj_bias)
    output = output.view(*query.shape[:2], output.size(-1))
    if scores is not None and average_attn_weights:
        scores = scores.mean(dim=1)
    if not batched:
        return output.squeeze(1), None if scores is None else scores.squeeze(0)
    return output, scores


# -- the two ways to the output


def _fused(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor | None,
    is_causal: bool,
    dropout_p: float,
    query: Tensor,
) -> tuple[Tensor, None]:
    """The output as (L N, E); no weights."""
    length, batch, _ = query.shape
    heads = q.size(0) // batch
    if mask is not None:
        mask = mask.view(-1, 1 if mask.size(0) == 1 else heads, mask.size(1), k.size(1))
    q, k, v = (t.view(batch, heads, t.size(1), t.size(2)) for t in (q, k, v))
    output = scaled_dot_product_attention(q, k, v, mask, dropout_p, is_causal)
    return output.permute(2, 0, 1, 3).reshape(length * batch, heads * v.size(3)), None


def _scores(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor | None,
    is_causal: bool,
    dropout_p: float,
    query: Tensor,
) -> tuple[Tensor, Tensor]:
    """The output as (L N, E), and the weights as (N, H, L, S)."""
    if is_causal and mask is None:
        raise AssertionError("FIXME: is_causal not implemented for need_weights")
    length, batch, _ = query.shape
    q = q * math.sqrt(1.0 / q.size(2))
    if mask is not None:
        scores = baddbmm(mask, q, k.transpose(-2, -1))
    else:
        scores = bmm(q, k.transpose(-2, -1))
    scores = softmax(scores, dim=-1)
    if dropout_p > 0.0:
        scores = dropout(scores, p=dropout_p)
    heads = q.size(0) // batch
    output = bmm(scores, v).transpose(0, 1).reshape(length * batch, heads * v.size(2))
    return output, scores.view(batch, heads, length, k.size(1))


# -- projections


def _in_projection_packed(
    q: Tensor, k: Tensor, v: Tensor, w: Tensor | None, b: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Project by one weight (3 E, E): in one product if the inputs are the same, in two if key is
    value."""
    assert w is not None, "use_separate_proj_weight is False but in_proj_weight is None"
    if k.shape != v.shape:
        raise AssertionError(f"key shape {k.shape} does not match value shape {v.shape}")
    width = q.size(-1)
    if k is v and q is k:
        parts = linear(q, w, b).chunk(3, dim=-1)
        return parts[0], parts[1], parts[2]
    if k is v:
        w_q, w_kv = w.split([width, width * 2])
        b_q, b_kv = (None, None) if b is None else b.split([width, width * 2])
        parts = linear(k, w_kv, b_kv).chunk(2, dim=-1)
        return linear(q, w_q, b_q), parts[0], parts[1]
    biases = (None,) * 3 if b is None else b.chunk(3)
    q, k, v = (linear(*each) for each in zip((q, k, v), w.chunk(3), biases, strict=True))
    return q, k, v


def _project_separately(
    query: Tensor, key: Tensor, value: Tensor, weights: tuple, bias: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    if key.shape[:2] != value.shape[:2]:
        raise AssertionError(
            f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
        )
    for name, weight in zip("qkv", weights, strict=True):
        assert weight is not None, (
            f"use_separate_proj_weight is True but {name}_proj_weight is None"
        )
    e = query.size(-1)
    for name, weight, source in zip(
        ("query", "key", "value"), weights, (query, key, value), strict=True
    ):
        if tuple(weight.shape) != (e, source.size(-1)):
            raise AssertionError(
                f"expecting {name} weights shape of {(e, source.size(-1))}, but got {weight.shape}"
            )
    biases = (None,) * 3 if bias is None else bias.chunk(3)
    q, k, v = (linear(*each) for each in zip((query, key, value), weights, biases, strict=True))
    return q, k, v


def _split_heads(t: Tensor, num_heads: int) -> Tensor:
    """(L, N, E) -> (N H, L, E / H)"""
    length, batch, width = t.shape
    return t.reshape(length, batch * num_heads, width // num_heads).transpose(0, 1)


def _unsqueezed(query: Tensor, key: Tensor, value: Tensor, padding: Tensor | None) -> tuple:
    """With a batch of one; what was the same tensor stays the same."""
    first = {id(t): t.unsqueeze(1) for t in (query, key, value)}
    padding = None if padding is None else padding.unsqueeze(0)
    return first[id(query)], first[id(key)], first[id(value)], padding


# -- masks


def _prepare_masks(
    attn_mask: Tensor | None,
    key_padding_mask: Tensor | None,
    is_causal: bool,
    need_weights: bool,
    query: Tensor,
) -> tuple[Tensor | None, Tensor | None, bool]:
    key_padding_mask = _canonical_mask(
        key_padding_mask,
        "key_padding_mask",
        other_type=_none_or_dtype(attn_mask),
        other_name="attn_mask",
        target_type=query.dtype,
    )
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. "
            "You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and key_padding_mask is None and not need_weights:
        # The op makes the mask itself; the one that was given says the same.
        return None, None, True
    attn_mask = _canonical_mask(
        attn_mask, "attn_mask", None, "", target_type=query.dtype, check_other=False
    )
    return attn_mask, key_padding_mask, is_causal and key_padding_mask is None


def _mask_of_heads(
    attn_mask: Tensor | None, query: Tensor, key: Tensor, num_heads: int
) -> Tensor | None:
    """(1 or N H, L, S)"""
    if attn_mask is None:
        return None
    length, batch, _ = query.shape
    wanted = {2: (length, key.size(0)), 3: (batch * num_heads, length, key.size(0))}
    dims = attn_mask.dim()
    if dims not in wanted:
        raise RuntimeError(f"attn_mask's dimension {dims} is not supported")
    if tuple(attn_mask.shape) != wanted[dims]:
        raise RuntimeError(
            f"The shape of the {dims}D attn_mask is {attn_mask.shape}, but should be "
            f"{wanted[dims]}."
        )
    return attn_mask.unsqueeze(0) if dims == 2 else attn_mask


def _one_more(mask: Tensor | None) -> Tensor | None:
    """The mask for one more source position, which everybody sees."""
    return None if mask is None else pad(mask, (0, 1))


def _merge(
    attn_mask: Tensor | None, key_padding_mask: Tensor | None, num_heads: int, source: int
) -> Tensor | None:
    if key_padding_mask is None:
        return attn_mask
    batch = key_padding_mask.size(0)
    padding = key_padding_mask.view(batch, 1, 1, source).expand(-1, num_heads, -1, -1)
    padding = padding.reshape(batch * num_heads, 1, source)
    return padding if attn_mask is None else attn_mask + padding


# -- checks


def _check_dims(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask: Tensor | None,
    attn_mask: Tensor | None,
    num_heads: int,
) -> bool:
    """Whether there is a batch dimension, and whether everything agrees on it."""
    if query.dim() not in (2, 3):
        raise AssertionError(
            "query should be unbatched 2D or batched 3D tensor but received "
            f"{query.dim()}-D query tensor"
        )
    n = query.dim()
    kind = "batched (3-D)" if n == 3 else "unbatched (2-D)"
    if key.dim() != n or value.dim() != n:
        raise AssertionError(
            f"For {kind} `query`, expected `key` and `value` to be {n}-D "
            f"but found {key.dim()}-D and {value.dim()}-D tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.dim() != n - 1:
        raise AssertionError(
            f"For {kind} `query`, expected `key_padding_mask` to be `None` or {n - 1}-D "
            f"but found {key_padding_mask.dim()}-D tensor instead"
        )
    if attn_mask is not None and attn_mask.dim() not in (2, 3):
        raise AssertionError(
            f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D "
            f"but found {attn_mask.dim()}-D tensor instead"
        )
    if attn_mask is not None and n == 2 and attn_mask.dim() == 3:
        expected = (num_heads, query.shape[0], key.shape[0])
        if tuple(attn_mask.shape) != expected:
            raise AssertionError(
                f"Expected `attn_mask` shape to be {expected} but got {attn_mask.shape}"
            )
    return n == 3


def _check_sizes(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    padding: Tensor | None,
    embed_dim: int,
    num_heads: int,
) -> None:
    width = query.size(-1)
    if width != embed_dim:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim}, but got {width}")
    if width // num_heads * num_heads != width:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if padding is not None:
        for d, expected in enumerate((key.size(1), key.size(0))):
            if padding.size(d) != expected:
                raise AssertionError(
                    f"Expected key_padded_mask.shape[{d}] to be {expected}, but got "
                    f"{padding.size(d)}"
                )
