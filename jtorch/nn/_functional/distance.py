"""Norms of rows and distances between them."""

from __future__ import annotations

from ..._tensor import Tensor
from ...ops._out import takes_out
from ...ops.join import broadcast_tensors
from ...ops.norms import vector_norm
from ...ops.ranges import triu_indices

__all__ = ["cosine_similarity", "normalize", "pairwise_distance", "pdist"]


@takes_out
def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """x divided by its p-norm along `dim`, which counts as at least `eps`."""
    size = input.norm(p, dim, keepdim=True).clamp(min=eps).expand_as(input)
    return input / size


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between x1 and x2 along `dim`; norms count as at least `eps`."""
    if not (x1 + x2).is_floating_point():
        kind = (x1 + x2).type().rpartition(".")[2].removesuffix("Tensor")
        raise RuntimeError(
            f"expected common dtype to be floating point, yet common dtype is {kind}"
        )
    x1, x2 = broadcast_tensors(x1, x2)
    return (_unit(x1, dim, eps) * _unit(x2, dim, eps)).sum(dim)


def _unit(x: Tensor, dim: int, eps: float) -> Tensor:
    size = vector_norm(x, 2, dim, keepdim=True)
    # The floor does not take part in the gradient.
    floor = size.detach().clamp(min=eps) - size.detach()
    return x / (size + floor)


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last dimension."""
    return (x1 - x2 + eps).norm(p, -1, keepdim)


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The p-norm between every two rows of (N, D), as a vector in the order of `triu_indices`."""
    if input.dim() != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.dim()}D")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    n = input.size(0)
    first, second = triu_indices(n, n, 1, device=input.device).unbind(0)
    return (input[first] - input[second]).norm(p, -1)
