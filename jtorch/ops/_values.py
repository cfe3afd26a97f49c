"""What a check of values reads: of each signature once, from the check itself, so that an index at
hand is checked without waiting for the table it points into. Knows no Tensor.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from .._autograd.pullback import used_inputs
from ..graph import Aval, Lifted, Prim

if TYPE_CHECKING:
    from ._declare import Op


class Plan(NamedTuple):
    """How the values of one signature are checked."""

    prim: Prim  # (*inputs whose values matter) -> whether something is wrong, a number to report
    needs: tuple[int, ...] | None  # which inputs these are; None: there is nothing to check
    error: type[Exception]
    message: str
    on_host: Callable[[Sequence], tuple]  # the check itself, on NumPy arrays of what it needs


@functools.lru_cache(maxsize=4096)
def plan(op: Op, static: tuple, spec: tuple) -> Plan:
    """`spec` has an Aval, None or the type of a number per input."""
    found: list = []
    traced = [i for i, s in enumerate(spec) if s is not None]

    def run(*given):
        result = op.run_check(_complete(spec, traced, given, jnp.zeros), dict(static))
        if result is None:
            return ()
        found[:] = result[2:]
        return as_bool(result[0]), as_int64(result[1])

    used = used_inputs(run, [_abstract(spec[i]) for i in traced])
    if not found:
        return NOTHING
    needs = tuple(i for i, u in zip(traced, used, strict=True) if u)

    def fn(*given, **statics):
        bad, detail, *_ = op.run_check(_complete(spec, needs, given, jnp.zeros), statics)  # pyright: ignore[reportGeneralTypeIssues]
        return as_bool(bad), as_int64(detail)

    blank, statics = _complete(spec, (), (), _no_memory), dict(static)

    def on_host(arrays):
        full = blank.copy()
        for i, x in zip(needs, arrays, strict=True):
            full[i] = x
        return op.run_check(full, statics)

    return Plan(Prim(op.name + "_check", fn), needs, found[0], found[1], on_host)


NOTHING = Plan(Prim("no_check", tuple), None, RuntimeError, "", tuple)


def _no_memory(shape: tuple, dtype: np.dtype) -> np.ndarray:
    """Zeros, for the inputs whose values do not matter; none along dimensions that are open."""
    sizes = tuple(n if n.__class__ is int else 0 for n in shape)
    return np.broadcast_to(np.zeros((), dtype), sizes)


def _complete(spec: tuple, needs: Sequence[int], given: Sequence, zeros: Callable) -> list:
    """All inputs of the check: those given, and zeros for those whose values do not matter."""
    full = [
        zeros(s.shape, s.dtype) if isinstance(s, Aval) else None if s is None else s() for s in spec
    ]
    for i, x in zip(needs, given, strict=True):
        full[i] = x.array if isinstance(x, Lifted) else x
    return full


def _abstract(s: Any) -> jax.ShapeDtypeStruct:
    if isinstance(s, Aval):
        return jax.ShapeDtypeStruct(s.shape, s.dtype)
    return jax.ShapeDtypeStruct((), np.dtype(s))


def as_bool(x):
    return jnp.asarray(x).astype(bool).reshape(())


def as_int64(x):
    return jnp.asarray(x).astype("int64").reshape(())
