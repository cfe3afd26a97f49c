"""Transformations of functions, one op at a time. Inside a level a `Value` holds a `Wrapped`: one
example of a batch, or a number with its tangent. Recording such a value records the op's image
under `jax.vmap` or `jax.jvp` on the values of the level below, so what is transformed is recorded,
merged and compiled as everything else is. Knows no Tensor and no tape.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import jaxpr_as_fun

from .lower import Prim
from .trace import from_buffer, look, record
from .value import Value, Wrapped

_numbers = itertools.count(1)


class Level:
    """One call of a transformation. Levels entered later have higher numbers and are inside."""

    def __init__(self):
        self.number = next(_numbers)

    def __enter__(self):
        stack.levels.append(self)
        return self

    def __exit__(self, *exc) -> None:
        stack.levels.remove(self)


class _Stack(threading.local):
    """The levels this thread is inside of, outermost first."""

    def __init__(self):
        self.levels: list[Any] = []
        self.forward = True  # whether tangents are computed


stack = _Stack()


def wrap(buf: Wrapped, like: Value) -> Value:
    return from_buffer(buf, like.aval.device)


def levels_of(x: Any) -> set[Level]:
    """The levels a value belongs to."""
    buf = x.buf if x.__class__ is Value else None
    if not isinstance(buf, Wrapped):
        return set()
    return set().union({buf.level}, *map(levels_of, buf.parts()))


# -- batches


class Batch(Level):
    """A vmap over `size` examples. `randomness`: "error", "same" or "different"."""

    def __init__(self, size: int, randomness: str = "error"):
        super().__init__()
        self.size, self.randomness = size, randomness

    def apply(self, prim: Prim, static: tuple, inputs: Sequence) -> list[Value]:
        below, mapped = [], []
        for i, x in enumerate(inputs):
            if x.__class__ is Value and isinstance(x.buf, Batched) and x.buf.level is self:
                if x.buf.mapped:
                    mapped.append(i)
                x = x.buf.value
            below.append(x)
        if mapped:
            prim = _vmapped(prim, tuple(mapped), self.size)
        return [wrap(Batched(self, v, bool(mapped)), v) for v in record(prim, static, below)]


class Batched(Wrapped):
    """One example: `value` has a leading dimension of examples, or is the same for all of them."""

    __slots__ = ("dtype", "mapped", "shape", "value")

    def __init__(self, level: Batch, value: Value, mapped: bool):
        self.level, self.value, self.mapped = level, value, mapped
        aval = value.aval
        self.shape, self.dtype = aval.shape[1:] if mapped else aval.shape, aval.dtype

    def parts(self) -> list[Value]:
        return [self.value]

    def rebuilt(self, parts: Sequence[Value]) -> Value:
        return wrap(Batched(self.level, parts[0], self.mapped), parts[0])

    def look(self) -> Any:
        if self.mapped:
            raise RuntimeError("Cannot access data pointer of Tensor that doesn't have storage")
        return look(self.value)

    def ask(self, words: str) -> None:
        if self.mapped:
            raise RuntimeError(f"vmap: It looks like you're {REFUSED[words]}")
        super().ask(words)


REFUSED = {  # why there is no one answer for all examples
    "number": "calling .item() on a Tensor. We don't support vmap over calling .item() on a "
    "Tensor, please try to rewrite what you're doing with other operations. If error is occurring "
    "somewhere inside PyTorch internals, please file a bug report.",
    "truth": "attempting to use a Tensor in some data-dependent control flow. We don't support "
    "that yet, please file an issue at https://github.com/pytorch/pytorch/issues .",
}


@functools.lru_cache(maxsize=8192)
def _vmapped(prim: Prim, mapped: tuple[int, ...], size: int) -> Prim:
    """prim over a leading dimension of the inputs `mapped`."""

    def fn(*inputs, **statics):
        def one(*examples):
            full = list(inputs)
            for i, x in zip(mapped, examples, strict=True):
                full[i] = x
            return tuple(prim.fn(*full, **statics))

        return jax.vmap(one, axis_size=size)(*[inputs[i] for i in mapped])

    return Prim(f"vmap_{prim.name}", fn)


# -- tangents


class Tangents(Level):
    """A forward derivative."""

    def apply(self, prim: Prim, static: tuple, inputs: Sequence) -> list[Value]:
        primals, where, tangents, swapped = [], [], [], False
        for i, x in enumerate(inputs):
            if x.__class__ is Value and isinstance(x.buf, Dual) and x.buf.level is self:
                if x.buf.tangent is not None:
                    where.append(i)
                    tangents.append(x.buf.tangent)
                swapped = swapped or x.buf.swapped
                x = x.buf.primal
            primals.append(x)
        outs = record(prim, static, primals)
        smooth = tuple(k for k, v in enumerate(outs) if v.aval.inexact)
        moved: dict[int, Value] = {}
        if where and smooth and stack.forward:
            push = pushed(prim, tuple(where), smooth, len(inputs))
            moved = dict(zip(smooth, record(push, static, [*primals, *tangents]), strict=True))
        return [wrap(Dual(self, v, moved.get(k), swapped), v) for k, v in enumerate(outs)]


class Dual(Wrapped):
    """A number and its tangent; None stands for a tangent of zero. `swapped`: a cotangent on its
    way to both, see `_autograd.crossing`.
    """

    __slots__ = ("dtype", "primal", "shape", "swapped", "tangent")

    def __init__(
        self, level: Tangents, primal: Value, tangent: Value | None, swapped: bool = False
    ):
        self.level, self.primal, self.tangent, self.swapped = level, primal, tangent, swapped
        self.shape, self.dtype = primal.aval.shape, primal.aval.dtype

    def parts(self) -> list[Value]:
        return [self.primal] if self.tangent is None else [self.primal, self.tangent]

    def rebuilt(self, parts: Sequence[Value]) -> Value:
        tangent = parts[1] if len(parts) > 1 else None
        return wrap(Dual(self.level, parts[0], tangent, self.swapped), parts[0])

    def look(self) -> Any:
        return look(self.primal)


@functools.lru_cache(maxsize=8192)
def pushed(prim: Prim, wrt: tuple[int, ...], smooth: tuple[int, ...], inputs: int) -> Prim:
    """(*inputs, *tangents of inputs `wrt`) -> tangents of the outputs `smooth`."""

    def fn(*args, **statics):
        def some(*chosen):
            full = list(args[:inputs])
            for i, x in zip(wrt, chosen, strict=True):
                full[i] = x
            outs = prim.fn(*full, **statics)
            return tuple(outs[k] for k in smooth)

        primals, tangents = tuple(args[i] for i in wrt), tuple(args[inputs:])
        moved = jax.make_jaxpr(lambda xs, ts: jax.jvp(some, xs, ts)[1])(primals, tangents)
        if _one_way(moved.jaxpr):
            return _twice_backwards(some, primals, tangents)
        return tuple(jaxpr_as_fun(moved)(*primals, *tangents))

    return Prim(f"{prim.name}_jvp", fn)


def _one_way(jaxpr: Any) -> bool:
    """Whether a function has a derivative of its own that was written backwards only."""
    for eqn in jaxpr.eqns:
        if eqn.primitive.name == "custom_lin":
            return True
        for param in jax.tree.leaves(eqn.params, is_leaf=lambda p: hasattr(p, "eqns")):
            inner = getattr(param, "jaxpr", param)
            if hasattr(inner, "eqns") and _one_way(inner):
                return True
    return False


def _twice_backwards(f: Callable, primals: tuple, tangents: tuple) -> tuple:
    """The forward product where only a backward one was written: the transpose of that."""
    outs, pull = jax.vjp(f, *primals)
    dummy = tuple(jnp.zeros_like(y) for y in outs)
    return jax.vjp(pull, dummy)[1](tangents)[0]


def require_room(old: Value, new: Value) -> None:
    """A tensor that is the same for all examples cannot take what differs between them."""
    if _mapped(new) - _mapped(old):
        raise RuntimeError(
            "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a "
            "Tensor `other` in extra_args that has more elements than `self`. This happened due to "
            "`other` being vmapped over but `self` not being vmapped over in a vmap. Please try to "
            "use out-of-place operators instead of inplace arithmetic. If said operator is being "
            "called inside the PyTorch framework, please file a bug report instead."
        )


def _mapped(x: Value) -> set[Any]:
    """The batches x differs in."""
    if not isinstance(x.buf, Wrapped):
        return set()
    mine = {x.buf.level} if isinstance(x.buf, Batched) and x.buf.mapped else set()
    return mine.union(*map(_mapped, x.buf.parts()))


def require_shape(x: Value, name: str = "") -> None:
    """Results whose shape depends on values would have another for each example."""
    if _mapped(x):
        what = (
            "output dynamic shape. Attempted to vmap over " + name + ". Please file an issue at "
            "https://github.com/pytorch/pytorch/issues if you need this feature."
            if name
            else "support dynamic shape. Attempting to batch over indexing with a boolean mask."
        )
        raise RuntimeError(f"vmap: We do not support batching operators that can {what}")


def for_each_example(x: Value, model: Value) -> Value:
    """x, of its own for every example that `model` differs in."""
    for level in sorted(_mapped(model), key=lambda each: each.number):
        x = enter(level, spread(x, level.size))
    return x


def depth(level: Level) -> int:
    """How deep inside transformations a level is, from 1."""
    return 1 + (stack.levels.index(level) if level in stack.levels else len(stack.levels))


# -- random numbers


def drawing() -> list[Batch]:
    """The batches, outermost first, whose examples draw random numbers of their own."""
    batches = [level for level in stack.levels if isinstance(level, Batch)]
    if any(level.randomness == "error" for level in batches):
        raise RuntimeError(
            "vmap: called random operation while in randomness error mode. Please either use the "
            "'same' or 'different' randomness flags on vmap or perform the randomness operation "
            "out of vmap"
        )
    return [level for level in batches if level.randomness == "different"]


def require_own(x: Value) -> None:
    """Examples that draw numbers of their own need a place of their own for them."""
    if stack.levels and set(drawing()) - _mapped(x):
        raise RuntimeError(
            "vmap: Cannot ask for different inplace randomness on an unbatched tensor. This will "
            "appear like same randomness. If this is necessary for your usage, please file an "
            "issue with functorch."
        )


def require_common(x: Value) -> None:
    """Numbers that all examples have in common cannot be drawn by what differs between them."""
    if stack.levels and _mapped(x) - set(drawing()):
        raise RuntimeError(
            "Vmap does not currently support same randomness with a batched tensor input. Please "
            "file an issue with functorch"
        )


@contextlib.contextmanager
def outside(level: Level):
    """While the rule of one level is at work, which may be inside others."""
    place = stack.levels.index(level)
    stack.levels.remove(level)
    try:
        yield
    finally:
        stack.levels.insert(place, level)


@contextlib.contextmanager
def drawn_for(batches: Sequence[Batch]):
    """While numbers are drawn for all examples of these batches at once."""
    before, stack.levels = stack.levels, []
    try:
        yield
    finally:
        stack.levels = before


# -- between levels


def _swap(x):
    return (jnp.swapaxes(x, 0, 1),)


def _spread(x, *, size):
    return (jnp.broadcast_to(x, (size, *x.shape)),)


def _total(x):
    return (x.sum(0, dtype=x.dtype),)


def _times(x, *, size):
    return (x * np.asarray(size, x.dtype),)


def _zeros(x):
    return (jnp.zeros_like(x),)


SWAP, SPREAD, TOTAL = Prim("swapaxes", _swap), Prim("expand", _spread), Prim("sum", _total)
TIMES, ZEROS_LIKE = Prim("mul", _times), Prim("zeros_like", _zeros)


def one(prim: Prim, x: Value, **static: Any) -> Value:
    return record(prim, tuple(static.items()), [x])[0]


def spread(x: Value, size: int) -> Value:
    return one(SPREAD, x, size=size)


def below(level: Level, x: Value, move: Callable[[Value], Value], axis: str = "") -> Value:
    """move(x), carried out under the wrappers of levels further inside than `level`. `axis` says
    that move takes ("in") a leading dimension off what is seen there, or gives one ("out").
    """
    buf = x.buf
    if not isinstance(buf, Wrapped) or buf.level.number <= level.number:
        return move(x)
    swaps = isinstance(buf, Batched) and buf.mapped
    parts = []
    for part in buf.parts():
        part = one(SWAP, part) if swaps and axis == "in" else part
        part = below(level, part, move, axis)
        parts.append(one(SWAP, part) if swaps and axis == "out" else part)
    return buf.rebuilt(parts)


def enter(level: Batch, x: Value) -> Value:
    """The examples of a batch: the leading dimension disappears from sight."""
    return below(level, x, lambda v: wrap(Batched(level, v, True), v), "in")


def leave(level: Batch, x: Value) -> Value:
    """The batch of some examples."""

    def move(v: Value) -> Value:
        buf = v.buf
        if isinstance(buf, Batched) and buf.level is level:
            return buf.value if buf.mapped else spread(buf.value, level.size)
        return spread(v, level.size)

    return below(level, x, move, "out")


def lift(level: Level, x: Value) -> Value:
    """x as seen inside a level: the same for all examples, or without a tangent."""
    if level in levels_of(x):
        return x
    make = Batched if isinstance(level, Batch) else Dual
    same = False if make is Batched else None
    return below(level, x, lambda v: wrap(make(level, v, same), v))  # pyright: ignore[reportArgumentType]


def drop(level: Batch, x: Value) -> Value:
    """The sum over all examples."""

    def move(v: Value) -> Value:
        buf = v.buf
        if isinstance(buf, Batched) and buf.level is level:
            return one(TOTAL, buf.value) if buf.mapped else one(TIMES, buf.value, size=level.size)
        return one(TIMES, v, size=level.size)

    return below(level, x, move)


def without_tangents(x: Value) -> Value:
    """x as a constant: no level's tangent follows it."""
    buf = x.buf
    if isinstance(buf, Dual):
        return without_tangents(buf.primal)
    return buf.rebuilt(list(map(without_tangents, buf.parts()))) if isinstance(buf, Wrapped) else x


def primal_of(level: Tangents, x: Value) -> Value:
    def move(v: Value) -> Value:
        buf = v.buf
        return buf.primal if isinstance(buf, Dual) and buf.level is level else v

    return below(level, x, move)


def tangent_of(level: Tangents, x: Value) -> Value | None:
    """The tangent, or None where it is zero everywhere."""
    found = False

    def move(v: Value) -> Value:
        nonlocal found
        buf = v.buf
        if isinstance(buf, Dual) and buf.level is level and buf.tangent is not None:
            found = True
            return buf.tangent
        return one(ZEROS_LIKE, v)

    tangent = below(level, x, move)
    return tangent if found else None


def is_swapped(level: Tangents, x: Value) -> bool:
    """Whether x is a cotangent with its parts exchanged at this level."""
    buf = x.buf
    if not isinstance(buf, Wrapped):
        return False
    if isinstance(buf, Dual) and buf.level is level:
        return buf.swapped
    return any(is_swapped(level, part) for part in buf.parts())


def dual(level: Tangents, primal: Value, tangent: Value | None, swapped: bool = False) -> Value:
    """primal with its tangent."""
    if tangent is None:
        return lift(level, primal)
    bufs = [v.buf for v in (primal, tangent) if isinstance(v.buf, Wrapped)]
    inner = [buf for buf in bufs if buf.level.number > level.number]
    if not inner:
        return wrap(Dual(level, primal, tangent, swapped), primal)
    top: Any = max(inner, key=lambda buf: buf.level.number)
    mapped = any(isinstance(b, Batched) and b.mapped for b in inner if b.level is top.level)
    ps, ts = _parts(top, primal, mapped), _parts(top, tangent, mapped)
    pairs = itertools.zip_longest(ps, ts, fillvalue=one(ZEROS_LIKE, ps[0]))
    parts = [dual(level, p, t, swapped) for p, t in pairs]
    if isinstance(top, Batched):
        return wrap(Batched(top.level, parts[0], mapped), parts[0])
    return top.rebuilt(parts)


def _parts(top: Any, x: Value, mapped: bool) -> list[Value]:
    """The parts of x at the level of `top`, spread over the examples if `mapped`."""
    own: Any = x.buf if isinstance(x.buf, Wrapped) and x.buf.level is top.level else None
    if own is not None and (isinstance(top, Dual) or own.mapped or not mapped):
        return own.parts()
    return [spread(x if own is None else own.value, top.level.size)] if mapped else [x]
