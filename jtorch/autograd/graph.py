"""torch.autograd.graph: nodes and edges of the tape, and hooks over several tensors at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .._autograd.tape import Node as Node
from .._errors import no_attribute as _no_attribute
from .._hooks import RemovableHandle
from .._tensor import Tensor

__all__ = ["GradientEdge", "Node", "get_gradient_edge", "register_multi_grad_hook"]


class GradientEdge(NamedTuple):
    """A node and which of its outputs."""

    node: Node
    output_nr: int


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where the gradient of this tensor goes."""
    edge = tensor._edge()
    if edge is None:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require "
            "gradients"
        )
    return GradientEdge(*edge)


class _Handles(RemovableHandle):
    """Removes several hooks as one."""

    def __init__(self, handles: Sequence[Any]):
        self.handles = handles

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable, *, mode: str = "all"
) -> RemovableHandle:
    """Call fn when the gradients of all tensors are known (with the list of them), or of any.

    With mode "all", fn waits until every tensor has had a gradient, if need be over several calls
    of backward(); torch also calls it when one call will not reach the others.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    found: list[Tensor | None] = [None] * len(tensors)

    def collect(index: int, gradient: Tensor) -> None:
        if mode == "any":
            fn(gradient)
            return
        found[index] = gradient
        if all(g is not None for g in found):
            complete, found[:] = list(found), [None] * len(found)
            fn(complete)

    handles = [
        t.register_hook(lambda g, i=i: collect(i, g))  # type: ignore[attr-defined]
        for i, t in enumerate(tensors)
    ]
    return _Handles(handles)


def __getattr__(name: str):
    raise _no_attribute("torch.autograd.graph", name)
