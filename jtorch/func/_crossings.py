"""Tensors into and out of transformations: a Tensor as a value with its place on the tape, and
back. All that the transformations of this package know of the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from typing import Any

from .._autograd import crossing
from .._autograd.modes import modes
from .._autograd.tape import Cotangent, Node
from .._tensor import Tensor, from_value
from ..autograd._dual import cotangent, tensor
from ..graph.levels import Batch, Level, Tangents, stack


def moved(move: Callable[..., Cotangent], level: Any, x: Tensor) -> Tensor:
    return tensor(move(level, cotangent(x)))


def require_tensor(x: Any) -> None:
    if not isinstance(x, Tensor):
        raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")


class InputBackward0(Node):
    """An input of a function being differentiated, that depends on something outside."""

    def apply(self, grads, create_graph):
        return grads if create_graph else [g and (g[0], None) for g in grads]


def variable(x: Any) -> Tensor:
    """A name of its own for x, by which one transformation can differentiate."""
    require_tensor(x)
    if not (x.dtype.is_floating_point or x.dtype.is_complex):
        raise RuntimeError("only Tensors of floating point dtype can require gradients")
    inside = [level for level in stack.levels if isinstance(level, (Batch, Tangents))]
    value, edge = crossing.lift_to(inside, cotangent(x))
    if edge is None:
        out = from_value(value)
        out._requires = True
        return out
    return from_value(value, InputBackward0((edge,), (value.aval,)), 0)


@contextmanager
def gradients():
    """Inside the function that is differentiated."""
    previous, modes.grad = modes.grad, True
    try:
        with Level():
            yield
    finally:
        modes.grad = previous


def reaches_outside(tensors: Iterable[Any], own: Iterable[Tensor]) -> bool:
    """Whether any of the tensors depends on a leaf that is none of `own`."""
    mine = {edge[0] for x in own if (edge := x._edge()) is not None}
    pending = [edge[0] for x in tensors if isinstance(x, Tensor) and (edge := x._edge())]
    seen = set(pending)
    while pending:
        node = pending.pop()
        if node.is_leaf and node not in mine:
            return True
        for edge in node.edges:
            if edge is not None and edge[0] not in seen:
                seen.add(edge[0])
                pending.append(edge[0])
    return False


def released(x: Any, own: Iterable[Tensor]) -> Any:
    """A result on its way out: off the tape, unless it depends on something outside."""
    if not isinstance(x, Tensor) or x._edge() is None:
        return x
    return x if modes.grad and reaches_outside([x], own) else from_value(x._read())
