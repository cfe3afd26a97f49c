"""Deferred checks: errors that depend on values, found when the next value is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np


class Check(NamedTuple):
    bad: Any  # Value of a bool[] array
    detail: Any  # Value of an int64[] array, put into the message
    error: type[Exception]
    message: str


def raise_first(unread: Iterable[Check], look: Callable[[Any], Any]) -> None:
    """Raise the error of the first check that failed."""
    for check in unread:
        if bool(np.asarray(look(check.bad))):
            raise check.error(check.message.format(int(np.asarray(look(check.detail)))))
