"""What pipes that call functions of the user's share."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any


def check_function(fn: Any) -> None:
    """Warn of functions that pickle does not take: spawned workers cannot have them."""
    if not callable(fn):
        raise TypeError(f"A callable function is expected, but {type(fn)} is provided.")
    local = "<locals>" in getattr(fn, "__qualname__", "")
    if local or getattr(fn, "__name__", "") == "<lambda>":
        kind = "Local" if local else "Lambda"
        warnings.warn(
            f"{kind} function is not supported by pickle, please use regular python function or "
            "functools.partial instead.",
            stacklevel=4,
        )


def call(fn: Callable, data: Any, columns: Any) -> Any:
    """`fn` of data, or of one column, or of several."""
    if columns is None:
        return fn(data)
    if isinstance(columns, (list, tuple)):
        return fn(*(data[column] for column in columns))
    return fn(data[columns])
