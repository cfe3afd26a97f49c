"""Running a trace. The first time it is seen it runs op by op, from executables shared by all
traces; when it comes again, or ends in an optimizer step, it is compiled whole. Inputs nobody holds
any more are donated. Programs and states are bounded; the least recently used go first.
"""

from __future__ import annotations

import bisect
import contextlib
import functools
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import ref

import jax

from . import explain
from .host import evaluator
from .lower import USE_HOST, LiftedSpec
from .value import Aval, Value

if TYPE_CHECKING:
    from .trace import State

PROGRAM_LIMIT = 1 << 14  # ops of all programs that are kept: XLA's take up to 0.3 MB an op
NOVELTIES = 4  # steps in a row that were each like none before, until one is waited for
SOON = 32  # runs, within which samples that come again are worth a program
STATE_LIMIT = 200_000
FEW = 8  # ops of a program that is worth a look at whether NumPy runs it sooner
SMALL = 1 << 16  # nanoseconds it may take for that; no loop of unknown length is so short


class Stats:
    """Counts since the start of the process, for tests and reports."""

    def __init__(self):
        self.programs = 0  # whole traces compiled
        self.ops = 0  # single ops compiled
        self.runs = 0  # traces run, either way
        self.states = 0  # trie states alive
        self.novel = 0  # steps compiled at first sight since one came again
        self.kept = 0  # weight of the whole programs that are kept


stats = Stats()
_programs: OrderedDict[Program, None] = OrderedDict()  # in order of use
_pid = os.getpid()


def refuse_forked_child() -> None:
    """After a fork any JAX computation hangs: say so in its place."""
    if os.getpid() != _pid:
        raise RuntimeError(
            "jtorch: this process was forked after JAX had started, and JAX cannot compute "
            "here.\n\n"
            "Use threads (the default of DataLoader's workers) or the 'spawn' start method."
        )


def run(state: State, leaves: list, live: list[Value], device: Any, kind: str) -> None:
    """Compute `live`, whose positions are in the trace ending at `state`, from its leaves."""
    refuse_forked_child()
    stats.runs += 1
    wanted = tuple([v.idx for v in live])
    bufs, held = [], []
    for x in leaves:
        if x.__class__ is Value:
            bufs.append(x.buf)
            held.append(ref(x) if x.owned else None)
        else:
            bufs.append(x)
            held.append(None)
    leaves.clear()
    x = None
    dying = tuple([r is not None and r() is None for r in held])
    program = state.programs.get((wanted, dying))
    if program.__class__ is not Program:
        program = _choose(state, (wanted, dying), kind, device)
    elif kind == "step":
        stats.novel = 0
    with _placed_on(device):
        if program is None:
            _deliver(live, _op_by_op(state, wanted, bufs))
            return
        _programs.move_to_end(program)
        outs = program.call(bufs)
        _deliver(live, [outs[k] for k in program.order])


@functools.cache
def _is_default(device: Any) -> bool:
    return device == jax.devices()[0]


def _placed_on(device: Any):
    """Programs without device arrays among their inputs run where JAX's default says."""
    return contextlib.nullcontext() if _is_default(device) else jax.default_device(device)


def _choose(state: State, key: tuple, kind: str, device: Any) -> Program | None:
    """Whole program or op by op (None), for a run this state has not compiled yet."""
    path = state.path()
    heirs = _heirs(path, *key)
    seen = state.programs.get(key)
    again = seen is not None and (state.depth > 1 or heirs)  # one op needs no program
    if seen is not None and kind == "samples" and stats.runs - seen > SOON:
        again = False
    if again or (kind == "step" and stats.novel < NOVELTIES):
        stats.novel += not again
        return _compile(path, key, heirs, kind, device)
    state.programs[key] = stats.runs
    return None


def _heirs(path: list[State], wanted: tuple[int, ...], dying: tuple[bool, ...]) -> dict[int, int]:
    """Which wanted output takes over the buffer of which dying leaf: {leaf: output}.

    It has the leaf's shape and dtype and is made when nothing reads the leaf any more; otherwise
    XLA would have to copy the leaf first. Of an op's own leaves and outputs the first go together,
    as optimizers have them.
    """
    if True not in dying:
        return {}
    made: list[int] = []  # where each output is made
    avals: list[Aval] = []
    last: dict[int, tuple[int, int, Aval]] = {}  # leaf: where it is read last
    for n, state in enumerate(path):
        made += [n] * len(state.avals)
        avals += state.avals
        arrays = [s for s in state.spec if isinstance(s, (Aval, LiftedSpec))]
        for place, (i, aval) in enumerate(zip(state.ids, arrays, strict=True)):
            if i < 0 and dying[~i]:
                last[~i] = -n, place, aval  # pyright: ignore[reportArgumentType]
    room: dict[Aval, list[tuple[int, int]]] = {}
    for k in wanted:
        room.setdefault(avals[k], []).append((made[k], k))
    heirs = {}
    for leaf, (n, _, aval) in sorted(last.items(), key=lambda item: item[1][:2]):
        free = room.get(aval, [])
        first = bisect.bisect_left(free, (-n, 0))
        if first < len(free):
            heirs[leaf] = free.pop(first)[1]
    return heirs


def _deliver(live: list[Value], outs: list) -> None:
    for v, out in zip(live, outs, strict=True):
        v.buf, v.gen, v.trace = out, -1, None


class Program:
    """A trace compiled whole, for one set of wanted outputs and donated leaves."""

    __slots__ = ("call", "donate", "fun", "ops", "order", "place")
    call: Callable[[list], list]
    donate: tuple[int, ...]

    def __init__(self, path: list[State], key: tuple, heirs: dict[int, int], device: Any):
        self.donate = tuple(sorted(heirs))
        self.place = path[-1], key  # where it is kept
        steps = _needed(path, set(key[0]), device)
        self.ops = len(steps)
        # JAX gives a donated buffer to the first output that fits: the heirs stand first, in order.
        inheriting = set(heirs.values())
        wanted = [*(heirs[i] for i in self.donate), *(i for i in key[0] if i not in inheriting)]
        places = {i: k for k, i in enumerate(wanted)}
        self.order = [places[i] for i in key[0]]

        def program(*leaves):
            env: dict[int, Any] = {}
            for fun, ids, base in steps:
                outs = fun(*[leaves[~i] if i < 0 else env[i] for i in ids])
                for k, out in enumerate(outs):
                    env[base + k] = out
            return [env[i] for i in wanted]

        program.__name__ = f"{path[-1].prim.name}_{len(path)}"
        self.fun = program
        jitted = jax.jit(program, donate_argnums=self.donate)
        self.call = lambda bufs: jitted(*bufs)

    @property
    def weight(self) -> int:
        """Its ops, and what a program costs as so many."""
        return self.ops + 16

    def small(self, bufs: list) -> Callable[[list], list] | None:
        """What runs it by NumPy, if that is sooner done than XLA is asked."""
        if self.ops > FEW or not USE_HOST:
            return None
        run = evaluator(jax.make_jaxpr(self.fun)(*bufs))
        return (lambda bufs: run(*bufs)) if run and run.cost < SMALL else None


def _needed(path: list[State], alive: set[int], device: Any) -> list[tuple]:
    """(function, input ids, first output id) of the ops that wanted values depend on, in order."""
    bases, base = [], 0
    for state in path:
        bases.append(base)
        base += len(state.avals)
    steps = []
    for state, base in zip(reversed(path), reversed(bases), strict=True):
        if any(base + k in alive for k in range(len(state.avals))):
            alive.update(i for i in state.ids if i >= 0)
            steps.append((state.exact(device).fun, state.ids, base))
    steps.reverse()
    return steps


def _compile(path: list[State], key: tuple, heirs: dict, kind: str, device: Any) -> Program:
    program = Program(path, key, heirs, device)
    compiled = program.call

    def first_call(bufs):
        small = program.small(bufs) if kind != "step" and device.platform == "cpu" else None
        if small:
            program.call, program.donate = small, ()
            return small(bufs)
        started = time.perf_counter()
        outs = compiled(bufs)
        program.call = compiled
        explain.compiled(path, program.ops, len(bufs), time.perf_counter() - started, kind)
        return outs

    program.call = first_call
    stats.programs += 1
    path[-1].programs[key] = program
    _programs[program] = None
    stats.kept += program.weight
    while stats.kept > PROGRAM_LIMIT and len(_programs) > 1:
        old, _ = _programs.popitem(last=False)
        stats.kept -= old.weight
        place, old_key = old.place
        place.programs.pop(old_key, None)
    return program


def _op_by_op(state: State, wanted: tuple, bufs: list) -> list:
    """Run each op from its own executable; drop intermediates after their last use."""
    path = state.path()
    steps, last = [], dict.fromkeys(wanted, len(path))
    bases, base = [], 0
    for s in path:
        bases.append(base)
        base += len(s.avals)
    alive = set(wanted)
    for n in range(len(path) - 1, -1, -1):
        s, base = path[n], bases[n]
        if any(base + k in alive for k in range(len(s.avals))):
            alive.update(i for i in s.ids if i >= 0)
            for i in s.ids:
                last.setdefault(i, n)
            steps.append((n, s, base))
    env: dict[int, Any] = {}
    for n, s, base in reversed(steps):
        lowered = s.lowered
        fresh, started = not lowered.compiled, time.perf_counter()
        outs = lowered(*[_operand(i, bufs, env) for i in s.operands()])
        if fresh and lowered.compiled:
            stats.ops += 1
            explain.compiled_op(s, time.perf_counter() - started)
        for k, out in enumerate(outs):
            env[base + k] = out
        for i in s.ids:
            if i >= 0 and last[i] == n:
                env.pop(i, None)
    return [env[i] for i in wanted]


def _operand(i: Any, bufs: list, env: dict) -> Any:
    if i.__class__ is not int:  # a number
        return i
    return bufs[~i] if i < 0 else env[i]


def clear_programs() -> None:
    _programs.clear()
    stats.novel = stats.kept = 0


def count_state(root: State) -> None:
    """Called for each new state; forgets paths without a live program when there are too many."""
    stats.states += 1
    if stats.states > STATE_LIMIT:
        _prune(root)


def _prune(root: State) -> None:
    keep = {root}
    for program in _programs:
        state: State | None = program.place[0]
        while state is not None and state not in keep:
            keep.add(state)
            state = state.parent
    for state in keep:
        state.next = {k: s for k, s in state.next.items() if s in keep}
        if state.lifted:
            state.lifted = {k: s for k, s in state.lifted.items() if s in keep}
        if state.twin not in keep:
            state.twin = None
    stats.states = len(keep)
