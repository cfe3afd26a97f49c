"""torch._dynamo as far as scripts reach into it: settings of a compiler that is not there, which
are kept and change nothing. The public side is `torch.compiler`.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from .._errors import no_attribute as _no_attribute
from ..compiler import allow_in_graph as allow_in_graph
from ..compiler import disable as disable
from ..compiler import is_compiling as is_compiling
from ..compiler import list_backends as list_backends
from ..compiler import reset as reset

config = SimpleNamespace(
    accumulated_cache_size_limit=256, assume_static_by_default=True,
    automatic_dynamic_shapes=True, cache_size_limit=8, capture_scalar_outputs=False,
    optimize_ddp=True, recompile_limit=8, suppress_errors=False, verbose=False,
)  # fmt: skip


def mark_dynamic(t: Any, index: Any, **options: Any) -> None:
    """Does nothing: shapes are part of a program's key."""


def mark_static(t: Any, index: Any = None) -> None:
    """Does nothing, for the same reason."""


def graph_break(msg: str = "") -> None:
    """Does nothing: there is no graph of Python to break."""


def __getattr__(name: str):
    raise _no_attribute("torch._dynamo", name)
