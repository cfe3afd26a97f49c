"""Recording. A torch call appends an op to the current thread's trace and gets back `Value`s whose
shape and dtype are known and whose data is pending. A trace is a path in a trie of `State`s that
all traces share: recording an op seen before in the same place is one dictionary lookup, and the
path itself is the key of the compiled program. Knows pure functions on jax arrays; knows no Tensor.
"""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Sequence
from typing import Any
from weakref import ref

import jax
import jax.core
import numpy as np

from . import checks, execute
from .lower import LIFTED_DTYPES, LiftedSpec, Lowered, Prim, clear_lowered, lower
from .period import shortest_period
from .value import META, TRACED, Aval, Value, Wrapped, is_open

SOFT_BOUND = 1000  # ops recorded without a look before we search for a period
HARD_BOUND = 16000  # values recorded before a cut is made wherever we are
_NAN = math.nan
_generations = itertools.count()


class State:
    """One recorded op at one place of a trie path."""

    __slots__ = (
        "avals", "check", "depth", "first", "ids", "key", "lifted", "lifts", "lowered",
        "next", "notes", "parent", "prim", "programs", "spec", "static", "twin",
    )  # fmt: skip

    def __init__(self, parent: State | None, key, prim, static, ids, lifts, spec, lowered):
        self.parent, self.key, self.prim, self.static = parent, key, prim, static
        self.ids: tuple[int, ...] = ids  # array inputs: >= 0 earlier outputs, < 0 leaves
        self.lifts: tuple[int, ...] = lifts  # positions whose number is an input here
        self.spec: tuple = spec  # Aval, LiftedSpec, None or a number's key per input
        self.lowered: Lowered = lowered  # with every number as an input
        self.avals: tuple[Aval, ...] = lowered.avals if lowered else ()
        self.depth: int = parent.depth + 1 if parent else 0
        self.next: dict[tuple, State] = {}
        self.programs: dict[tuple, Any] = {}
        self.first: dict[tuple, tuple] | None = None  # lifted key -> exact key first seen
        self.lifted: dict[tuple, State] | None = None  # lifted key -> child with numbers as inputs
        self.notes: dict | None = None  # what the tape remembers of this place
        self.check: Any = None  # how the values of this op's inputs are checked, once that is known
        self.twin: State | None = None  # the same place of the path where a number was constant

    def exact(self, device: Any) -> Lowered:
        """The lowering for whole programs, where a number that has not changed is a constant."""
        return lower(self.prim, self.static, self.spec, device)

    def operands(self) -> list[Any]:
        """What `lowered` takes: ids of arrays, and the numbers that are constants here."""
        ids = iter(self.ids)
        return [
            LIFTED_DTYPES[s[0]].type(s[1]) if s.__class__ is tuple else next(ids)
            for s in self.spec
            if s is not None and (s.__class__ is not tuple or _liftable(s[1]))
        ]

    def path(self) -> list[State]:
        """The states from the first op to this one."""
        states, state = [], self
        while state.parent is not None:
            states.append(state)
            state = state.parent
        states.reverse()
        return states


class _Traced(Exception):
    """An input is a jax tracer, or a size is open: the op must apply at once."""


class _Elsewhere(Exception):
    """An input lives on another device than the trace at hand."""


def _number_key(x) -> tuple:
    """Numbers as dictionary keys: 1, 1.0 and True differ, so do 0.0 and -0.0; nan equals itself."""
    if x.__class__ is not int and x.__class__ is not bool and x != x:  # noqa: PLR0124
        return (x.__class__, _NAN)
    if x == 0 and x.__class__ is not int:
        return (x.__class__, x, str(x))
    return (x.__class__, x)


def _liftable(x) -> bool:
    kind = x.__class__
    if kind is int:
        return -(1 << 63) <= x < (1 << 63)
    return kind is float or kind is complex


class Trace:
    """What one thread has recorded on one device since the last cut."""

    def __init__(self, device: Any):
        self.device = device
        self.lock = threading.RLock()
        self.hold = 0  # > 0 inside backward() and the like: bounds wait
        self.root = _root(device)
        self.reset()

    def reset(self) -> None:
        self.gen = next(_generations)
        self.state = self.root
        self.count = 0
        self.leaves: list[Any] = []
        self.live: list[ref[Value]] = []
        self.checks: list[checks.Check] = []
        self.bound = SOFT_BOUND
        self.period: int | None = None
        self.notes: Any = None  # what the tape remembers of this run

    # -- recording

    def record(self, prim: Prim, static: tuple, inputs: Sequence) -> list[Value]:
        with self.lock:
            if self.count >= self.bound and not self.hold:
                self._overflow()
            gen, key, undo = self.gen, [prim, static], len(self.leaves)
            try:
                for x in inputs:
                    if x.__class__ is Value:
                        key.append(x.idx if x.gen == gen else self._admit(x))
                    elif x is None:
                        key.append(None)
                    else:
                        key.append(_number_key(x))
                key = tuple(key)
                state = self.state.next.get(key)
                if state is None:
                    state = self._descend(key, prim, static, inputs)
                if state.lifts:
                    self.leaves.extend(
                        LIFTED_DTYPES[inputs[i].__class__].type(inputs[i]) for i in state.lifts
                    )
            except BaseException:
                self._forget_leaves(undo)
                raise
            self.state = state
            idx, outs, live = self.count, [], self.live
            for aval in state.avals:
                v = Value(aval, None, gen, idx, self)
                live.append(ref(v))
                outs.append(v)
                idx += 1
            self.count = idx
            return outs

    def _admit(self, v: Value) -> Aval:
        """Make v a leaf of this trace. Its aval stands in the key; its number follows from the
        order.
        """
        if v.buf is None:
            if v.aval.device is not self.device:  # meta values among them, pending for ever
                raise _Elsewhere
            if v.trace is None:
                raise RuntimeError("jtorch: this value was lost because its program failed to run")
            flush(v.trace)  # pending in another thread
        if isinstance(v.buf, TRACED):
            raise _Traced
        if v.aval.device is not self.device:
            raise _Elsewhere
        if v.gen >= 0 and v.buf.__class__ is np.ndarray:  # host data used again: move it once
            v.buf = jax.device_put(v.buf, self.device)
        v.gen, v.idx = self.gen, ~len(self.leaves)
        self.leaves.append(v)
        return v.aval

    def _forget_leaves(self, count: int) -> None:
        """An op that raised has admitted nothing."""
        for leaf in self.leaves[count:]:
            if leaf.__class__ is Value:
                leaf.gen = -1
        del self.leaves[count:]

    def _descend(self, key: tuple, prim: Prim, static: tuple, inputs: Sequence) -> State:
        """The child for a key not seen here: a new state, or one that takes numbers as inputs."""
        here = self.state
        lifts = tuple(i for i, x in enumerate(inputs) if _liftable(x))
        if lifts:
            general = list(key)
            for i in lifts:
                general[i + 2] = inputs[i].__class__
            general = tuple(general)
            if here.lifted and general in here.lifted:
                return here.lifted[general]
            first = here.first.get(general) if here.first else None
            elder = here.twin
            if first is None and elder is not None and elder.first:
                first = elder.first.get(general)
            varies = first is not None and first != key  # from now on it is an input
            if varies or (prim.starts and self._will_vary(prim, static, inputs)):
                child = self._extend(general, prim, static, inputs, lifts)
                if first is not None:
                    twin = here.next.get(first) or (elder.next.get(first) if elder else None)
                    child.twin = twin
                    here.next[first] = child  # the number it was first may come again, as any other
                here.lifted = here.lifted or {}
                here.lifted[general] = child
                return child
            here.first = here.first or {}
            here.first[general] = key
        child = self._extend(key, prim, static, inputs, ())
        if here.twin is not None:
            child.twin = here.twin.next.get(key)
        here.next[key] = child
        return child

    def _will_vary(self, prim: Prim, static: tuple, inputs: Sequence) -> bool:
        """Whether a read of data at a number is where a batch begins: the trace starts with such
        reads, or another tensor was read there at the same place.
        """
        path = self.state.path()
        if all(s.lifts and s.prim.starts for s in path):
            return True
        batches = [s for s in path if s.lifts and s.prim is prim and s.static == static]
        return inputs[0].idx < 0 and any(self.leaves[~s.ids[1]] == inputs[1] for s in batches)

    def _extend(self, key, prim: Prim, static: tuple, inputs: Sequence, lifts: tuple) -> State:
        spec, general, ids, lifted = [], [], [], len(self.leaves)
        for i, x in enumerate(inputs):
            if x.__class__ is Value:
                spec.append(x.aval)
                ids.append(x.idx)
            elif i in lifts:
                spec.append(LiftedSpec(x.__class__))
                ids.append(~lifted)
                lifted += 1
            else:
                spec.append(x if x is None else _number_key(x))
            general.append(LiftedSpec(x.__class__) if _liftable(x) else spec[-1])
        # Numbers change no shape or dtype: one lowering serves them all, until a whole program
        # wants this one as a constant.
        lowered = lower(prim, static, tuple(general), self.device)
        if any(is_open(n) for aval in lowered.avals for n in aval.shape):
            raise _Traced
        execute.count_state(self.root)
        return State(self.state, key, prim, static, tuple(ids), lifts, tuple(spec), lowered)

    # -- cutting

    def _overflow(self) -> None:
        """The trace has grown past its bound: cut it, in phase with its period if it has one."""
        if self.period is None and self.count < HARD_BOUND:
            path = self.state.path()
            self.period = shortest_period([(s.prim, s.static) for s in path])
            if self.period is None:
                self.bound *= 2
                return
            self.bound = 0  # from here on, look at every op
        if self.period is None or self.state.depth % self.period == 0:
            flush(self, "bound")

    def take(self) -> tuple[State, list, list[Value], list[checks.Check]]:
        """Everything a run needs; afterwards the trace is empty and holds no leaf alive."""
        taken = (
            self.state,
            self.leaves,
            [v for r in self.live if (v := r()) is not None],
            self.checks,
        )
        self.reset()
        return taken


# -- the current trace

_roots: dict[Any, State] = {}


def _root(device: Any) -> State:
    root = _roots.get(device)
    if root is None:
        root = _roots[device] = State(None, (), None, (), (), (), (), None)
    return root


class _Local(threading.local):
    """Each thread's traces, one per device."""

    def __init__(self):
        self.traces: dict[Any, Trace] = {}
        self.main: Trace | None = None  # of the CPU
        self.unread: list[checks.Check] = []


_local = _Local()


def default_device() -> jax.Device:  # pyright: ignore[reportInvalidTypeForm]
    return _cpu()


def _cpu() -> jax.Device:  # pyright: ignore[reportInvalidTypeForm]
    global _CPU
    if _CPU is None:
        _CPU = jax.local_devices(backend="cpu")[0]
    return _CPU


_CPU: jax.Device | None = None  # pyright: ignore[reportInvalidTypeForm]


def trace_for(device: Any = None) -> Trace:
    if device is None:
        device = _CPU or _cpu()
    trace = _local.traces.get(device)
    if trace is None:
        execute.refuse_forked_child()
        trace = _local.traces[device] = Trace(device)
        if device is _CPU:
            _local.main = trace
    return trace


def record(prim: Prim, static: tuple, inputs: Sequence, device: Any = None) -> list[Value]:
    """Append `prim(*inputs, **dict(static))` to this thread's trace; return its pending outputs.

    Inputs are Values, Python numbers or None; static is a tuple of (name, hashable) pairs. With no
    Value among the inputs, `device` says where the op belongs (default: the CPU).
    """
    try:
        if device is META:
            raise _Elsewhere
        trace = _local.main if device is None else trace_for(device)
        return (trace or trace_for()).record(prim, static, inputs)
    except _Traced:
        return _apply_now(prim, static, inputs)
    except _Elsewhere:
        pass
    device = _common_device(inputs, device)
    if device is META:
        return _infer_only(prim, static, inputs)
    trace = trace_for(device)
    moved = [
        _transfer(x, device) if x.__class__ is Value and x.aval.device is not device else x
        for x in inputs
    ]
    try:
        return trace.record(prim, static, moved)
    except _Traced:
        return _apply_now(prim, static, inputs)


def _common_device(inputs: Sequence, device: Any) -> Any:
    """torch's rule: one device, save that 0-d CPU values may join any."""
    found: list[Any] = [] if device is None else [device]
    for x in inputs:
        if x.__class__ is Value and x.aval.device not in found:
            if x.aval.shape or x.aval.device is not _cpu():
                found.append(x.aval.device)
    if len(found) > 1:
        if META in found:
            raise RuntimeError(
                f"Tensor on device {_device_name(found[1])} is not on the expected device "
                f"{_device_name(found[0])}!"
            )
        first, second = sorted(map(_device_name, found[:2]), reverse=True)
        raise RuntimeError(
            "Expected all tensors to be on the same device, but found at least two devices, "
            f"{first} and {second}!"
        )
    return found[0] if found else _cpu()


def _device_name(device: Any) -> str:
    if device is META:
        return "meta"
    return "cpu" if device.platform == "cpu" else f"cuda:{device.local_hardware_id or 0}"


def _transfer(v: Value, device: Any) -> Value:
    return from_buffer(jax.device_put(look(v), device), device)


def _spec(inputs: Sequence) -> tuple:
    return tuple(
        x.aval if x.__class__ is Value else x if x is None else _number_key(x) for x in inputs
    )


def _infer_only(prim: Prim, static: tuple, inputs: Sequence) -> list[Value]:
    """Meta values: shapes and dtypes, never data."""
    lowered = lower(prim, static, _spec(inputs), META)
    return [Value(aval, None, -1, 0, None) for aval in lowered.avals]


def _apply_now(prim: Prim, static: tuple, inputs: Sequence) -> list[Value]:
    """Inside a jax transformation: run the op on the tracers. In one of ours its level takes it."""
    inner = [x.buf.level for x in inputs if x.__class__ is Value and isinstance(x.buf, Wrapped)]
    if inner:
        return max(inner, key=lambda level: level.number).apply(prim, static, inputs)
    arrays = [look(x) if x.__class__ is Value else x for x in inputs]
    outs = prim.fn(*arrays, **dict(static))
    device = next((x.aval.device for x in inputs if x.__class__ is Value), None)
    return [from_buffer(out, device) for out in outs]


def from_buffer(buf: Any, device: Any = None, *, owned: bool = True) -> Value:
    """A value that holds a jax array, a jax tracer, or an ndarray nobody else will write to."""
    device = _cpu() if device is None else device
    v = Value(Aval.of(tuple(buf.shape), np.dtype(buf.dtype), device), buf, -1, 0, None)
    v.owned = owned
    return v


def twin(v: Value) -> Value:
    """The same array as another value, which belongs to somebody else; neither is donated."""
    v.owned = False
    other = Value(v.aval, v.buf, -1, 0, None)
    if v.buf is None and v.trace is not None:
        with v.trace.lock:
            if v.buf is None:
                other = Value(v.aval, None, v.gen, v.idx, v.trace)
                v.trace.live.append(ref(other))
            else:
                other.buf = v.buf
    other.owned = False
    return other


def add_check(bad: Value, detail: Value, error: type[Exception], message: str) -> None:
    """Raise `error(message.format(detail))` at the next look if `bad` turns out true."""
    check = checks.Check(bad, detail, error, message)
    if bad.trace is None:
        _local.unread.append(check)
    else:
        bad.trace.checks.append(check)


# -- looking


def flush(trace: Trace | None = None, kind: str = "look") -> None:
    """Run what a trace has recorded (default: this thread's, on every device).

    kind: "look" (somebody wants a value), "step" (the end of optimizer.step(), a trace that will
    come again and is compiled at first sight), "samples" (of a batch: compiled if it comes again
    soon; it may come again once an epoch, where all batches differ) or "bound".
    """
    if trace is None:
        for each in list(_local.traces.values()):
            flush(each, kind)
        return
    with trace.lock:
        if trace.state is trace.root:
            return
        state, leaves, live, pending_checks = trace.take()
        if not live and not pending_checks:
            return  # nobody holds anything of it
        try:
            execute.run(state, leaves, live, trace.device, kind)
        except BaseException:
            for v in live:
                v.trace = None
            raise
        _local.unread.extend(pending_checks)


def look(v: Value) -> Any:
    """The array of v: a jax array (or tracer, or a private ndarray). Runs the trace if v is
    pending.
    """
    if v.buf is None:
        if v.trace is None:
            if v.aval.device is META:
                raise NotImplementedError("Cannot copy out of meta tensor; no data!")
            raise RuntimeError("jtorch: this value was lost because its program failed to run")
        trace = v.trace
        with trace.lock:
            if v.buf is None:
                flush(trace)
    if _local.unread:
        unread, _local.unread = _local.unread, []
        checks.raise_first(unread, look)
    return v.buf.look() if isinstance(v.buf, Wrapped) else v.buf


def pending_ops() -> int:
    """How many ops this thread has recorded and not run."""
    return sum(t.state.depth for t in _local.traces.values())


def forget() -> None:
    """Run what is pending and drop every trace and program: something all of them depend on
    changes.
    """
    flush()
    for root in _roots.values():
        root.next.clear()
        root.lifted = root.first = None
    execute.clear_programs()
    clear_lowered()
