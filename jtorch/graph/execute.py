"""Running a trace. The first time it is seen it runs op by op, from executables shared by all
traces; when it comes again, or ends in an optimizer step, it is compiled whole. Inputs nobody holds
any more are donated. Programs and states are bounded; the least recently used go first.
"""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from weakref import ref

import jax
import numpy as np

from . import explain
from .value import Aval, Value

if TYPE_CHECKING:
    from .trace import State

PROGRAM_LIMIT = 512
STATE_LIMIT = 200_000


class Stats:
    """Counts since the start of the process, for tests and reports."""

    def __init__(self):
        self.programs = 0  # whole traces compiled
        self.ops = 0  # single ops compiled
        self.runs = 0  # traces run, either way
        self.states = 0  # trie states alive


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
    wanted = tuple(v.idx for v in live)
    held = [ref(x) if x.__class__ is Value else None for x in leaves]
    owned = [r is not None and x.owned for r, x in zip(held, leaves, strict=True)]
    avals = [x.aval if r is not None else None for r, x in zip(held, leaves, strict=True)]
    bufs = [x.buf if r is not None else x for r, x in zip(held, leaves, strict=True)]
    leaves.clear()
    dying = tuple(
        [r is not None and own and r() is None for r, own in zip(held, owned, strict=True)]
    )
    program = state.programs.get((wanted, dying))
    if program.__class__ is not Program:
        donate = _donations(dying, avals, live)
        program = _choose(state, (wanted, dying), donate, kind, device)
    with _placed_on(device):
        if program is None:
            _deliver(live, _op_by_op(state, wanted, bufs))
            return
        _programs.move_to_end(program)
        for i in program.donate:
            if bufs[i].__class__ is np.ndarray:
                bufs[i] = jax.device_put(bufs[i], device)
        _deliver(live, program.call(bufs))


@functools.cache
def _is_default(device: Any) -> bool:
    return device == jax.devices()[0]


def _placed_on(device: Any):
    """Programs without device arrays among their inputs run where JAX's default says."""
    return contextlib.nullcontext() if _is_default(device) else jax.default_device(device)


def _choose(state: State, key: tuple, donate: tuple, kind: str, device: Any) -> Program | None:
    """Whole program or op by op (None), for a run this state has not compiled yet."""
    again = key in state.programs and (state.depth > 1 or donate)  # one op needs no program
    if kind == "step" or again:
        return _compile(state, key, donate, kind, device)
    state.programs[key] = "seen"
    return None


def _donations(dying: tuple[bool, ...], leaves: list, live: list[Value]) -> tuple[int, ...]:
    """Leaves that die and whose buffer an output of the same shape and dtype can take over."""
    if True not in dying:
        return ()
    room: dict[Aval, int] = {}
    for v in live:
        room[v.aval] = room.get(v.aval, 0) + 1
    donate = []
    for i, dies in enumerate(dying):
        if dies and room.get(leaves[i], 0):
            room[leaves[i]] -= 1
            donate.append(i)
    return tuple(donate)


def _deliver(live: list[Value], outs: list) -> None:
    for v, out in zip(live, outs, strict=True):
        v.buf, v.gen, v.trace = out, -1, None


class Program:
    """A trace compiled whole, for one set of wanted outputs and donated leaves."""

    __slots__ = ("call", "donate", "ops", "place")

    def __init__(self, path: list[State], key: tuple, donate: tuple, device: Any):
        wanted = key[0]
        self.donate = donate
        self.place = path[-1], key  # where it is kept
        steps = _needed(path, set(wanted), device)
        self.ops = len(steps)

        def program(*leaves):
            env: dict[int, Any] = {}
            for fun, ids, base in steps:
                outs = fun(*[leaves[~i] if i < 0 else env[i] for i in ids])
                for k, out in enumerate(outs):
                    env[base + k] = out
            return [env[i] for i in wanted]

        program.__name__ = f"{path[-1].prim.name}_{len(path)}"
        jitted = jax.jit(program, donate_argnums=donate)
        self.call = lambda bufs: jitted(*bufs)


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


def _compile(state: State, key: tuple, donate: tuple, kind: str, device: Any) -> Program:
    path = state.path()
    program = Program(path, key, donate, device)
    compiled = program.call

    def first_call(bufs):
        started = time.perf_counter()
        outs = compiled(bufs)
        program.call = compiled
        explain.compiled(path, program.ops, len(bufs), time.perf_counter() - started, kind)
        return outs

    program.call = first_call
    stats.programs += 1
    state.programs[key] = program
    _programs[program] = None
    while len(_programs) > PROGRAM_LIMIT:
        old, _ = _programs.popitem(last=False)
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
        outs = lowered.jitted()(*[_operand(i, bufs, env) for i in s.operands()])
        if fresh:
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
