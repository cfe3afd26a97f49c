"""What a trace is made of: `Value` (one array, pending or ready), `Aval` (its shape, dtype and
device), `Lifted` (a Python number that became an input).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import jax.core
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from .trace import Trace

META = "meta"  # the device of values that can never be looked at


class Aval:
    """Shape, dtype and device of a value. Interned: equal avals are the same object."""

    __slots__ = ("device", "dtype", "inexact", "shape")
    _interned: dict[tuple, Aval] = {}

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype, device: Any):
        self.shape, self.dtype, self.device = shape, dtype, device
        self.inexact = bool(jnp.issubdtype(dtype, jnp.inexact))  # can carry a gradient

    @classmethod
    def of(cls, shape: tuple[int, ...], dtype: np.dtype, device: Any) -> Aval:
        key = (shape, dtype, device)
        aval = cls._interned.get(key)
        if aval is None:
            if len(cls._interned) > 1 << 18:  # a process that sees ever new shapes must not grow
                cls._interned.clear()
            aval = cls._interned[key] = Aval(shape, dtype, device)
        return aval

    def __repr__(self) -> str:
        return f"{self.dtype.name}[{','.join(map(str, self.shape))}]"


def is_open(size: Any) -> bool:
    """Whether a size is a dimension that an exported program leaves open, and no number."""
    return size.__class__.__name__ == "_DimExpr"


class Lifted(NamedTuple):
    """A Python number that has become an input: its 0-d array, and the kind of number it was."""

    array: Any
    kind: type


class Value:
    """One array: pending at position `idx` of a trace, or held in `buf`.

    `gen` names the trace run in which `idx` means something: as an output if idx >= 0, as a leaf if
    negative. `home` is set by the tensor layer: (version counter, version) of the tensor this value
    belonged to. `owned` says that nobody outside jtorch can hold the buffer.
    """

    __slots__ = ("__weakref__", "aval", "buf", "gen", "home", "idx", "owned", "trace")

    def __init__(self, aval: Aval, buf: Any, gen: int, idx: int, trace: Trace | None):
        self.aval, self.buf, self.gen, self.idx, self.trace = aval, buf, gen, idx, trace
        self.home: tuple[Any, int] | None = None
        self.owned = True

    def __repr__(self) -> str:
        return f"<{self.aval} {'pending' if self.buf is None else 'ready'}>"


class Wrapped:
    """What a value inside a transformation of functions holds in place of an array: values of the
    level below, and what the level adds to them. `shape` and `dtype` are as seen inside.
    """

    __slots__ = ("level",)
    level: Any  # with a `number`, and `apply(prim, static, inputs)`, which records the op's image

    def parts(self) -> list[Value]:
        """The values below."""
        raise NotImplementedError

    def rebuilt(self, parts: Any) -> Value:
        """The same wrapper around other values."""
        raise NotImplementedError

    def look(self) -> Any:
        """The array, where there is one."""
        raise NotImplementedError

    def ask(self, words: str) -> None:
        """Raise if there is no one answer to what code wants to know: a "number" or a "truth"."""
        for part in self.parts():
            if isinstance(part.buf, Wrapped):
                part.buf.ask(words)


TRACED = (jax.core.Tracer, Wrapped)  # buffers that are no data: ops on them apply at once
