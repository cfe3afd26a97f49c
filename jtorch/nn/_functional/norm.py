"""Normalisation across neighbouring channels, and over a batch with what torch checks only here.
The other norms are ops of `ops.norm`."""

from __future__ import annotations

from typing import Any

from ..._tensor import Tensor
from ...ops import norm
from ...ops.padding import pad
from ...ops.pool import avg_pool2d, avg_pool3d

__all__ = ["batch_norm", "local_response_norm"]


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """x / (k + alpha mean(x² over `size` neighbouring channels)) ** beta: (N, C, *)."""
    if input.dim() < 3:
        raise ValueError(
            f"Expected 3D or higher dimensionality input (got {input.dim()} dimensions)"
        )
    if input.numel() == 0:
        return input
    # Channels become a spatial dimension, over which the average is taken.
    squares = (input * input).unsqueeze(1)
    before, after = size // 2, (size - 1) // 2
    if input.dim() == 3:
        mean = avg_pool2d(pad(squares, (0, 0, before, after)), (size, 1), stride=1)
    else:
        n, c, first = input.shape[:3]
        squares = squares.reshape(n, 1, c, first, -1)
        mean = avg_pool3d(pad(squares, (0, 0, 0, 0, before, after)), (size, 1, 1), stride=1)
    return input / (mean.squeeze(1).reshape(input.shape) * alpha + k).pow(beta)


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Standardise each channel over the batch, or by the running statistics: (N, C, *)."""
    if training and eps <= 0:
        raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    return norm.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
