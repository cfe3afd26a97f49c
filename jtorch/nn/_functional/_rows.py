"""Look-ups whose gradient is sparse: only the rows that were read. The tape carries dense
gradients, so the node of such a look-up hands the rows to the table itself, which must be a leaf.
"""

from __future__ import annotations

from typing import Any

from ..._autograd.modes import modes
from ..._autograd.tape import Edge, Node
from ..._errors import not_covered
from ..._sparse import SparseTensor
from ..._tensor import Tensor, from_value
from ...graph import Aval
from ...ops import embedding as ops
from ...ops.join import cat


def look_up(weight: Tensor, indices: Tensor, padding_idx: int, by_freq: bool) -> Tensor:
    """The rows of `weight`, with a sparse gradient where it is a leaf that wants one."""
    if not (modes.grad and weight.requires_grad and weight.is_leaf):
        return ops.embedding(weight, indices, padding_idx, by_freq, False)
    rows = ops.embedding(weight.detach(), indices, padding_idx, False, False)
    edge = weight._edge()
    assert edge is not None
    node = EmbeddingBackward0(edge, indices.detach(), padding_idx, by_freq, rows._value.aval)
    return from_value(rows._value, node, 0)


class EmbeddingBackward0(Node):
    """Adds to the gradient of the table: the gradient of each row that was read, as it was read."""

    def __init__(self, edge: Edge, indices: Tensor, padding_idx: int, by_freq: bool, out: Aval):
        super().__init__((edge,), (out,))
        self.indices, self.padding_idx, self.by_freq = indices, padding_idx, by_freq

    def apply(self, grads: list, create_graph: bool) -> tuple[None]:
        if self.by_freq:
            raise RuntimeError(
                "embedding_backward: scale_grad_by_freq not supported with sparse gradients"
            )
        if create_graph or modes.targeted:
            raise not_covered("A sparse gradient other than that of backward() into a leaf")
        weight: Any = self.edges[0][0].variable  # type: ignore[index,union-attr]
        if weight._leaf_hooks():
            raise not_covered("A hook on a tensor whose gradient is sparse")
        if grads[0] is not None:
            grad: Any = from_value(grads[0][0])
            at: Any = self.indices.reshape(-1)
            rows = grad.reshape(-1, weight.shape[1])
            if self.padding_idx >= 0:
                kept = at != self.padding_idx
                at, rows = at[kept], rows[kept]
            _accumulate(weight, at.long().unsqueeze(0), rows)
        return (None,)


def _accumulate(weight: Any, at: Tensor, rows: Any) -> None:
    meta = weight._ensure_meta()
    old = meta.grad
    if old is None:
        meta.grad = SparseTensor(at, rows, weight.shape, False)
    elif isinstance(old, SparseTensor):
        indices, values = cat([old._indices(), at], 1), cat([old._values(), rows])
        meta.grad = SparseTensor(indices, values, weight.shape, False)
    else:
        old.index_add_(0, at[0], rows)
    for hook in list((meta.post_hooks or {}).values()):
        hook(weight)
