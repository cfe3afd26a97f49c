"""What torch asks of sizes that its tracers may not know: here they are plain numbers, so the
classes of unknown ones have no instances, and the functions are arithmetic of Python.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._errors import not_covered

__all__ = [
    "SymBool",
    "SymFloat",
    "SymInt",
    "cond",
    "sym_constrain_range",
    "sym_constrain_range_for_size",
    "sym_float",
    "sym_fresh_size",
    "sym_int",
    "sym_ite",
    "sym_max",
    "sym_min",
    "sym_not",
    "sym_sqrt",
    "sym_sum",
]


class _Symbol:
    """A number that is not known yet: there is none here, and no instance."""

    def __init__(self, node: Any):
        raise not_covered(f"torch.{type(self).__name__}", "All sizes are known numbers.")


class SymInt(_Symbol):
    """The class of ints that are not known yet; isinstance is False for every int."""

    __module__ = "torch"


class SymFloat(_Symbol):
    """The class of floats that are not known yet."""

    __module__ = "torch"


class SymBool(_Symbol):
    """The class of bools that are not known yet."""

    __module__ = "torch"


def sym_float(a: Any) -> float:
    """float(a)."""
    return float(a)


def sym_int(a: Any) -> int:
    """int(a)."""
    return int(a)


def sym_not(a: Any) -> bool:
    """not a."""
    return not a


def sym_ite(b: bool, t: Any, f: Any) -> Any:
    """t if b, else f."""
    if not isinstance(b, bool):
        raise AssertionError(f"expected SymBool or bool, got {type(b)}")
    if type(t) is not type(f):
        raise AssertionError(f"type(t)={type(t)} != type(f)={type(f)}")
    return t if b else f


_NUMBERS = (np.integer, np.floating, int, float)


def _common(pick: Callable, a: Any, b: Any) -> Any:
    """pick(a, b) as a float if either is one."""
    for x in (a, b):
        if not isinstance(x, _NUMBERS):
            raise AssertionError(f"expected {_NUMBERS}, got {type(x)}")
    found = pick(a, b)
    return float(found) if isinstance(a, float) or isinstance(b, float) else found


def sym_max(a: Any, b: Any) -> Any:
    """The larger, a float if either is one."""
    return _common(max, a, b)


def sym_min(a: Any, b: Any) -> Any:
    """The smaller, a float if either is one."""
    return _common(min, a, b)


def sym_sqrt(a: Any) -> float:
    """The square root."""
    return math.sqrt(a)


def sym_sum(*args: Any) -> Any:
    """The sum of numbers, or of a sequence of them."""
    return sum(args[0] if len(args) == 1 and isinstance(args[0], Sequence) else args)


def sym_fresh_size(expr: Any) -> Any:
    """expr."""
    return expr


def sym_constrain_range(size: Any, *, min: int | None = None, max: int | None = None) -> None:
    """Raises unless size is between min and max."""
    low = -(2**63) if min is None else min
    high = 2**63 - 1 if max is None else max
    if not low <= size <= high:
        raise RuntimeError(f"Invalid value range for {size} between [{low}, {high}].")


def sym_constrain_range_for_size(
    size: Any, *, min: int | None = None, max: int | None = None
) -> None:
    """As `sym_constrain_range`; a size is not negative."""
    sym_constrain_range(size, min=min or 0, max=max)


def cond(pred: Any, true_fn: Callable, false_fn: Callable, operands: Any = ()) -> Any:
    """true_fn(*operands) if pred, else false_fn(*operands). A tensor is looked at."""
    if not callable(true_fn) or not callable(false_fn):
        raise RuntimeError("Expect both branches to be callable.")
    if not isinstance(operands, (tuple, list)):
        raise RuntimeError(
            "Expect operands to be a tuple of possibly nested dict/list/tuple that only consists "
            f"of tensor leaves, but got {operands}."
        )
    return (true_fn if pred else false_fn)(*operands)
