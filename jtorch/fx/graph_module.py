"""torch.fx.graph_module: a name to import. Programs are not traced symbolically here."""

from __future__ import annotations

from typing import Any

from .._errors import not_covered
from ..nn import Module

_USER_PRESERVED_ATTRIBUTES_KEY = "_user_preserved_attributes"


class GraphModule(Module):
    """Not covered: nothing is traced. For `isinstance` and to subclass."""

    def __init__(self, *args: Any, **kwargs: Any):
        raise not_covered("torch.fx.GraphModule")


class _CodeOnlyModule(Module):
    """Not covered: nothing is traced. For `isinstance` and to subclass."""

    def __init__(self, *args: Any, **kwargs: Any):
        raise not_covered("torch.fx._CodeOnlyModule")


def _copy_attr(from_module: Module, to_module: Module, target: str) -> None:
    """Not covered."""
    raise not_covered("torch.fx.graph_module._copy_attr")
