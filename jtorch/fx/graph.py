"""torch.fx.graph: a name to import. Programs are not traced symbolically here."""

from __future__ import annotations

from typing import Any

from .._errors import not_covered


class Graph:
    """Not covered: nothing is traced. For `isinstance` and to subclass."""

    def __init__(self, *args: Any, **kwargs: Any):
        raise not_covered("torch.fx.Graph")
