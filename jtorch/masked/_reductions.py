"""Reductions over what a mask keeps. Where it keeps nothing the result is the operation's identity,
or nan where there is none.
"""

from __future__ import annotations

import math
from typing import Any

from .. import _dtypes
from .._tensor import Tensor
from ..ops import activation, norms, reduction, sort
from ..ops.creation import zeros
from ._masks import as_dims, as_given, as_mask, fill, highest, lowest

# The names of this module are torch's, among them `sum`.


def sum(
    input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    """The sum of what the mask keeps, 0 of nothing."""
    x = fill(as_given("sum", input, dtype), mask, 0)
    return reduction.sum(x, as_dims(x, dim), bool(keepdim), dtype=dtype)


def prod(
    input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    """The product of what the mask keeps, 1 of nothing."""
    x = fill(as_given("prod", input, dtype), mask, 1)
    for d in reversed(as_dims(x, dim)):
        x = reduction.prod(x, d, bool(keepdim), dtype=dtype)
    return x


def amax(
    input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    """The largest that the mask keeps, the lowest of its type of nothing."""
    x = as_given("amax", input, dtype)
    x = x if mask is None else fill(x, mask, lowest("amax", x.dtype))
    return reduction.amax(x, as_dims(x, dim), bool(keepdim))


def amin(
    input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    """The smallest that the mask keeps, the highest of its type of nothing."""
    x = as_given("amin", input, dtype)
    x = x if mask is None else fill(x, mask, highest("amin", x.dtype))
    return reduction.amin(x, as_dims(x, dim), bool(keepdim))


def argmax(
    input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    """Where the largest is that the mask keeps, in the input's type as in torch."""
    x = as_given("argmax", input, dtype)
    kept = x if mask is None else fill(x, mask, lowest("argmax", x.dtype))
    return reduction.argmax(kept, dim, bool(keepdim)).to(dtype=x.dtype)


def argmin(
    input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    """Where the smallest is that the mask keeps, in the input's type as in torch."""
    x = as_given("argmin", input, dtype)
    kept = x if mask is None else fill(x, mask, highest("argmin", x.dtype))
    return reduction.argmin(kept, dim, bool(keepdim)).to(dtype=x.dtype)


def mean(
    input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    """The mean of what the mask keeps, nan of nothing."""
    kind = input.dtype if dtype is None else dtype
    if not (kind.is_floating_point or kind.is_complex):
        raise ValueError(
            "mean(): Could not infer output dtype. Input dtype must be either a floating point or "
            f"complex dtype. Got: {kind}"
        )
    x = as_given("mean", input, dtype)
    total = sum(x, dim, keepdim=keepdim, mask=mask)
    return total / _count(x, dim, keepdim, mask)


def _count(x: Any, dim: Any, keepdim: Any, mask: Any) -> Any:
    """How many the mask keeps."""
    if mask is None:
        return math.prod(x.shape[d] for d in as_dims(x, dim) if x.ndim)
    return reduction.sum(as_mask(x, mask), as_dims(x, dim), bool(keepdim))


def median(
    input: Any, dim: int = -1, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    """The lower median of what the mask keeps along dim, nan of nothing."""
    x = as_given("median", input, dtype)
    if mask is None:
        mask = zeros((), dtype=_dtypes.bool_, device=x.device) == 0
    if x.dtype.is_floating_point:
        return sort.nanmedian(fill(x, mask, math.nan), dim, bool(keepdim))[0]
    kept = as_mask(x, mask)
    if not bool(reduction.all(reduction.any(kept, dim))):
        raise ValueError(
            "masked median expects no fully masked out rows if dtype is not floating point"
        )
    wide = fill(x.to(dtype=_dtypes.float64), mask, math.nan)
    return sort.nanmedian(wide, dim, bool(keepdim))[0].to(dtype=x.dtype)


def norm(
    input: Any,
    ord: float | None = 2.0,
    dim: Any = None,
    *,
    keepdim: bool = False,
    dtype: Any = None,
    mask: Any = None,
) -> Tensor:
    """The vector norm of what the mask keeps."""
    x = as_given("norm", input, dtype)
    ord = 2.0 if ord is None else ord
    x = fill(x, mask, math.inf if ord == -math.inf else 0)
    return norms.vector_norm(x, ord, as_dims(x, dim), bool(keepdim), dtype=dtype)


def logsumexp(
    input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    """log(sum(exp)) of what the mask keeps, -inf of nothing."""
    x = as_given("logsumexp", input, dtype)
    nothing = -math.inf if x.dtype.is_complex else lowest("logsumexp", x.dtype)
    kept = fill(x, mask, nothing)
    return activation.logsumexp(kept, as_dims(x, dim), bool(keepdim)).to(dtype=x.dtype)


def var(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
    dtype: Any = None,
    mask: Any = None,
) -> Tensor:
    """The variance of what the mask keeps; nan of less than two, with the default correction."""
    if unbiased is not None and correction is not None:
        raise AssertionError("Only one of unbiased and correction may be given")
    if correction is None:
        correction = 0 if unbiased is False else 1
    x = as_given("var", input, dtype)
    if not (x.dtype.is_floating_point or x.dtype.is_complex):
        x = x.to(dtype=_dtypes.get_default_dtype())
    gap = x - mean(x, dim, keepdim=True, mask=mask)
    square = gap * gap.conj() if x.dtype.is_complex else gap * gap
    total = sum(square, dim, keepdim=keepdim, mask=mask)
    count = _count(x, dim, keepdim, mask) - correction
    if mask is None:
        count = x.real.new_full((), max(count, 0))
    else:
        count = count.clamp(min=0)
    return total / count


def std(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    *,
    correction: int | None = None,
    keepdim: bool = False,
    dtype: Any = None,
    mask: Any = None,
) -> Tensor:
    """The square root of var."""
    return var(
        input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype, mask=mask
    ).sqrt()
