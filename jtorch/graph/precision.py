"""Sums of half precision numbers in single precision, as torch accumulates them. What jax derives
for a broadcast operand is a sum in its own dtype, and XLA on CPUs rounds that at every step: of
thousands of gradients only the first would count. Knows jaxprs and no primitive of ours.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend.core import ClosedJaxpr, Var, primitives

HALVES = ("float16", "bfloat16")


def accumulated_in_single(closed: ClosedJaxpr) -> ClosedJaxpr:
    """The same program, its sums of halves widened."""
    eqns: list = []
    changed = False
    for eqn in closed.jaxpr.eqns:
        made = _widened(eqn)
        changed = changed or made != [eqn]
        eqns += made
    return closed.replace(jaxpr=closed.jaxpr.replace(eqns=eqns)) if changed else closed


def _widened(eqn: Any) -> list:
    """What stands for one equation."""
    if eqn.primitive is primitives.reduce_sum_p and eqn.invars[0].aval.dtype.name in HALVES:
        (x,), (out,) = eqn.invars, eqn.outvars
        wide, total = (Var(v.aval.update(dtype=jnp.dtype("float32"))) for v in (x, out))
        before, after = _conversion(x.aval, wide.aval), _conversion(total.aval, out.aval)
        return [
            before.replace(invars=[x], outvars=[wide]),
            eqn.replace(invars=[wide], outvars=[total]),
            after.replace(invars=[total], outvars=[out]),
        ]
    inner = {k: p for k, p in eqn.params.items() if isinstance(p, ClosedJaxpr)}
    wide = {k: accumulated_in_single(p) for k, p in inner.items()}
    same = all(wide[k] is inner[k] for k in inner)
    return [eqn if same else eqn.replace(params={**eqn.params, **wide})]


def _conversion(a: Any, b: Any) -> Any:
    """An equation that converts as from a to b."""
    x = jax.ShapeDtypeStruct(a.shape, a.dtype)
    return jax.make_jaxpr(lambda x: lax.convert_element_type(x, b.dtype))(x).jaxpr.eqns[0]
