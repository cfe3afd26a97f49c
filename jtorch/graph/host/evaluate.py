"""A jaxpr as a list of steps by NumPy, and what holds other jaxprs: calls, loops and branches."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jax.extend.core import ClosedJaxpr, Literal

from .rules import RULES, SAME, Rule

KINDS = frozenset("?bBhHiIlLqQfd")  # bool, integers, floats of 32 and 64 bits
GUESS = 16  # rounds of a loop that ends when it ends
LONG = 1 << 23  # nanoseconds after which such a loop is given up


class TooLong(Exception):
    """A loop goes on for longer than XLA would need to compile it."""


class Evaluator:
    """A program as a function of arrays. `cost`: about how many nanoseconds a call takes."""

    __slots__ = ("closed", "cost", "steps")
    CALL, EQUATION = 1 << 12, 1 << 11  # an element takes one, in a matrix product a sixteenth

    def __init__(self, closed: ClosedJaxpr, steps: list[tuple]):
        self.closed, self.steps = closed, steps
        self.cost: int = self.CALL
        for rule, _, outs in steps:
            self.cost += self.EQUATION + sum(math.prod(v.aval.shape) for v in outs)
            self.cost += getattr(rule, "cost", 0)

    def __call__(self, *arrays: Any) -> list[np.ndarray]:
        jaxpr = self.closed.jaxpr
        env = dict(zip(jaxpr.constvars, map(np.asarray, self.closed.consts), strict=True))
        env.update(zip(jaxpr.invars, map(np.asarray, arrays), strict=True))
        others = set(map(id, env.values()))
        with np.errstate(all="ignore"):
            for rule, ins, outs in self.steps:
                got = rule(*[x if x.__class__ is np.ndarray else env[x] for x in ins])
                env.update(zip(outs, got if isinstance(got, list) else [got], strict=True))
        return [
            _private(_literal(x) if isinstance(x, Literal) else env[x], others)
            for x in jaxpr.outvars
        ]


def _private(x: Any, others: set[int]) -> np.ndarray:
    """An array whose memory is nobody else's, its elements in order."""
    x = np.asarray(x)
    if id(x) in others or not (x.flags.owndata and x.flags.c_contiguous):
        x = x.copy()
    others.add(id(x))
    return x


def evaluator(closed: ClosedJaxpr) -> Evaluator | None:
    """None where NumPy cannot stand in for XLA."""
    steps, needed = [], _variables(closed.jaxpr.outvars)
    for eqn in reversed(closed.jaxpr.eqns):
        if needed.isdisjoint(eqn.outvars):
            continue
        needed |= _variables(eqn.invars)
        kinds = [getattr(v.aval, "dtype", np.dtype("O")).char for v in (*eqn.invars, *eqn.outvars)]
        rule = _rule(eqn) if KINDS.issuperset(kinds) else None
        if rule is None:
            return None
        ins = [_literal(x) if isinstance(x, Literal) else x for x in eqn.invars]
        steps.append((rule, ins, eqn.outvars))
    steps.reverse()
    return Evaluator(closed, steps)


def _literal(x: Any) -> np.ndarray:
    return np.asarray(x.val, x.aval.dtype)


def _variables(atoms: Sequence) -> set:
    return {x for x in atoms if not isinstance(x, Literal)}


def _rule(eqn: Any) -> Rule | None:
    """How NumPy does one equation."""
    name = eqn.primitive.name
    if name in HOLDERS:
        return HOLDERS[name](eqn)
    same = SAME.get(name)
    if same is not None:
        dtype = eqn.outvars[0].aval.dtype
        return lambda *xs: np.asarray(same(*xs), dtype)
    make = RULES.get(name)
    return make(eqn) if make else None


# -- equations that hold programs


def _call(eqn: Any) -> Rule | None:
    inner = eqn.params.get("jaxpr", eqn.params.get("call_jaxpr"))
    return evaluator(inner) if isinstance(inner, ClosedJaxpr) else None


class While:
    """A loop until its condition is false."""

    __slots__ = ("body", "condition", "consts", "cost")

    def __init__(self, condition: Evaluator, body: Evaluator, consts: tuple[int, int]):
        self.condition, self.body, self.consts = condition, body, consts
        self.cost = GUESS * (condition.cost + body.cost)

    def __call__(self, *arrays: np.ndarray) -> list[np.ndarray]:
        first, second = self.consts[0], sum(self.consts)
        asked, given, state = arrays[:first], arrays[first:second], list(arrays[second:])
        left = LONG
        while self.condition(*asked, *state)[0]:
            state = self.body(*given, *state)
            left -= self.condition.cost + self.body.cost
            if left < 0:
                raise TooLong
        return state


def _while(eqn: Any) -> Rule | None:
    p = eqn.params
    if p["cond_jaxpr"].out_avals[0].shape:  # of a batch, which goes on as long as any of it
        return None
    condition, body = evaluator(p["cond_jaxpr"]), evaluator(p["body_jaxpr"])
    return condition and body and While(condition, body, (p["cond_nconsts"], p["body_nconsts"]))


class Scan:
    """A loop along the first dimension."""

    __slots__ = ("body", "cost", "params")

    def __init__(self, body: Evaluator, params: dict):
        self.body, self.params = body, params
        self.cost = body.cost * params["length"]

    def __call__(self, *arrays: np.ndarray) -> list[np.ndarray]:
        p = self.params
        first, length = p["num_consts"], p["length"]
        second = first + p["num_carry"]
        consts, carry, rows = arrays[:first], list(arrays[first:second]), arrays[second:]
        outs = self.body.closed.out_avals[p["num_carry"] :]
        stacked = [np.empty((length, *out.shape), out.dtype) for out in outs]
        for i in reversed(range(length)) if p["reverse"] else range(length):
            made = self.body(*consts, *carry, *[x[i] for x in rows])
            carry = made[: p["num_carry"]]
            for out, row in zip(stacked, made[p["num_carry"] :], strict=True):
                out[i] = row
        return carry + stacked


def _scan(eqn: Any) -> Rule | None:
    body = evaluator(eqn.params["jaxpr"])
    return body and Scan(body, eqn.params)


def _branch(eqn: Any) -> Rule | None:
    branches = [evaluator(b) for b in eqn.params["branches"]]
    if None in branches:
        return None
    last = len(branches) - 1
    return lambda which, *xs: branches[min(max(int(which), 0), last)](*xs)  # pyright: ignore[reportOptionalCall]


HOLDERS: dict[str, Callable[[Any], Rule | None]] = {
    "jit": _call, "closed_call": _call, "custom_jvp_call": _call, "custom_vjp_call": _call,
    "while": _while, "scan": _scan, "cond": _branch,
}  # fmt: skip
