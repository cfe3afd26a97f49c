"""The backward walk: nodes in reverse order of recording, as torch's engine takes them, each
pullback recorded on the same trace as the forward. Knows nodes and cotangents; tensors only through
`handles`.
"""

from __future__ import annotations

import heapq
import warnings
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..graph import Value, look, record, trace_for
from . import memo
from .modes import modes
from .tape import ADD, ONES, ZEROS, AccumulateGrad, Cotangent, Edge, Node, apply, type_name


class _Handles:
    """How hooks see cotangents; filled in by the tensor layer."""

    wrap: Callable[[Cotangent], Any]
    unwrap: Callable[[Any], Cotangent]


handles = _Handles()


def add(a: Cotangent, b: Cotangent, create_graph: bool) -> Cotangent:
    if create_graph:
        return apply(ADD, (), [a[0], b[0]], [a[1], b[1]])[0]
    return record(ADD, (), [a[0], b[0]])[0], None


@contextmanager
def _grad_mode(create_graph: bool):
    previous, modes.grad = modes.grad, create_graph
    trace = trace_for()
    trace.hold += 1
    try:
        yield
    finally:
        trace.hold -= 1
        modes.grad = previous


class _Walk:
    """One call of backward() or autograd.grad()."""

    def __init__(self, roots, retain_graph, create_graph, targets: Sequence[Edge] | None):
        self.retain, self.create = retain_graph, create_graph
        self.buffers: dict[Node, list[Cotangent | None]] = {}
        self.waiting = _dependencies([edge[0] for edge, _ in roots])
        self.targets = targets
        self.captured: dict[Edge, Cotangent] = {}
        self.needed = None if targets is None else _needed(self.waiting, targets)
        self.heap: list[tuple[int, int, Node]] = []
        self.recorder: memo.Recorder | None = None
        self.pushed = 0
        for edge, cot in roots:
            self._deposit(edge, cot)
        for node in dict.fromkeys(edge[0] for edge, _ in roots):
            if not self.waiting[node]:
                self._ready(node)

    def _ready(self, node: Node) -> None:
        self.pushed += 1  # leaves are equally urgent: first come, first served, on every run
        heapq.heappush(self.heap, (-node.seq, self.pushed, node))

    def _deposit(self, edge: Edge, cot: Cotangent) -> None:
        node, nr = edge
        buffer = self.buffers.get(node)
        if buffer is None:
            buffer = self.buffers[node] = [None] * len(node.outs)
        old = buffer[nr]
        buffer[nr] = cot if old is None else add(old, cot, self.create)

    def run(self) -> None:
        waiting, watch_all = self.waiting, modes.anomaly
        while self.heap:
            node = heapq.heappop(self.heap)[2]
            grads = self.buffers.pop(node, None) or [None] * len(node.outs)
            if self.recorder is not None:
                self.recorder.visit(node, grads)
            watched = watch_all or node.watched
            if watched:
                self._tensor_hooks(node, grads)
            if self.targets is not None:
                self._capture(node, grads)
            if self.needed is None or node in self.needed:
                outs = self._apply(node, grads) if watched else node.apply(grads, self.create)  # pyright: ignore[reportArgumentType]
                if not self.retain:
                    node.release()
            else:
                outs = [None] * len(node.edges)
            for edge, out in zip(node.edges, outs, strict=False):
                if edge is None:
                    continue
                if out is not None:
                    self._deposit(edge, out)
                below = edge[0]
                waiting[below] -= 1
                if not waiting[below]:
                    self._ready(below)

    def _capture(self, node: Node, grads: list) -> None:
        for nr, g in enumerate(grads):
            if g is not None and (node, nr) in (self.targets or ()):
                self.captured[node, nr] = g

    def _tensor_hooks(self, node: Node, grads: list) -> None:
        hooks = node.variable._leaf_hooks() if isinstance(node, AccumulateGrad) else None
        table = {0: hooks} if hooks else node.tensor_hooks
        if table:
            for nr, each in table.items():
                for hook in list(each.values()):
                    if grads[nr] is not None:
                        new = hook(handles.wrap(grads[nr]))
                        if new is not None:
                            grads[nr] = _from_hook(hook, new, grads[nr])
        if node.retain and not isinstance(node, AccumulateGrad):
            for nr, owner in node.retain.items():
                tensor = owner()
                if tensor is not None and grads[nr] is not None:
                    tensor._retain(grads[nr])

    def _apply(self, node: Node, grads: list) -> Sequence[Cotangent | None]:
        if node.pre_hooks:
            wrapped = tuple(None if g is None else handles.wrap(g) for g in grads)
            for hook in list(node.pre_hooks.values()):
                new = hook(wrapped)
                if new is not None:
                    wrapped = new if isinstance(new, tuple) else (new,)
            grads = [None if g is None else handles.unwrap(g) for g in wrapped]
        try:
            outs = node.apply(grads, self.create)
        except Exception:
            if node.where is not None:
                _blame(node)
            raise
        if modes.anomaly and modes.check_nan:
            _refuse_nan(node, outs)
        if node.post_hooks:
            outs = _post_hooks(node, grads, outs)
        return outs


def _from_hook(hook: Callable, new: Any, old: Cotangent) -> Cotangent:
    """What a hook on a tensor returned, which must be as its gradient was."""
    if not hasattr(new, "_read"):
        raise TypeError(f"expected Variable, but hook returned '{type(new).__name__}'")
    name = getattr(hook, "__name__", type(hook).__name__)
    cot = handles.unwrap(new)
    want, got = old[0].aval, cot[0].aval
    if got.dtype != want.dtype:
        raise RuntimeError(
            f"hook '{name}' has changed the type of value (was {type_name(want)} got "
            f"{type_name(got)})"
        )
    if got.shape != want.shape:
        raise RuntimeError(f"hook '{name}' has changed the size of value")
    return cot


def _post_hooks(node: Node, grads, outs):
    shown = node.shown
    inputs = tuple(None if outs[i] is None else handles.wrap(outs[i]) for i in shown)
    outputs = tuple(None if g is None else handles.wrap(g) for g in grads)
    for hook in list((node.post_hooks or {}).values()):
        new = hook(inputs, outputs)
        if new is not None:
            inputs = new if isinstance(new, tuple) else (new,)
    results = list(outs)
    for i, g in zip(shown, inputs, strict=True):
        results[i] = None if g is None else handles.unwrap(g)
    return results


def _blame(node: Node) -> None:
    warnings.warn(
        f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n"
        + "".join(node.where or ()),
        stacklevel=2,
    )


def _refuse_nan(node: Node, outs: Sequence[Cotangent | None]) -> None:
    for k, out in enumerate(outs):
        if out is not None and np.isnan(np.asarray(look(out[0])).astype(np.complex128)).any():
            if node.where is not None:
                _blame(node)
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {k}th output.")


def _dependencies(roots: list[Node]) -> dict[Node, int]:
    """How many edges lead to each reachable node."""
    waiting: dict[Node, int] = dict.fromkeys(roots, 0)
    stack = list(waiting)
    while stack:
        for edge in stack.pop().edges:
            if edge is None:
                continue
            if edge[0] not in waiting:
                waiting[edge[0]] = 0
                stack.append(edge[0])
            waiting[edge[0]] += 1
    return waiting


def _needed(reachable: dict[Node, int], targets: Sequence[Edge]) -> set[Node]:
    """Nodes that must apply for the gradient to reach the targets (targets' own nodes excluded)."""
    goal = {node for node, _ in targets}
    users: dict[Node, list[Node]] = {}
    for node in reachable:
        for edge in node.edges:
            if edge is not None:
                users.setdefault(edge[0], []).append(node)
    needed: set[Node] = set()
    stack = [node for node in goal if node in reachable]
    while stack:
        for user in users.get(stack.pop(), ()):
            if user not in needed:
                needed.add(user)
                stack.append(user)
    return needed


def run_backward(
    roots: Sequence[tuple[Edge, Cotangent]],
    *,
    retain_graph: bool,
    create_graph: bool,
    targets: Sequence[Edge] | None = None,
    accumulate: bool = False,
) -> dict[Edge, Cotangent]:
    """Walk back from `roots`. With targets: return the gradients at those edges (and, if
    accumulate, also add them to the leaves among them); without: accumulate into every leaf
    reached.
    """
    if targets is None and not create_graph and not modes.anomaly and len(roots) == 1:
        return _backward_again(roots, retain_graph)
    with _grad_mode(create_graph):
        walk = _Walk(roots, retain_graph, create_graph, targets)
        if accumulate and walk.needed is not None and targets is not None:
            walk.needed.update(n for n, _ in targets if isinstance(n, AccumulateGrad))
        before, modes.targeted = modes.targeted, targets is not None
        try:
            walk.run()
        finally:
            modes.targeted = before
    return walk.captured


def _backward_again(roots, retain_graph: bool) -> dict[Edge, Cotangent]:
    """Plain backward() from one output: replayed if this trace has been walked before."""
    (((node, nr), (seed, _)),) = roots
    trace = seed.trace
    key = None
    if trace is not None and seed.gen == trace.gen:
        key, walk = memo.find(trace, node, nr, seed)
        if walk is not None and memo.replay(trace, walk, retain_graph):
            return {}
    with _grad_mode(False):
        walk = _Walk(roots, retain_graph, False, None)
        if key is not None:
            walk.recorder = memo.Recorder(trace, key)  # pyright: ignore[reportArgumentType]
        walk.run()
    if walk.recorder is not None:
        walk.recorder.finish()
    return {}


def ones_like(value: Value) -> Value:
    aval = value.aval
    return record(ONES, (("shape", aval.shape), ("dtype", aval.dtype)), [], aval.device)[0]


def zeros_like(value: Value) -> Value:
    aval = value.aval
    return record(ZEROS, (("shape", aval.shape), ("dtype", aval.dtype)), [], aval.device)[0]
