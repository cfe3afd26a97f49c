"""Saved values that are forgotten and computed again in backward: the engine of utils.checkpoint.
The nodes of a region give up what they hold; when the first of them is asked for its gradient, the
region runs again and they take over what their twins of that run hold. Knows nodes; knows no
Tensor.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax.lax

from ..graph import META, TRACED, Prim, Value, flush, record, trace_for
from . import tape
from .tape import Edge, Node

KEPT = ("inputs", "residuals", "saved", "result_home")  # what nodes hold for their pullbacks


def mark() -> int:
    """A point in the order of recording."""
    return next(tape._sequence)


def since(start: int, edges: Iterable[Edge | None]) -> list[Node]:
    """The nodes recorded since `start` that the edges lead to, in order."""
    found: dict[Node, None] = {}
    pending = [edge[0] for edge in edges if edge is not None]
    while pending:
        node = pending.pop()
        if node.seq >= start and not node.is_leaf and node not in found:
            found[node] = None
            pending += [edge[0] for edge in node.edges if edge is not None]
    return sorted(found, key=lambda node: node.seq)


def saving(nodes: list[Node]) -> list[Node]:
    """Those of which torch would keep anything."""
    return [n for n in nodes if not isinstance(n, tape.OpNode) or n.prim.saves != "nothing"]


class Frame:
    """One region: its nodes, and `again(cotangents)`, which runs it once more and returns "
    "theirs."""

    def __init__(self, nodes: list[Node], again: Callable[[Sequence[Value]], list[Node]]):
        self.nodes: list[Node] = [node for node in nodes if node.frame is None]
        self.again: Any = again
        for node in self.nodes:
            node.frame = self
            for name in KEPT:
                if getattr(node, name, None) is not None:
                    setattr(node, name, None)

    def restore(self, grads: Sequence) -> None:
        """Fill the nodes; a cotangent has come to one of them."""
        twins = self.again([g[0] for g in grads if g is not None])
        nodes, self.nodes, self.again = self.nodes, [], None
        for node, twin in zip(nodes, twins, strict=True):
            if node.frame is not self:
                continue  # released since
            node.frame = None
            for name in KEPT:
                if hasattr(twin, name):
                    setattr(node, name, getattr(twin, name))


def _barrier(*arrays):
    return tuple(jax.lax.optimization_barrier(arrays))


BARRIER = Prim("optimization_barrier", _barrier)


def after(values: Sequence[Value], others: Sequence[Value]) -> list[Value]:
    """The same values, which XLA takes for others, and which are not there before `others` are: so
    a second run of a region is not merged with the first, nor begun long before it is needed. XLA's
    compiler for the CPU drops such barriers before it orders the ops; there, what has been recorded
    runs now, and keeps no more than what is wanted later.
    """
    if not values:
        return []
    device = values[0].aval.device
    if device is not META and device.platform == "cpu":
        if not any(isinstance(v.buf, TRACED) for v in (*values, *others)):
            flush(trace_for(device), "bound")
            return list(values)
    return record(BARRIER, (), [*values, *others])[: len(values)]


def same(nodes: list[Node], twins: list[Node]) -> bool:
    """Whether two runs of a region recorded the same ops."""
    pairs = itertools.zip_longest(nodes, twins)
    return all(getattr(a, "prim", a.__class__) is getattr(b, "prim", b.__class__) for a, b in pairs)


def first_difference(nodes: list[Node], twins: list[Node]) -> tuple[int, Any, Any] | None:
    """(place, aval, other aval) of the first result that came out in another shape or dtype."""
    for k, (a, b) in enumerate(zip(nodes, twins, strict=False)):
        for x, y in zip(a.outs, b.outs, strict=False):
            if x is not y:
                return k, x, y
    return None
