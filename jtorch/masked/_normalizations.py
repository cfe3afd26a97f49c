"""What keeps the input's shape: softmax and its kin, normalisation, running sums and products. What
a mask excludes has no influence; the results at its places mean nothing.
"""

from __future__ import annotations

import math
from typing import Any

from .._tensor import Tensor
from ..ops import activation, cumulative, elementwise
from ._masks import as_given, fill, lowest
from ._reductions import norm


def softmax(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """softmax over what the mask keeps, nan where it keeps nothing."""
    return activation.softmax(fill(as_given("softmax", input, dtype), mask, -math.inf), dim)


def log_softmax(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """The logarithm of softmax."""
    return activation.log_softmax(fill(as_given("log_softmax", input, dtype), mask, -math.inf), dim)


def softmin(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """softmax of -input."""
    return activation.softmax(-fill(as_given("softmin", input, dtype), mask, math.inf), dim)


def normalize(
    input: Any, ord: float, dim: int, *, eps: float = 1e-12, dtype: Any = None, mask: Any = None
) -> Tensor:
    """input over its norm along dim, or over eps if that is larger."""
    x = as_given("normalize", input, dtype)
    size = norm(x, ord, dim, keepdim=True, mask=mask)
    return fill(x, mask, 0) / size.clamp(min=eps)


def cumsum(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """Running sums of what the mask keeps."""
    x = as_given("cumsum", input, dtype)
    return cumulative.cumsum(fill(x, mask, 0), dim, dtype=x.dtype)


def cumprod(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """Running products of what the mask keeps."""
    x = as_given("cumprod", input, dtype)
    return cumulative.cumprod(fill(x, mask, 1), dim, dtype=x.dtype)


def logaddexp(
    input: Any, other: Any, *, dtype: Any = None, input_mask: Any = None, other_mask: Any = None
) -> Tensor:
    """log(exp(input) + exp(other)) of what the masks keep."""
    dtype = input.dtype if dtype is None else dtype
    x, y = as_given("logaddexp", input, dtype), as_given("logaddexp", other, dtype)
    x = x if input_mask is None else fill(x, input_mask, lowest("logaddexp", dtype))
    y = y if other_mask is None else fill(y, other_mask, lowest("logaddexp", dtype))
    return elementwise.logaddexp(x, y).to(dtype=dtype)
