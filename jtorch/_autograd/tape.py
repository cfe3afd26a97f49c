"""Nodes of the tape and how an op joins it. A `Node` holds the immutable values its op read, so a
later in-place change can never corrupt a gradient; torch's error about such changes needs only a
version compare. Knows values and primitives; knows no Tensor (leaves are duck-typed, see
`AccumulateGrad`).
"""

from __future__ import annotations

import itertools
import re
import traceback
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any
from weakref import ref

import jax.numpy as jnp

from .._hooks import RemovableHandle
from ..graph import META, Aval, LiftedSpec, Value, Wrapped, record
from . import memo
from .modes import modes
from .pullback import (
    DiffPrim,
    depends_on,
    number,
    pullback,
    residual_pullback,
    with_residuals,
)
from .views import ViewPrim

_sequence = itertools.count()
Edge = tuple["Node", int]
Cotangent = tuple[Value, Edge | None]  # a gradient and, under create_graph, where it came from

SECOND_TIME = (
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they "
    "have already been freed). Saved intermediate values of the graph are freed when you call "
    ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time or if you need to access saved tensors after calling backward."
)


# Nodes that torch names in full, being C++ classes of their own.
_ORDINAL = re.compile(r"Backward0?$|Backward(?=\d+$)")
_QUALIFIED = {n: f"torch::autograd::{n}" for n in ("AccumulateGrad", "CopyBackwards", "CopySlices")}


class Node:
    """One recorded op: what `Tensor.grad_fn` shows."""

    edges: tuple[Edge | None, ...]
    outs: tuple[Aval, ...]

    # What few nodes have, they set on themselves.
    frame: Any = None  # of a region that is computed again in backward: holds what to do for that
    overwrites: Value | None = None  # of an in-place op: the value it replaced
    tensor_hooks: dict[int, OrderedDict] | None = None
    retain: dict[int, Any] | None = None  # output number -> weakref of a tensor
    pre_hooks: dict[int, Callable] | None = None
    post_hooks: dict[int, Callable] | None = None
    where: list[str] | None = None
    watched = False  # whether any hook wants to see this node
    is_leaf = False
    _metadata: dict | None = None

    def __init__(self, edges, outs):
        self.edges, self.outs = edges, outs
        self.seq = next(_sequence)
        if modes.anomaly:
            self.where = traceback.format_stack()[:-3]

    def apply(
        self, grads: list[Cotangent | None], create_graph: bool
    ) -> Sequence[Cotangent | None]:
        raise NotImplementedError

    def release(self) -> None:
        """Forget what was saved; a second backward through this node may then be an error."""

    def hooks_of(self, nr: int) -> OrderedDict:
        """The hooks of the tensor that is output `nr`."""
        self.watched = True
        if self.tensor_hooks is None:
            self.tensor_hooks = {}
        return self.tensor_hooks.setdefault(nr, OrderedDict())

    def retain_for(self, tensor: Any, nr: int) -> None:
        """Hand the gradient of output `nr` to `tensor`, while that lives."""
        self.watched = True
        self.retain = {**(self.retain or {}), nr: ref(tensor)}

    # -- what users see

    def name(self) -> str:
        return _QUALIFIED.get(self.__class__.__name__, self.__class__.__name__)

    @property
    def shown(self) -> Sequence[int]:
        """Which edges users see, in torch's order."""
        return range(len(self.edges))

    @property
    def next_functions(self) -> tuple:
        return tuple(self.edges[i] or (None, 0) for i in self.shown)

    @property
    def metadata(self) -> dict:
        if self._metadata is None:
            self._metadata = {}
        return self._metadata

    @property
    def _sequence_nr(self) -> int:
        return self.seq

    def register_hook(self, hook: Callable) -> RemovableHandle:
        """Call hook(grad_inputs, grad_outputs) after this node; a result replaces grad_inputs."""
        if self.post_hooks is None:
            self.post_hooks = OrderedDict()
        self.watched = True
        handle = RemovableHandle(self.post_hooks)
        self.post_hooks[handle.id] = hook
        return handle

    def register_prehook(self, hook: Callable) -> RemovableHandle:
        """Call hook(grad_outputs) before this node; a result replaces them."""
        if self.pre_hooks is None:
            self.pre_hooks = OrderedDict()
        self.watched = True
        handle = RemovableHandle(self.pre_hooks)
        self.pre_hooks[handle.id] = hook
        return handle

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} object at {id(self):#x}>"


class OpNode(Node):
    """The node of a primitive."""

    residuals: tuple | None = None  # (values, tree)
    numbers: list | None = None  # of the inputs, once they are released
    result_home: tuple[Any, int] | None = None
    of_view = True  # of a view op: whether its result is a view, and not its base in another form
    origin = ""  # of a view op: how views came about that may not be written

    def __init__(self, prim: DiffPrim, static: tuple, inputs, edges, outs, spec):
        self.edges, self.outs, self.spec = edges, outs, spec
        self.seq = next(_sequence)
        self.prim, self.static = prim, static
        self.inputs: Sequence | None = inputs
        if modes.anomaly:
            self.where = traceback.format_stack()[:-3]

    @property
    def shown(self) -> Sequence[int]:
        """Inputs that could have a gradient: no numbers, no indices, nothing left out."""
        real = [isinstance(s, Aval) and s.inexact for s in _plain(self.spec)]
        first = self.prim.edges or ()
        if self.prim.edges is not None:
            real = [False] * len(real)
        more = [i for i, e in enumerate(self.edges) if (real[i] or e) and i not in first]
        return [*first, *more]

    def apply(self, grads, create_graph):
        edges = self.edges
        given = (0,) if len(grads) == 1 else tuple(k for k, g in enumerate(grads) if g is not None)
        wrt = tuple([i for i, edge in enumerate(edges) if edge is not None])
        if not given or grads[given[0]] is None or not wrt:
            return [None] * len(edges)
        if self.frame is not None:
            self.frame.restore(grads)
        inputs = self._saved(wrt, given)
        cots = [g for g in grads if g is not None]
        if self.residuals is not None and not create_graph:
            outs = self._pull_residuals(grads, cots)
        else:
            pull = pullback(self.prim, wrt, given, len(inputs))
            if create_graph:
                reads = self._read_by_pullback(wrt, given)  # other inputs play no part
                mine = [e if r else None for e, r in zip(edges, reads, strict=True)]
                both = [*mine, *[e for _, e in cots]]
                outs = apply(pull, self.static, [*inputs, *[v for v, _ in cots]], both)
            else:
                values = record(pull, self.static, [*inputs, *[v for v, _ in cots]])
                outs = [(v, None) for v in values]
        if len(outs) == len(edges):
            return outs
        result: list[Cotangent | None] = [None] * len(edges)
        for i, out in zip(wrt, outs, strict=True):
            result[i] = out
        return result

    def _pull_residuals(self, grads, cots) -> list[Cotangent]:
        assert self.residuals is not None
        values, tree = self.residuals
        real = [a if a.inexact else None for a in self.outs]
        zeros = tuple(a if grads[k] is None else None for k, a in enumerate(real) if a is not None)
        pull = residual_pullback(self.prim, tree, len(values), zeros)
        return [(v, None) for v in record(pull, (), [*values, *[v for v, _ in cots]])]

    def _saved(self, wrt, given) -> Sequence:
        """The inputs, after torch's two checks: freed, and changed in place."""
        if self.inputs is None:
            if self.prim.saves != "nothing" and (
                self.prim.saves in ("result", "both", "own")
                or any(self._read_by_pullback(wrt, given))
            ):
                raise RuntimeError(SECOND_TIME)
            return tuple(
                _placeholder(s) if isinstance(s, Aval) else n
                for s, n in zip(self.spec, self.numbers or _plain(self.spec), strict=True)
            )
        if self.result_home is not None and stale(self.result_home):
            raise modified(self.outs[0], self.result_home, self.name(), 0)
        if self.prim.saves not in ("nothing", "result", "own"):
            self._check_versions(wrt, given)
        return self.inputs

    def _check_versions(self, wrt, given) -> None:
        assert self.inputs is not None
        for i, v in (*enumerate(self.inputs[1:], 1), (0, self.inputs[0])):  # torch: `other`, `self`
            if v is self.overwrites and not i:
                continue
            if v.__class__ is Value and v.home is not None and stale(v.home):
                if self._read_by_pullback(wrt, given)[i]:
                    self._refuse_multiple(i)
                    raise modified(v.aval, v.home, *self._origin(i, v.home[0].writer))

    def _refuse_multiple(self, i: int) -> None:
        """Input `i` was written since; torch says more if it is one of several views."""
        node, nr = self.edges[i] or (None, 0)
        if isinstance(node, OpNode) and node.origin == "multi":
            raise RuntimeError(multiple_views(node, nr, EVENT))

    def _origin(self, i: int, writer: tuple[str, int] | None) -> tuple[str | None, int]:
        """The node by which torch would name input `i`, which was written since."""
        node, nr = self.edges[i] or (None, 0)
        if isinstance(node, OpNode) and isinstance(node.prim, ViewPrim) and node.of_view:
            if node.prim.by_strides:  # its base's write renamed it
                return "AsStridedBackward0", 0
            return node.name(), nr
        if writer is not None:
            return writer
        return (None, 0) if node is None or node.is_leaf else (node.name(), nr)

    def _read_by_pullback(self, wrt, given) -> tuple[bool, ...]:
        spec = _plain(self.spec)
        cts = tuple(self.outs[k] for k in given)
        reads = depends_on(self.prim, self.static, spec, wrt, given, cts)
        kept = len(spec) > 1 and self.prim.saves != "tensors"  # torch saves numbers as tensors
        return tuple(kept if number(s) else r for r, s in zip(reads, spec, strict=True))

    def release(self):
        if self.inputs is not None and self.prim.saves in ("nothing", "tensors"):
            self.numbers = [None if x.__class__ is Value else x for x in self.inputs]
        self.inputs = self.frame = None
        if self.residuals is not None or self.overwrites is not None:
            self.residuals = self.overwrites = None


def _spec(inputs) -> tuple:
    return tuple(x.aval if x.__class__ is Value else x for x in inputs)


def _plain(spec: Sequence) -> tuple:
    """A trace's spec with numbers as numbers; which number does not matter where it is used."""
    return tuple(
        s[1] if s.__class__ is tuple else s.kind(1) if isinstance(s, LiftedSpec) else s
        for s in spec
    )


def _placeholder(aval: Aval) -> Value:
    """A stand-in for a freed input whose value the pullback does not read."""
    (v,) = record(ZEROS, (("shape", aval.shape), ("dtype", aval.dtype)), [], aval.device)
    return v


EVENT = "its base or another view of its base has been modified inplace"


def multiple_views(node: Node | None, nr: int, event: str) -> str:
    """Why one of several views that one op gave may not be written, or its base be."""
    if node is None:
        which = f"A view was created in no_grad mode and {event} with grad mode enabled."
    else:
        which = f"Output {nr} of {_ORDINAL.sub('', node.name())} is a view and {event}."
    return (
        f"{which} This view is the output of a "
        "function that returns multiple views. Such functions do not allow the output "
        "views to be modified inplace. You should replace the inplace operation by an "
        "out-of-place one."
    )


def stale(home: tuple[Any, int]) -> bool:
    return home[0].n != home[1]


def modified(aval: Aval, home: tuple[Any, int], name: str | None, nr: int) -> RuntimeError:
    kind = type_name(aval)
    which = f"[{kind} {list(aval.shape)}]"
    if name is not None:
        which += f", which is output {nr} of {_ORDINAL.sub('', name)},"
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: {which} is at version {home[0].n}; expected version {home[1]} instead. Hint: "
        + (
            "the backtrace further above shows the operation that failed to compute its gradient. "
            "The variable in question was changed in there or anywhere later. Good luck!"
            if modes.anomaly
            else "enable anomaly detection to find the operation that failed to compute its "
            "gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False)."
        )
    )


_TYPE_NAMES = {
    "float32": "Float", "float64": "Double", "float16": "Half", "bfloat16": "BFloat16",
    "complex64": "ComplexFloat", "complex128": "ComplexDouble", "int64": "Long", "int32": "Int",
    "int16": "Short", "int8": "Char", "uint8": "Byte", "bool": "Bool",
}  # fmt: skip


def type_name(aval: Aval) -> str:
    """torch.FloatTensor and so on; CPUComplexFloatType for what is younger than such names."""
    on_cpu = aval.device is META or aval.device.platform == "cpu"
    name = _TYPE_NAMES.get(aval.dtype.name, aval.dtype.name)
    if aval.dtype.kind in "cV":
        return f"{'CPU' if on_cpu else 'CUDA'}{name}Type"
    return f"torch.{'' if on_cpu else 'cuda.'}{name}Tensor"


class Reformed(Node):
    """Stands for the node of a tensor that was given another shape without a gradient: what comes
    back is summed to the shape that the node knows, as torch's engine does.
    """

    def __init__(self, edge: Edge, aval: Aval):
        self.edge, self.of = edge, edge[0]
        super().__init__((edge,), (aval,))

    def apply(self, grads: list, create_graph: bool) -> Sequence:
        (grad,) = grads
        if grad is None:
            return (None,)
        node, nr = self.edge
        shape = node.outs[nr].shape
        check_sums_to(grad[0].aval.shape, shape, node.name(), nr)
        value, above = grad
        return apply(SUM_TO, (("shape", shape),), [value], [above if create_graph else None])

    def name(self) -> str:
        return self.of.name()

    @property
    def next_functions(self) -> tuple:
        return self.of.next_functions

    def __repr__(self) -> str:
        return repr(self.of)


def check_sums_to(given: Sequence[int], shape: Sequence[int], name: str, i: int) -> None:
    """Raise if a gradient of the shape `given` is not one of something broadcast from `shape`."""
    lead = len(given) - len(shape)
    if lead < 0 or any(n not in (1, m) for n, m in zip(shape, given[lead:])):
        raise RuntimeError(
            f"Function {name} returned an invalid gradient at index {i} - got {list(given)} but "
            f"expected shape compatible with {list(shape)}"
        )


def reformed(edge: Edge, aval: Aval) -> Edge:
    """The edge of a tensor that was given the shape of this aval without a gradient."""
    if isinstance(edge[0], Reformed):
        edge = edge[0].edge
    same = edge[0].outs[edge[1]].shape == aval.shape
    return edge if same else (Reformed(edge, aval), 0)


class AccumulateGrad(Node):
    """The end of the tape at a leaf; `variable` has `_accumulate(cotangent)` and `_leaf_hooks`."""

    is_leaf = True
    edges = ()
    seq = 1 << 62  # as soon as it is ready

    def __init__(self, variable: Any, aval: Aval):
        self.variable, self.outs = variable, (aval,)
        if modes.anomaly:
            self.where = traceback.format_stack()[:-3]

    @property
    def watched(self) -> bool:  # type: ignore[override]
        return bool(self.pre_hooks or self.post_hooks or self.variable._leaf_hooks())

    def fresh(self) -> bool:
        """Nothing there to add to, and nobody watching."""
        meta = self.variable._meta
        return not (self.pre_hooks or self.post_hooks) and (
            meta is None or not (meta.grad is not None or meta.hooks or meta.post_hooks)
        )

    @watched.setter
    def watched(self, value: bool) -> None:
        pass  # what is registered tells

    def apply(self, grads, create_graph):
        if grads[0] is not None and self.variable._requires:  # may have been turned off since
            self.variable._accumulate(grads[0], create_graph)
        return ()


_node_types: dict[str, type[OpNode]] = {}
lifting: Callable = None  # pyright: ignore[reportAssignmentType]  (of edges, into transformations)


def node_type(name: str, base: type = OpNode) -> type:
    """The node class of this name: torch names the class after the op."""
    found = _node_types.get(name)
    if found is None:
        found = _node_types[name] = type(name, (base,), {})  # pyright: ignore[reportArgumentType]
    return found


def apply(prim: DiffPrim, static: tuple, inputs: Sequence, edges: Sequence) -> list[Cotangent]:
    """Record prim and, if some input has an edge, its node. inputs and edges run in parallel."""
    traced = [x for x in inputs if x.__class__ is Value and isinstance(x.buf, Wrapped)]
    if prim.residuals and not traced and any(e is not None for e in edges):
        return _apply_with_residuals(prim, static, inputs, edges)
    outs = record(prim, static, inputs)
    if not any(e is not None for e in edges):
        return [(v, None) for v in outs]
    node = new_node(prim, static, inputs, edges, outs)
    return [(v, (node, k) if v.aval.inexact else None) for k, v in enumerate(outs)]


def new_node(prim: DiffPrim, static: tuple, inputs, edges, outs: list[Value]) -> OpNode:
    """The node of an op just recorded."""
    cls = prim.node_class
    if cls is None:
        cls = prim.node_class = node_type(prim.grad_name)
    trace = outs[0].trace if outs else None
    if trace is None:  # computed at once: meta tensors, and values inside transformations
        inputs, edges = lifting(inputs, edges, outs)
        return cls(prim, static, inputs, edges, tuple(v.aval for v in outs), _spec(inputs))
    node = cls(prim, static, inputs, edges, trace.state.avals, trace.state.spec)
    if trace.notes is None:
        trace.notes = memo.Tape()
    trace.notes.add(node)
    return node


def _apply_with_residuals(prim, static, inputs, edges) -> list[Cotangent]:
    wrt = tuple(i for i, e in enumerate(edges) if e is not None)
    forward, tree = with_residuals(prim, wrt, static, _spec(inputs))
    values = record(forward, static, inputs)
    if tree.treedef is None:  # traced earlier under another key: trace again
        with_residuals.cache_clear()
        return _apply_with_residuals(prim, static, inputs, edges)
    count = len(values) - tree.treedef.num_leaves
    outs, kept = values[:count], values[count:]
    avals = tuple(v.aval for v in outs)
    node = node_type(prim.grad_name)(prim, static, inputs, edges, avals, _spec(inputs))
    node.residuals = (tuple(kept), tree)
    return [(v, (node, k) if v.aval.inexact else None) for k, v in enumerate(outs)]


def _zeros(*, shape, dtype):
    return (jnp.zeros(shape, dtype),)


def _ones(*, shape, dtype):
    return (jnp.ones(shape, dtype),)


def _sum_to(x, *, shape):
    lead = x.ndim - len(shape)
    axes = [d for d in range(x.ndim) if d < lead or shape[d - lead] == 1 != x.shape[d]]
    return (jnp.sum(x, tuple(axes)).reshape(shape),)


SUM_TO = DiffPrim("sum_to", _sum_to, grad_name="SumBackward1", saves="nothing")
ZEROS = DiffPrim("zeros", _zeros)
ONES = DiffPrim("ones", _ones)
ADD = DiffPrim("add", lambda a, b: (a + b,), saves="nothing")
