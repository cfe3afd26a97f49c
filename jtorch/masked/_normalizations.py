"""What keeps the input's shape: softmax and its kin, normalisation, running sums and products. What
a mask excludes has no influence; the results at its places mean nothing.
"""

from __future__ import annotations

from typing import Any

from .._dtypes import get_default_dtype
from .._tensor import Tensor
from ..ops import activation, cumulative, elementwise
from ._masks import as_given, fill, highest, lowest
from ._reductions import norm


def _lowered(name: str, input: Any, dtype: Any, mask: Any) -> Any:
    x = as_given(name, input, dtype)
    return x if mask is None else fill(x, mask, lowest(name, x.dtype))


def softmax(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """softmax over what the mask keeps, nan where it keeps nothing."""
    return activation.softmax(_lowered("softmax", input, dtype, mask), dim)


def log_softmax(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """The logarithm of softmax."""
    return activation.log_softmax(_lowered("log_softmax", input, dtype, mask), dim)


def softmin(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """softmax of -input."""
    x = as_given("softmin", input, dtype)
    x = x if mask is None else fill(x, mask, highest("softmin", x.dtype))
    return activation.softmax(-x, dim)


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
    x = _lowered("logaddexp", input, dtype, input_mask)
    y = _lowered("logaddexp", other, dtype, other_mask)
    if not (x.dtype.is_floating_point or y.dtype.is_floating_point):
        x = x.to(dtype=get_default_dtype())
    return elementwise.logaddexp(x, y).to(dtype=input.dtype if dtype is None else dtype)
