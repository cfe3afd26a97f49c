"""Decorators for classes of datapipes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from .datapipe import IterDataPipe, MapDataPipe


class functional_datapipe:
    """Makes the decorated class a method of all datapipes: `pipe.name(*args)`."""

    name: str

    def __init__(self, name: str, enable_df_api_tracing: bool = False) -> None:
        self.name = name
        self.enable_df_api_tracing = enable_df_api_tracing

    def __call__(self, cls: Any) -> Any:
        for kind in (IterDataPipe, MapDataPipe):
            if issubclass(cls, kind):
                kind.register_datapipe_as_function(self.name, cls, self.enable_df_api_tracing)
        return cls


class guaranteed_datapipes_determinism:
    """Within, pipes that are not deterministic cannot be made."""

    prev: bool
    wanted = False

    def __init__(self) -> None:
        self.prev = guaranteed_datapipes_determinism.wanted
        guaranteed_datapipes_determinism.wanted = True

    def __enter__(self) -> None:
        pass

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        guaranteed_datapipes_determinism.wanted = self.prev


class non_deterministic:
    """Says of the decorated class that its order differs from run to run: always, or for arguments
    of which a function says so.
    """

    def __init__(self, arg: type | Callable[..., bool]) -> None:
        if inspect.isclass(arg) and not issubclass(arg, IterDataPipe):
            raise TypeError(
                "Only `IterDataPipe` can be decorated with `non_deterministic`, but "
                f"{arg.__name__} is found"
            )
        self.cls: Any = arg if inspect.isclass(arg) else None
        self.says: Any = (lambda *args, **options: True) if inspect.isclass(arg) else arg

    def __call__(self, *args: Any, **options: Any) -> Any:
        if self.cls is not None:
            return self.make(*args, **options)
        (self.cls,) = args
        return functools.wraps(self.cls, updated=())(self.make)

    def make(self, *args: Any, **options: Any) -> Any:
        """An instance of the class, if it may be made now."""
        if guaranteed_datapipes_determinism.wanted and self.says(*args, **options):
            raise TypeError(
                f"{self.cls.__name__} is non-deterministic, but you set "
                "'guaranteed_datapipes_determinism'. You can turn off determinism for this "
                "DataPipe if that is acceptable for your application"
            )
        return self.cls(*args, **options)


def argument_validation(f: Callable) -> Callable:
    """Type hints of pipes are not checked."""
    return f


def runtime_validation(f: Callable) -> Callable:
    """Type hints of items are not checked."""
    return f


class runtime_validation_disabled:
    """Type hints of items are not checked in any case."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        pass
