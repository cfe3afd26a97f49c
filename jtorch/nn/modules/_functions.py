"""Functions of modules whose gradient in torch is not the derivative of their value: normalisation
across a map of channels, as the first version of torch had it.
"""

from __future__ import annotations

from typing import Any

from ..._tensor import Tensor
from ...autograd.function import Function
from ...ops.contraction import einsum
from ...ops.ranges import arange

__all__ = ["CrossMapLRN2d"]


def _summed(weights: Tensor, x: Tensor) -> Tensor:
    """Weighted sums over channels."""
    return einsum("ij,bjhw->bihw", weights.to(x.dtype), x)


class CrossMapLRN2d(Function):
    """x / (k + alpha / size * the sum of squares over nearby channels) ** beta.

    In torch channel 0 is near to all after it, and the gradient is that of the `size` channels up
    to a place beyond the middle. Both are kept.
    """

    @staticmethod
    def forward(
        ctx: Any, input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1
    ) -> Tensor:
        if input.dim() != 4:
            raise ValueError(f"CrossMapLRN2d: Expected input to be 4D, got {input.dim()}D instead.")
        at = arange(input.shape[1], device=input.device)
        near = ((at[:, None] - at).abs() < (size - 1) // 2 + 1) | (at == 0)
        scale = _summed(near, input.square()) * (alpha / size) + k
        output = input * scale.pow(-beta)
        ctx.save_for_backward(input, output, scale)
        ctx.size, ctx.alpha, ctx.beta = size, alpha, beta
        return output

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:  # type: ignore[override]
        input, output, scale = ctx.saved_tensors
        size, channels = ctx.size, input.shape[1]
        back = int(size - (size - 1) / 2)
        if back > size - 1:
            raise RuntimeError(
                f"start ({back}) + length ({channels}) exceeds dimension size "
                f"({channels + size - 1})."
            )
        at = arange(channels, device=input.device)
        away = at - at[:, None]
        near = (away >= -back) & (away < size - back)
        ratio = _summed(near, grad_output * output / scale)
        factor = 2 * ctx.alpha * ctx.beta / size
        grad = grad_output * scale.pow(-ctx.beta) - factor * input * ratio
        return grad, None, None, None, None
