"""Causal masks for queries and keys of different lengths, which scaled_dot_product_attention takes
as attn_mask.
"""

from __future__ import annotations

from enum import IntEnum, auto
from typing import Any

from ..._tensor import Tensor
from ...ops._overrides import disable_subclasses
from ...ops.attention import scaled_dot_product_attention
from ...ops.creation import ones

__all__ = ["CausalBias", "CausalVariant", "causal_lower_right", "causal_upper_left"]


class CausalVariant(IntEnum):
    """Which corner of the mask its diagonal starts from."""

    UPPER_LEFT = auto()
    LOWER_RIGHT = auto()


class CausalBias(Tensor):
    """A causal mask, of bool."""

    variant: CausalVariant
    seq_len_q: int
    seq_len_kv: int

    def __new__(cls, variant: CausalVariant, seq_len_q: int, seq_len_kv: int) -> Any:
        kind = type(variant).__name__
        assert isinstance(variant, CausalVariant), f"variant must be a CausalVariant, got {kind}"
        shift = seq_len_kv - seq_len_q if variant is CausalVariant.LOWER_RIGHT else 0
        mask: Any = ones(seq_len_q, seq_len_kv).bool().tril(shift)
        mask.__class__ = cls
        mask.variant, mask.seq_len_q, mask.seq_len_kv = variant, seq_len_q, seq_len_kv
        return mask

    def __init__(self, variant: CausalVariant, seq_len_q: int, seq_len_kv: int) -> None:
        pass

    def __repr__(self) -> str:  # type: ignore[override]
        with disable_subclasses():
            return repr(self.as_subclass(Tensor))

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") != scaled_dot_product_attention.__name__:
            raise NotImplementedError("CausalBias only supports scaled_dot_product_attention")
        with disable_subclasses():
            return func(*args, **(kwargs or {}))


def causal_upper_left(*size: int) -> CausalBias:
    """A query sees the keys up to its own place."""
    assert len(size) == 2, "causal_upper_left only supports 2D tensors"
    return CausalBias(CausalVariant.UPPER_LEFT, *size)


def causal_lower_right(*size: int) -> CausalBias:
    """The last query sees all keys, those before it fewer."""
    assert len(size) == 2, "causal_lower_right only supports 2D tensors"
    return CausalBias(CausalVariant.LOWER_RIGHT, *size)
