"""torch.fx.tracer: a name to import. Programs are not traced symbolically here."""

from __future__ import annotations

from typing import Any

from .._errors import not_covered


class Tracer:
    """Not covered: nothing is traced. For `isinstance` and to subclass."""

    def __init__(self, *args: Any, **kwargs: Any):
        raise not_covered("torch.fx.Tracer")


def wrap(fn_or_name: Any) -> Any:
    """Returns the function or the name: it says what a tracer would not look into."""
    return fn_or_name


def symbolic_trace(root: Any, concrete_args: Any = None) -> Any:
    """Not covered."""
    raise not_covered("torch.fx.symbolic_trace")
