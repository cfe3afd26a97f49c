"""Classes that files name and that both libraries must find under one name: `using(library)` says
whose they are. They hold no checks.
"""

from __future__ import annotations

import collections
import dataclasses
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

import jtorch

Pair = collections.namedtuple("Pair", "a b")


@dataclasses.dataclass
class Record:
    """A user's class, the same for both."""

    x: Any
    name: str = "record"


class Reduced:
    """A user's class with a reduce of its own."""

    def __init__(self, x: Any):
        self.x = x

    def __reduce__(self):
        return Reduced, (self.x,)


def shift(x: Any) -> Any:
    """A user's function."""
    return x + 1


def _made(library: Any) -> dict[str, Any]:
    class Labelled(library.Tensor):
        """A subclass of Tensor without anything of its own."""

    class Quantity(library.Tensor):
        """A subclass of Tensor that says how it is saved."""

        def __setstate__(self, state):
            self.unit = state["unit"] + "!"

    class Slotted(library.Tensor):
        """A subclass of Tensor with a slot."""

        __slots__ = ("mark",)

    class Net(library.nn.Module):
        """A user's module."""

        def __init__(self, hidden: int = 3):
            super().__init__()
            self.hidden = hidden
            self.first = library.nn.Linear(2, hidden)
            self.register_buffer("seen", library.zeros(2))
            self.register_buffer("scratch", library.ones(1), persistent=False)
            self.scale = library.nn.Parameter(library.ones(hidden))
            self.first.weight.label = "kept"

        def forward(self, x):
            return (self.first(x) * self.scale).sum()

    made = {kind.__name__: kind for kind in (Labelled, Quantity, Slotted, Net)}
    for name, kind in made.items():
        kind.__module__, kind.__qualname__ = __name__, name
    return made


_OF = {library.__name__: _made(library) for library in (torch, jtorch)}


@contextmanager
def using(library: Any) -> Iterator[Any]:
    """While in use, the classes that depend on the library are this library's."""
    here = sys.modules[__name__]
    for name, kind in _OF[library.__name__].items():
        setattr(here, name, kind)
    yield here


def tensor_kinds(library: Any) -> list[Any]:
    """What a file with the subclasses needs to be allowed."""
    return list(_OF[library.__name__].values())
