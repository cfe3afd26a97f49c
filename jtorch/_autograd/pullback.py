"""The derivative of any primitive, derived once from `jax.vjp` of its pure function, and itself a
primitive: backward() only records more ops, and double backward needs nothing new. Touches jax;
knows no tape.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.interpreters import partial_eval

from ..graph import Aval, Lifted, Prim


class DiffPrim(Prim):
    """A primitive with what the tape needs to know.

    `grad_name`: the class name of its node. `saves`: what torch keeps for its backward, which only
    decides when in-place changes are an error: "inputs" (those the derivative really depends on),
    "tensors" (the same without numbers), "result", "both" (result and inputs), "own" (what nobody
    else has, such as indices) or "nothing".
    `residuals`: keep the vjp closure's leaves from the forward run, for
    functions XLA does not merge with a second run of themselves (scan, sort). `edges`: the inputs
    that torch's node leads to, in its order, where that differs from the rule (`OpNode.shown`).
    """

    __slots__ = ("edges", "grad_name", "node_class", "pullbacks", "residuals", "saves")

    def __init__(self, name, fn, *, grad_name=None, saves="inputs", residuals=False):
        super().__init__(name, fn)
        self.grad_name = grad_name or camel(name) + "Backward0"
        self.saves, self.residuals = saves, residuals
        self.edges: tuple[int, ...] | None = None
        self.node_class: Any = None  # of its nodes on the tape; made by the tape
        self.pullbacks: dict[tuple, DiffPrim] = {}


def camel(name: str) -> str:
    """log_softmax -> LogSoftmax, as torch names its nodes."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def differentiable(dtype: np.dtype) -> bool:
    return jnp.issubdtype(dtype, jnp.inexact)


def _conj(x):
    return jnp.conj(x) if jnp.iscomplexobj(x) else x


def _restrict(prim: Prim, inputs: tuple, wrt: tuple[int, ...], statics: dict, given) -> Callable:
    """prim as a function of inputs[wrt] alone, returning the outputs that have cotangents."""

    def f(*chosen):
        full = list(inputs)
        for i, x in zip(wrt, chosen, strict=True):
            full[i] = x
        outs = prim.fn(*full, **statics)
        return tuple(outs[k] for k in given)

    return f


def _pull(pull: Callable, cotangents) -> tuple:
    """torch's complex gradient is the conjugate of jax's."""
    return tuple(_conj(g) for g in pull(tuple(_conj(ct) for ct in cotangents)))


def pullback(prim: DiffPrim, wrt: tuple[int, ...], given: tuple[int, ...], inputs: int) -> DiffPrim:
    """(*inputs, *cotangents of outputs `given`) -> gradients of inputs `wrt`.

    The forward is traced again; in one program XLA merges it with the forward already there.
    """
    found = prim.pullbacks.get((wrt, given, inputs))
    if found is None:
        found = prim.pullbacks[wrt, given, inputs] = _make_pullback(prim, wrt, given, inputs)
    return found


def _make_pullback(prim: DiffPrim, wrt, given, inputs: int) -> DiffPrim:
    def fn(*args, **statics):
        xs, cotangents = args[:inputs], args[inputs:]
        f = _restrict(prim, xs, wrt, statics, given)
        _, pull = jax.vjp(f, *[xs[i] for i in wrt])
        return _pull(pull, cotangents)

    return DiffPrim(prim.name + "_vjp", fn, grad_name=prim.grad_name + "Backward0")


class Tree:
    """The structure of a vjp closure whose leaves were kept; hashable by identity."""

    __slots__ = ("treedef",)

    def __init__(self):
        self.treedef: Any = None


@functools.lru_cache(maxsize=1024)
def with_residuals(prim: DiffPrim, wrt: tuple[int, ...], static: tuple, spec: tuple):
    """(forward primitive returning outputs and residual leaves, its Tree)."""
    tree = Tree()

    def fn(*xs, **statics):
        outputs: list = []

        def f(*chosen):
            full = list(xs)
            for i, x in zip(wrt, chosen, strict=True):
                full[i] = x
            outs = prim.fn(*full, **statics)
            real = tuple(o for o in outs if differentiable(o.dtype))
            return real, outs

        _, pull, outputs = jax.vjp(f, *[xs[i] for i in wrt], has_aux=True)  # pyright: ignore[reportAssignmentType]
        leaves, tree.treedef = jax.tree.flatten(pull)
        return (*outputs, *[jnp.asarray(leaf) for leaf in leaves])

    forward = DiffPrim(prim.name, fn, grad_name=prim.grad_name, saves=prim.saves)
    return forward, tree


@functools.lru_cache(maxsize=1024)
def residual_pullback(prim: DiffPrim, tree: Tree, leaves: int, zeros: tuple) -> DiffPrim:
    """(*leaves, *cotangents) -> gradients. `zeros`: an Aval for each output without a cotangent."""

    def fn(*args):
        kept, cotangents = args[:leaves], iter(args[leaves:])
        full = [jnp.zeros(a.shape, a.dtype) if a is not None else next(cotangents) for a in zeros]
        return _pull(jax.tree.unflatten(tree.treedef, kept), full)

    return DiffPrim(prim.name + "_vjp", fn, grad_name=prim.grad_name + "Backward0")


@functools.lru_cache(maxsize=4096)
def depends_on(prim: Prim, static: tuple, spec: tuple, wrt: tuple, given: tuple, cts: tuple):
    """Which inputs' values the pullback really reads. `spec` has an Aval, None or a number per
    input.
    """
    pull = pullback(prim, wrt, given, len(spec))  # pyright: ignore[reportArgumentType]
    avals = [s for s in (*spec, *cts) if isinstance(s, Aval)]

    def run(*arrays):
        it = iter(arrays)
        full = [next(it) if isinstance(s, Aval) else s for s in (*spec, *cts)]
        return pull.fn(*full, **dict(static))

    it = iter(used_inputs(run, [jax.ShapeDtypeStruct(a.shape, a.dtype) for a in avals]))
    return tuple(isinstance(s, Aval) and next(it) for s in spec)


def used_inputs(fn: Callable, avals: Sequence) -> tuple[bool, ...]:
    """Which of its inputs' values, rather than shapes and dtypes, a function really reads."""
    closed = jax.make_jaxpr(fn)(*avals)
    _, used = partial_eval.dce_jaxpr(closed.jaxpr, [True] * len(closed.jaxpr.outvars))
    return tuple(map(bool, used))


def number(x: Any) -> bool:
    return not isinstance(x, Aval) and x is not None and not isinstance(x, Lifted)
