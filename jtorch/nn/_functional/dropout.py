"""The dropout family. A mask is drawn on the host with torch's generator and enters as data, so
that the same seed drops the same elements as in torch."""

from __future__ import annotations

import math
import warnings

from ..._tensor import Tensor
from ...ops.creation import empty_like

__all__ = [
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
]

# Minus the value that SELU tends to: scale times alpha.
_SELU_FLOOR = 1.7580993408473766


def _check(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _kept(input: Tensor, p: float, channels: bool) -> Tensor:
    """Ones with probability 1 - p: one draw for each element, or for each channel of (N, C, *)."""
    if not channels:
        # Of the same strides: the draws fill memory in order, and so do torch's.
        return empty_like(input).bernoulli_(1 - p)
    if input.dim() < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    shape = (*input.shape[:2], *[1] * (input.dim() - 2))
    return input.new_empty(shape).bernoulli_(1 - p)


def _drop(input: Tensor, p: float, training: bool, inplace: bool, channels: bool) -> Tensor:
    if p == 0 or not training or input.numel() == 0:
        return input
    if p == 1:
        kept = input.new_zeros(())
    else:
        kept = _kept(input, p, channels).div_(1 - p)
    return input.mul_(kept) if inplace else input * kept


def _alpha_drop(input: Tensor, p: float, training: bool, inplace: bool, channels: bool) -> Tensor:
    """Dropped elements take SELU's floor; a and b restore mean 0 and variance 1."""
    if p == 0 or not training or input.numel() == 0:
        return input
    if p == 1:
        zero = input.new_zeros(())
        return input.mul_(zero) if inplace else input * zero
    a = 1.0 / math.sqrt((_SELU_FLOOR * _SELU_FLOOR * p + 1) * (1 - p))
    kept = _kept(input, p, channels)
    b = kept.add(-1).mul_(_SELU_FLOOR * a).add_(_SELU_FLOOR * a * p)
    kept.mul_(a)
    return input.mul_(kept).add_(b) if inplace else input * kept + b


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zero each element with probability p and scale the rest by 1 / (1 - p)."""
    _check(p)
    return _drop(input, p, training, inplace, channels=False)


def alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Dropout that keeps mean 0 and variance 1 of SELU's outputs."""
    _check(p)
    return _alpha_drop(input, p, training, inplace, channels=False)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """`alpha_dropout` of whole channels."""
    _check(p)
    return _alpha_drop(input, p, training, inplace, channels=True)


def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Zero whole channels of (N, C, L) or (C, L)."""
    _check(p)
    ndim = input.dim()
    if ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {ndim}D input. "
            "Note that dropout1d exists to provide channel-wise dropout on inputs with 1 "
            "spatial dimension, a channel dimension, and an optional batch dimension "
            "(i.e. 2D or 3D inputs)."
        )
    if ndim == 3:
        return _drop(input, p, training, inplace, channels=True)
    batched = input.unsqueeze_(0) if inplace else input.unsqueeze(0)
    result = _drop(batched, p, training, inplace, channels=True)
    return result.squeeze_(0) if inplace else result.squeeze(0)


def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Zero whole channels of (N, C, H, W); (N, C, L) is taken for a batch too."""
    _check(p)
    ndim = input.dim()
    if ndim not in (3, 4):
        warnings.warn(_deprecated_dims("dropout2d", ndim, 2), stacklevel=2)
    if ndim == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise "
            "1D dropout behavior is desired - input is interpreted as shape (N, C, L), where C "
            "is the channel dim. This behavior will change in a future release to interpret the "
            "input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D "
            "channel-wise dropout behavior, please switch to using dropout1d instead.",
            stacklevel=2,
        )
    return _drop(input, p, training, inplace, channels=True)


def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Zero whole channels of (N, C, D, H, W) or (C, D, H, W)."""
    _check(p)
    ndim = input.dim()
    if ndim not in (4, 5):
        warnings.warn(_deprecated_dims("dropout3d", ndim, 3), stacklevel=2)
    if ndim == 5:
        return _drop(input, p, training, inplace, channels=True)
    batched = input.unsqueeze_(0) if inplace else input.unsqueeze(0)
    result = _drop(batched, p, training, inplace, channels=True)
    return result.squeeze_(0) if inplace else result.squeeze(0)


def _deprecated_dims(name: str, ndim: int, spatial: int) -> str:
    return (
        f"{name}: Received a {ndim}-D input to {name}, which is deprecated "
        "and will result in an error in a future release. To retain the behavior "
        "and silence this warning, please use dropout instead. Note that "
        f"{name} exists to provide channel-wise dropout on inputs with {spatial} spatial "
        "dimensions, a channel dimension, and an optional batch dimension "
        f"(i.e. {spatial + 1}D or {spatial + 2}D inputs)."
    )
