"""Which dimensions of the inputs an exported program leaves open: torch's `dynamic_shapes` as the
symbolic shapes of jax.export. Knows nothing of modules.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from jax.export import SymbolicScope, symbolic_shape

from .._errors import not_covered
from .._tensor import Tensor


class DimHint(enum.Enum):
    """What may be said of a dimension without giving it a name."""

    AUTO = "auto"
    STATIC = "static"
    DYNAMIC = "dynamic"


class Dim:
    """A dimension that is open within a range; wherever one Dim stands, the sizes are the same.

    JAX's dimensions have one element at least, torch's may have none.
    """

    __module__ = "torch.export"

    AUTO: ClassVar = DimHint.AUTO
    STATIC: ClassVar = DimHint.STATIC
    DYNAMIC: ClassVar = DimHint.DYNAMIC

    def __init__(self, name: str, *, min: int | None = None, max: int | None = None):
        self.min = 0 if min is None else min
        self.max = max
        if max is not None and max <= self.min:
            raise AssertionError(f"Cannot create Dim with inconsistent min={min}, max={max}")
        if not name.isidentifier():
            raise AssertionError(f"Dim name must be a valid identifier, got {name}")
        self.__name__ = name

    def __repr__(self) -> str:
        given = [f"'{self.__name__}'"]
        given += [f"min={self.min}"] if self.min else []
        given += [f"max={self.max}"] if self.max is not None else []
        return f"Dim({', '.join(given)})"

    def __mul__(self, other: Any) -> Dim:
        raise not_covered("torch.export of a dimension derived from another")

    __rmul__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__


def dims(*names: str, min: int | None = None, max: int | None = None) -> tuple[Dim, ...]:
    """A Dim for each name."""
    return tuple(Dim(name, min=min, max=max) for name in names)


def symbolic(leaves: Sequence, open_dims: Sequence[dict[int, Any]]) -> list[tuple]:
    """The shape of each tensor among the leaves, with symbols where a dimension is open."""
    named: dict[str, tuple[Dim, int]] = {}
    texts = []
    for k, (leaf, given) in enumerate(zip(leaves, open_dims, strict=True)):
        if isinstance(leaf, Tensor):
            texts.append(
                [_text(given.get(d), n, f"d{k}_{d}", named) for d, n in enumerate(leaf.shape)]
            )
    bounds = []
    for name, (dim, _) in named.items():
        bounds.append(f"{name} >= {max(dim.min, 1)}")
        bounds += [] if dim.max is None else [f"{name} <= {dim.max}"]
    scope = SymbolicScope(bounds)
    return [tuple(symbolic_shape(", ".join(t) + ",", scope=scope)) if t else () for t in texts]


def ranges(open_dims: Sequence[dict[int, Any]]) -> dict[str, list]:
    """The least and the largest size of each named dimension."""
    found = [dim for given in open_dims for dim in given.values() if isinstance(dim, Dim)]
    return {dim.__name__: [max(dim.min, 1), dim.max] for dim in found}


def _text(what: Any, size: int, fresh: str, named: dict[str, tuple[Dim, int]]) -> str:
    """A dimension as jax.export reads it."""
    if what is None or what is Dim.STATIC:
        return str(size)
    if isinstance(what, int):
        if what != size:
            raise ValueError(f"dynamic_shapes says {what} of a dimension of size {size}")
        return str(size)
    if what is Dim.AUTO or what is Dim.DYNAMIC:
        return fresh
    if not isinstance(what, Dim):
        raise TypeError(f"dynamic_shapes: expected a Dim, an int or None, got {what!r}")
    _, first = named.setdefault(what.__name__, (what, size))
    if first != size:
        raise ValueError(
            f"{what} stands for a dimension of size {first} and for one of size {size}"
        )
    if not what.min <= size <= (size if what.max is None else what.max):
        raise ValueError(f"the example has size {size}, which is not within {what}")
    return what.__name__


def open_dimensions(value: Any, given: Any) -> list[dict[int, Any]]:
    """For each leaf of the arguments, what dynamic_shapes says: {dimension: Dim}."""
    if isinstance(value, Tensor):
        if given is None:
            return [{}]
        pairs = given.items() if isinstance(given, Mapping) else enumerate(given)
        return [{d % max(value.ndim, 1): what for d, what in pairs}]
    if isinstance(value, Mapping):
        parts = [open_dimensions(x, None if given is None else given[k]) for k, x in value.items()]
    elif isinstance(value, (tuple, list)):
        if given is not None and len(given) != len(value):
            raise ValueError(f"dynamic_shapes has {len(given)} entries for {len(value)} inputs")
        each = [None] * len(value) if given is None else given
        parts = [open_dimensions(x, g) for x, g in zip(value, each, strict=True)]
    elif given is not None:
        raise ValueError(f"dynamic_shapes says {given!r} of {value!r}, which is no tensor")
    else:
        return [{}]
    return [leaf for part in parts for leaf in part]
