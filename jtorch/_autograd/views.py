"""View primitives and the write through a chain of them. A view op says how it moves data (a pure
function), what it does to strides, and, where that is cheap, how a changed part goes back. Every
other write runs the view over the positions of its input and scatters there, so no view needs an
inverse.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from .._errors import not_covered
from .pullback import DiffPrim

# Views that show other elements, and not merely elsewhere; `view` if it is of another dtype.
CHANGING = ("conj", "real", "imag", "view_as_real", "view_as_complex")


class ViewPrim(DiffPrim):
    """`layout(old, *numbers, **statics)` gives the new Layout, or a tuple of them for several
    views; `now(array, *numbers, **statics)` the part of an ndarray, for a view that is read at once
    where it is small and the elements are there.
    """

    __slots__ = ("layout", "now", "put")

    def __init__(self, name, fn, layout, put=None, grad_name=None, now=None):
        super().__init__(name, fn, grad_name=grad_name, saves="nothing")
        self.layout: Callable[..., Any] = layout
        self.put: Callable[..., Any] | None = put
        self.now: Callable[..., np.ndarray] | None = now

    @property
    def by_strides(self) -> bool:
        """Whether torch derives such a view again by its strides, and names the node after that."""
        return self.name not in ("conj", "view_as_real", "view_as_complex")


class Step(NamedTuple):
    """One view op of a chain: output `nr` of prim applied with these numbers and statics."""

    prim: ViewPrim
    static: tuple
    numbers: tuple
    nr: int

    def layout(self, old):
        new = self.prim.layout(old, *self.numbers, **dict(self.static))
        return new[self.nr] if isinstance(new, list) else new


def put_prim(chain: tuple[Step, ...]) -> tuple[DiffPrim, tuple]:
    """(primitive, its numbers): (root, part, *numbers) -> root with the viewed part replaced."""
    shape = tuple((s.prim, s.static, len(s.numbers), s.nr) for s in chain)
    return _put(shape), tuple(n for s in chain for n in s.numbers)


@functools.lru_cache(maxsize=4096)
def _put(chain: tuple) -> DiffPrim:
    def fn(root, part, *numbers):
        return (_write_through(root, part, chain, numbers),)

    return DiffPrim("copy_slices", fn, grad_name="CopySlices", saves="own")


def _write_through(root, part, chain: tuple, numbers: tuple):
    prim, static, count, nr = chain[0]
    mine, rest = numbers[:count], numbers[count:]
    if prim.put is None:
        return _scatter(root, part, chain, numbers)
    if len(chain) > 1:
        inner = prim.fn(root, *mine, **dict(static))[nr]
        part = _write_through(inner, part, chain[1:], rest)
    return prim.put(root, part, *mine, **dict(static))


def _scatter(root, part, chain: tuple, numbers: tuple):
    """Run the whole chain over positions: a view may repeat elements a later one picks from. What
    comes after a view that changes elements (`conj`) is written to a copy of what it sees, first.
    """
    moves = next((k for k, step in enumerate(chain) if _changes(*step)), len(chain))
    later, chain = chain[moves:], chain[:moves]
    mine = sum(count for _, _, count, _ in chain)
    where = _run(jnp.arange(math.prod(root.shape)).reshape(root.shape), chain, numbers)
    if later:
        if any(prim.name in ("expand", "unfold", "as_strided") for prim, *_ in chain):
            raise not_covered("writing through a view of other elements of what overlaps")
        part = _write_through(_run(root, chain, numbers), part, later, numbers[mine:])
    return root.ravel().at[where.ravel()].set(part.ravel()).reshape(root.shape)


def _changes(prim: ViewPrim, static: tuple, count: int, nr: int) -> bool:
    return prim.name in CHANGING or "dtype" in dict(static)


def _run(x, chain: tuple, numbers: tuple):
    for prim, static, count, nr in chain:
        x = prim.fn(x, *numbers[:count], **dict(static))[nr]
        numbers = numbers[count:]
    return x
