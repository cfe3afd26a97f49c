"""Backward passes that come again. A training loop records the same forward ops in the same places
of the trie, so its tape has the same shape and the walk back would record the same pullbacks: the
second time, the trace jumps to where that walk ended and the leaves get their gradients. What
cannot be told from the trace (hooks, gradients already there, nodes of other traces) makes the walk
happen as usual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

from ..graph import Value

if TYPE_CHECKING:
    from ..graph.trace import State, Trace
    from .tape import AccumulateGrad, OpNode


class Tape:
    """The nodes one trace has put on the tape, and a signature of how they hang together."""

    __slots__ = ("leaves", "nodes", "places", "signature")

    def __init__(self):
        self.nodes: list[OpNode] = []
        self.places: dict[Any, int] = {}  # node -> its number
        self.leaves: dict[Any, int] = {}  # AccumulateGrad -> its number
        self.signature: int | None = 0  # None: something here cannot be told from the trace

    def add(self, node: OpNode) -> None:
        """Note a node just made."""
        places, leaves = self.places, self.leaves
        places[node] = len(self.nodes)
        self.nodes.append(node)
        if self.signature is None:
            return
        links: list[Any] = [self.signature]
        for edge in node.edges:
            if edge is None:
                links.append(None)
                continue
            below, nr = edge
            if below in places:
                links += (places[below], nr)
            elif below.is_leaf:
                links.append(~leaves.setdefault(below, len(leaves)))
            else:  # recorded before the last cut, or a user's Function
                self.signature = None
                return
        self.signature = hash(tuple(links))


class Walk(NamedTuple):
    """A finished backward pass: where the trace stood after it, and what it gave to the leaves."""

    end: State
    count: int  # values it recorded
    nodes: tuple[int, ...]  # the nodes it went through, by number
    grads: tuple[tuple[int, int, Any], ...]  # (leaf number, output position, aval), by position


def find(trace: Trace, root: Any, nr: int, seed: Value) -> tuple[Any, Walk | None]:
    """(key of this backward pass or None if it cannot be told, the walk it was before)."""
    tape = trace.notes
    if tape is None or tape.signature is None or root not in tape.places:
        return None, None
    key = (tape.signature, tape.places[root], nr, seed.idx)
    walks = trace.state.notes
    return key, walks.get(key) if walks else None


def replay(trace: Trace, walk: Walk, retain: bool) -> bool:
    """Do again what `walk` did. False, with nothing changed, if something wants a real walk."""
    tape = trace.notes
    nodes = [tape.nodes[i] for i in walk.nodes]
    for node in nodes:
        if node.watched or _stale_inputs(node):
            return False
    leaves: list[AccumulateGrad] = list(tape.leaves)
    for i, _, _ in walk.grads:
        if not leaves[i].fresh():
            return False
    start, gen, live = trace.count, trace.gen, trace.live
    for i, offset, aval in walk.grads:
        v = Value(aval, None, gen, start + offset, trace)
        live.append(ref(v))
        leaves[i].variable._receive(v)
    trace.state, trace.count = walk.end, start + walk.count
    if not retain:
        for node in nodes:
            node.release()
    return True


def _stale_inputs(node: OpNode) -> bool:
    if node.inputs is None:
        return True
    for v in node.inputs:
        if v.__class__ is Value and v.home is not None and v.home[0].n != v.home[1]:
            return True
    home = node.result_home
    return home is not None and home[0].n != home[1]


class Recorder:
    """Watches a real walk, to remember it if it can be told from the trace alone."""

    def __init__(self, trace: Trace, key: Any):
        self.trace, self.key = trace, key
        self.gen, self.state, self.count = trace.gen, trace.state, trace.count
        self.leaf_count = len(trace.leaves)
        self.nodes: list[Any] = []
        self.grads: list[tuple[Any, Value]] = []
        self.good = True

    def visit(self, node: Any, grads: list) -> None:
        """Before `node` applies."""
        if not node.is_leaf:
            self.nodes.append(node)
            self.good = self.good and not node.watched
        elif grads[0] is not None:
            self.good = self.good and node.fresh()
            self.grads.append((node, grads[0][0]))

    def finish(self) -> None:
        trace, tape = self.trace, self.trace.notes
        if not self.good or trace.gen != self.gen or len(trace.leaves) != self.leaf_count:
            return
        if any(n not in tape.places for n in self.nodes):
            return
        grads = [
            (tape.leaves[leaf], v.idx - self.count, v.aval)
            for leaf, v in self.grads
            if leaf in tape.leaves and v.gen == self.gen and v.idx >= self.count
        ]
        if len(grads) != len(self.grads):
            return
        if self.state.notes is None:
            self.state.notes = {}
        self.state.notes[self.key] = Walk(
            trace.state,
            trace.count - self.count,
            tuple(tape.places[n] for n in self.nodes),
            tuple(sorted(grads, key=lambda g: g[1])),
        )
