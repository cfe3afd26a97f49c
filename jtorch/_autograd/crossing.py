"""The tape across levels of transformations (`graph.levels`): what takes a cotangent into a vmap or
a forward derivative, and out again. Each crossing is linear and its transpose is another one, so
gradients flow through transformed functions in any nesting. Knows values and edges; knows no
Tensor.

A cotangent inside a forward derivative is a dual number too, whose parts have changed places: with
y + e y' = f(x + e x'), its primal part belongs to y' and its tangent part to y. Pulling such a
number back through f by dual arithmetic gives the cotangents of x' and x in the same order. Such
numbers are marked `swapped`; one that is not belongs to a gradient taken inside, and is that
gradient with its tangent.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..graph import Value, Wrapped, levels, record
from ..graph.levels import Batch, Level, Tangents
from . import tape
from .tape import Cotangent, Edge, Node


class _Crossing(Node):
    """`back` takes the cotangent of the result to those of the operands."""

    def __init__(self, back: Callable[[Cotangent], Sequence[Cotangent | None]], edges, outs):
        super().__init__(edges, outs)
        self.back = back

    def apply(self, grads, create_graph):
        if grads[0] is None:
            return [None] * len(self.edges)
        return self.back(grads[0] if create_graph else (grads[0][0], None))


@functools.cache
def _named(name: str) -> type[_Crossing]:
    return type(name, (_Crossing,), {})


def _crossed(out: Value, name: str, back: Callable, edges: Sequence[Edge | None]) -> Cotangent:
    """The value with its place on the tape, if an operand has one."""
    if not out.aval.inexact or not any(edges):
        return out, None
    return out, (_named(name)(back, tuple(edges), (out.aval,)), 0)


def enter(level: Batch, cot: Cotangent) -> Cotangent:
    """The examples of a batch."""
    value, edge = cot
    out = levels.enter(level, value)
    return _crossed(out, "AddBatchDimBackward0", lambda g: [leave(level, g)], [edge])


def leave(level: Batch, cot: Cotangent) -> Cotangent:
    """The batch of these examples."""
    value, edge = cot
    out = levels.leave(level, value)
    return _crossed(out, "RemoveBatchDimBackward0", lambda g: [enter(level, g)], [edge])


def lift(level: Level, cot: Cotangent) -> Cotangent:
    """What is outside as seen inside."""
    value, edge = cot
    if level in levels.levels_of(value):
        return cot
    out = levels.lift(level, value)
    back: Any = drop if isinstance(level, Batch) else _of_primal
    return _crossed(out, "LiftBackward0", lambda g: [back(level, g)], [edge])


def drop(level: Batch, cot: Cotangent) -> Cotangent:
    """The sum over the examples."""
    value, edge = cot
    out = levels.drop(level, value)
    return _crossed(out, "SumBackward0", lambda g: [lift(level, g)], [edge])


def dual(
    level: Tangents, primal: Cotangent, tangent: Cotangent | None, swapped: bool = False
) -> Cotangent:
    """A number with its tangent."""
    if tangent is None:
        return lift(level, primal)
    out = levels.dual(level, primal[0], tangent[0], swapped)
    _, edges = _lifted([primal[0], tangent[0]], [primal[1], tangent[1]], out, level)

    def back(g: Cotangent):
        both = levels.is_swapped(level, g[0])
        return [_of_primal(level, g), primal_of(level, g) if both else None]

    return _crossed(out, "MakeDualBackward0", back, edges)


def _of_primal(level: Tangents, g: Cotangent) -> Cotangent | None:
    """The cotangent of a number that was made dual: a part of g, or a dual number as g is, for who
    differentiates inside.
    """
    return tangent_of(level, g) if levels.is_swapped(level, g[0]) else g


def primal_of(level: Tangents, cot: Cotangent) -> Cotangent:
    value, edge = cot
    out = levels.primal_of(level, value)

    def back(g: Cotangent):
        zero = record(levels.ZEROS_LIKE, (), [g[0]])[0], None
        return [dual(level, zero, g, True)]

    return _crossed(out, "PrimalBackward0", back, [edge])


def tangent_of(level: Tangents, cot: Cotangent) -> Cotangent | None:
    """The tangent, or None where it is zero."""
    value, edge = cot
    out = levels.tangent_of(level, value)
    if out is None:
        return None

    def back(g: Cotangent):
        zero = record(levels.ZEROS_LIKE, (), [g[0]])[0], None
        return [dual(level, g, zero, True)]

    return _crossed(out, "TangentBackward0", back, [edge])


def lift_to(inside: Sequence[Level], cot: Cotangent) -> Cotangent:
    """Into each of these levels, outermost first."""
    for level in inside:
        cot = lift(level, cot)
    return cot


def _lifted(inputs: Sequence, edges: Sequence, out: Value, but: Level | None = None) -> tuple:
    """An op's inputs and their edges as seen from the levels its result is in: a gradient on its
    way to something outside is summed over the examples, or becomes a number without a tangent.
    """
    inside = levels.levels_of(out) - {but}
    pairs = []
    for x, edge in zip(inputs, edges, strict=True):
        if edge is not None:
            missing = inside - levels.levels_of(x)
            x, edge = lift_to(sorted(missing, key=lambda each: each.number), (x, edge))
        pairs.append((x, edge))
    return tuple(zip(*pairs, strict=True))


def lifted(inputs: Sequence, edges: Sequence, outs: Sequence[Value]) -> tuple[Sequence, Sequence]:
    """Both as they are, unless the results are inside a transformation."""
    buf = outs[0].buf if outs else None
    return _lifted(inputs, edges, outs[0]) if isinstance(buf, Wrapped) else (inputs, edges)


tape.lifting = lifted
