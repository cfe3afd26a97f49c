"""Look-ups in tables: embedding, bags of embeddings, one-hot vectors."""

from __future__ import annotations

from ..._autograd.modes import no_grad
from ..._tensor import Tensor
from ...ops import embedding as ops

__all__ = ["embedding", "embedding_bag"]


@no_grad()
def _renorm_(weight: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> None:
    """Scale the rows that are used, in place, to a norm of at most `max_norm`."""
    rows = weight[indices.flatten()]
    norms = rows.norm(norm_type, 1, keepdim=True)
    scale = (max_norm / (norms + 1e-7)).where(norms > max_norm, norms.new_ones(norms.shape))
    weight[indices.flatten()] = rows * scale


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of `weight` at `input`: (*) -> (*, D). The row `padding_idx` gets no gradient."""
    if padding_idx is not None:
        n = weight.size(0)
        if not -n <= padding_idx < n:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= n
    if sparse:
        raise NotImplementedError(
            "torch.nn.functional.embedding(sparse=True) is not covered by jtorch\n\n"
            "Gradients are dense here; leave `sparse` out."
        )
    if max_norm is not None:
        _renorm_(weight, input, max_norm, norm_type)
    return ops.embedding(
        weight, input, -1 if padding_idx is None else padding_idx, scale_grad_by_freq
    )


def embedding_bag(*a, **k):
    return ops.embedding_bag(*a, **k)
