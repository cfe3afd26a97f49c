"""An exception on its way from a worker to the loop that asked for the batch."""

from __future__ import annotations

import traceback
from typing import NoReturn


class _Verbatim(str):
    """KeyError shows the repr of its argument, which would fold a traceback into one line."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class ExceptionWrapper:
    """Keeps the type and the printed traceback of the exception being handled."""

    def __init__(self, error: BaseException, where: str) -> None:
        self.exc_type = type(error)
        self.exc_msg = "".join(traceback.format_exception(error))
        self.where = where

    def reraise(self) -> NoReturn:
        """Raise the same type with the traceback in its message; RuntimeError if it needs more."""
        message = f"Caught {self.exc_type.__name__} {self.where}.\nOriginal {self.exc_msg}"
        if self.exc_type is KeyError:
            raise KeyError(_Verbatim(message))
        if getattr(self.exc_type, "message", None):
            raise self.exc_type(message=message)  # type: ignore[call-arg]
        try:
            error = self.exc_type(message)
        except Exception:
            raise RuntimeError(message) from None
        raise error
