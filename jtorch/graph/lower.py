"""Pure functions as graph primitives, and their lowering: for each (primitive, statics, input
specs) the jaxpr, the output avals and the op's own executable, computed once. Knows jax; knows
neither traces nor tensors.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.extend.core import jaxpr_as_fun

from .host import Evaluator, TooLong, evaluator
from .precision import accumulated_in_single
from .value import Aval, Lifted


class LiftedSpec(NamedTuple):
    kind: type

    @property
    def dtype(self) -> np.dtype:
        return LIFTED_DTYPES[self.kind]


LIFTED_DTYPES = {
    int: np.dtype("int64"),
    float: np.dtype("float64"),
    complex: np.dtype("complex128"),
}


class Prim:
    """A primitive: `fn(*inputs, **statics) -> tuple of arrays`.

    Inputs are arrays, `None`, Python numbers (constants of the program) or `Lifted` numbers.
    `starts`: where a trace begins with it, its numbers will likely be others the next time (which
    batch of the data is read), and are inputs from the first.
    """

    __slots__ = ("__weakref__", "fn", "name", "starts")

    def __init__(self, name: str, fn: Callable[..., tuple]):
        self.name, self.fn, self.starts = name, fn, False

    def __repr__(self) -> str:
        return self.name


class Lowered:
    """One primitive at one set of input specs, and what runs it alone: at first NumPy, without any
    compiling, then its own executable, unless it is tiny or these shapes never come again.
    """

    __slots__ = ("_host", "_jitted", "_spent", "avals", "closed", "name")

    def __init__(self, name: str, closed, device):
        self.name, self.closed = name, closed
        self.avals = tuple(Aval.of(a.shape, np.dtype(a.dtype), device) for a in closed.out_avals)
        self._jitted: Callable | None = None
        self._host: Evaluator | None = None
        self._spent = 0 if USE_HOST and getattr(device, "platform", "") == "cpu" else WORTH

    @property
    def fun(self) -> Callable:
        return jaxpr_as_fun(self.closed)

    @property
    def compiled(self) -> bool:
        return self._jitted is not None

    def __call__(self, *arrays: Any) -> Sequence:
        if self._spent < WORTH:
            if self._host is None:
                self._host = evaluator(self.closed)
            cost = self._host.cost if self._host else WORTH
            self._spent += cost if cost > TINY else 0
            if self._host and self._spent < WORTH:
                try:
                    return self._host(*arrays)
                except TooLong:
                    self._spent = WORTH
        jitted = self._jitted or self._compile()
        _compiled.pop(self, None)  # other threads do the same
        _compiled[self] = None
        if len(_compiled) > COMPILED_LIMIT:
            _compiled.popitem(last=False)[0]._jitted = None
        return jitted(*arrays)

    def _compile(self) -> Callable:
        fun, self._host = self.fun, None

        def op(*arrays):
            return fun(*arrays)

        op.__name__ = self.name
        self._jitted = jax.jit(op)
        return self._jitted


_lowered: OrderedDict[tuple, Lowered] = OrderedDict()
LOWERED_LIMIT = 16384
_compiled: OrderedDict[Lowered, None] = OrderedDict()  # in order of use
COMPILED_LIMIT = 1024  # executables of single ops, of about 1 MB each
USE_HOST = os.environ.get("JTORCH_HOST", "1") != "0"
WORTH = 1 << 24  # nanoseconds that XLA takes to compile an op
TINY = 1 << 15  # and to run one, however small


def lower(prim: Prim, static: tuple, spec: tuple, device: Any) -> Lowered:
    """Trace `prim` once for this spec: a tuple of Aval, LiftedSpec, None or (type, number) pairs.

    Whatever the body raises about bad shapes or arguments passes through, before anything is
    recorded.
    """
    key = (prim, static, spec, device)
    found = _lowered.get(key)
    if found is not None:
        _lowered.move_to_end(key)
        return found
    arrays = [
        jax.ShapeDtypeStruct(s.shape if isinstance(s, Aval) else (), s.dtype)
        for s in spec
        if isinstance(s, (Aval, LiftedSpec))
    ]
    statics = dict(static)

    def run(*arrays):
        return prim.fn(*_restore(spec, iter(arrays)), **statics)

    closed = accumulated_in_single(jax.make_jaxpr(run)(*arrays))
    found = _lowered[key] = Lowered(prim.name, closed, device)
    if len(_lowered) > LOWERED_LIMIT:
        _lowered.popitem(last=False)
    return found


def _restore(spec, arrays):
    """The body's inputs: arrays in their places, constants and absent inputs put back."""
    for s in spec:
        if isinstance(s, Aval):
            yield next(arrays)
        elif isinstance(s, LiftedSpec):
            yield Lifted(next(arrays), s.kind)
        elif s is None:
            yield None
        else:
            yield s[1]


def clear_lowered() -> None:
    _lowered.clear()
    _compiled.clear()
