"""Attention masks: every form torch accepts, as something that is added to the scores."""

from __future__ import annotations

import warnings
from typing import Any

from ..._dtypes import dtype
from ..._tensor import Tensor


def _none_or_dtype(input: Tensor | None) -> dtype | None:
    if input is None:
        return None
    if isinstance(input, Tensor):
        return input.dtype
    raise RuntimeError("input to _none_or_dtype() must be None or torch.Tensor")


def _canonical_mask(
    mask: Tensor | None,
    mask_name: str,
    other_type: dtype | None,
    other_name: str,
    target_type: dtype,
    check_other: bool = True,
) -> Tensor | None:
    """A boolean mask (True: not to be seen) as -inf and 0; a floating one as it is."""
    if mask is None:
        return None
    boolean = mask.dtype.category == 0
    if not boolean and not mask.is_floating_point():
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if check_other and other_type is not None and mask.dtype != other_type:
        warnings.warn(
            f"Support for mismatched {mask_name} and {other_name} "
            "is deprecated. Use same type for both instead.",
            stacklevel=3,
        )
    if not boolean:
        return mask
    zeros: Any = mask.new_zeros(mask.shape, dtype=target_type)
    return zeros.masked_fill(mask, float("-inf"))
