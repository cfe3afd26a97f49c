"""torch.nn.attention.flex_attention: attention with scores changed by user code. Not covered."""

from __future__ import annotations

from typing import Any

from ..._errors import not_covered

__all__ = ["create_block_mask", "flex_attention"]

_WHY = "A mask or bias given to scaled_dot_product_attention does the same."


def flex_attention(*args: Any, **kwargs: Any) -> Any:
    """Not covered."""
    raise not_covered("torch.nn.attention.flex_attention.flex_attention", _WHY)


def create_block_mask(*args: Any, **kwargs: Any) -> Any:
    """Not covered."""
    raise not_covered("torch.nn.attention.flex_attention.create_block_mask", _WHY)
