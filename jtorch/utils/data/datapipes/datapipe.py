"""What datapipes are: iterable (`IterDataPipe`) or with keys (`MapDataPipe`), with each other's
constructors as methods, and with one valid iterator at a time.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ..dataset import Dataset, IterableDataset

_T_co = TypeVar("_T_co", covariant=True)

INVALID = (
    "This iterator has been invalidated because another iterator has been created from the same "
    "IterDataPipe: {}\nThis may be caused multiple references to the same IterDataPipe. We "
    "recommend using `.fork()` if that is necessary."
)


def _one_at_a_time(function: Callable) -> Callable:
    """`__iter__` that resets the pipe where iteration begins and ends an older iteration."""

    lazy = inspect.isgeneratorfunction(function)

    @functools.wraps(function)
    def __iter__(self: Any) -> Iterator[Any]:
        if type(self).__iter__ is not __iter__:  # called by that of a subclass
            return function(self)
        if lazy:
            return _begin(self, function)
        return _valid(self, *_started(self, function))

    return __iter__


def _started(pipe: Any, function: Callable) -> tuple[Iterator[Any], int]:
    number = pipe._valid_iterator_id = vars(pipe).get("_valid_iterator_id", 0) + 1
    pipe.reset()
    return function(pipe), number


def _begin(pipe: Any, function: Callable) -> Iterator[Any]:
    """A generator begins when it is asked for its first item."""
    yield from _valid(pipe, *_started(pipe, function))


def _valid(pipe: Any, items: Iterator[Any], number: int) -> Iterator[Any]:
    items = iter(items)
    while True:
        if pipe._valid_iterator_id != number:
            raise RuntimeError(INVALID.format(_described(pipe)))
        try:
            item = next(items)
        except StopIteration:
            return
        yield item


def _described(pipe: Any) -> str:
    """The pipe with the arguments it was made with, as far as it has kept them."""
    names = sorted(inspect.signature(type(pipe).__init__).parameters)
    kept = [(name, getattr(pipe, name)) for name in names if name in vars(pipe)]
    shown = ", ".join(f"{name}={getattr(x, '__name__', repr(x))}" for name, x in kept)
    return f"{type(pipe).__name__}({shown})"


class _Functional:
    """Attributes that are constructors of other pipes, and hooks for pickling and printing."""

    functions: dict[str, Callable] = {}
    reduce_ex_hook: Callable | None = None
    getstate_hook: Callable | None = None
    str_hook: Callable | None = None
    repr_hook: Callable | None = None

    def __getattr__(self, attribute_name: str) -> Any:
        function = type(self).functions.get(attribute_name)
        if function is None:
            raise AttributeError(
                f"'{type(self).__name__}' object has no attribute '{attribute_name}"
            )
        return functools.wraps(function)(functools.partial(function, self))

    @classmethod
    def register_function(cls, function_name: str, function: Callable) -> None:
        """Make `pipe.function_name(*args)` mean `function(pipe, *args)`."""
        cls.functions[function_name] = function

    @classmethod
    def register_datapipe_as_function(
        cls, function_name: str, cls_to_register: type, enable_df_api_tracing: bool = False
    ) -> None:
        """Make `pipe.function_name(*args)` mean `cls_to_register(pipe, *args)`."""
        if function_name in cls.functions:
            raise Exception(
                f"Unable to add DataPipe function name {function_name} as it is already taken"
            )

        def function(source: Any, *args: Any, **options: Any) -> Any:
            return cls_to_register(source, *args, **options)

        function.__doc__ = cls_to_register.__doc__
        cls.functions[function_name] = function

    def __getstate__(self) -> Any:
        hook = type(self).getstate_hook
        return self.__dict__ if hook is None else hook(self.__dict__)

    def __reduce_ex__(self, *args: Any, **options: Any) -> Any:
        hook = type(self).reduce_ex_hook
        if hook is not None:
            try:
                return hook(self)
            except NotImplementedError:
                pass
        return super().__reduce_ex__(*args, **options)

    @classmethod
    def set_getstate_hook(cls, hook_fn: Callable | None) -> None:
        """`hook_fn(state)` is pickled in place of the state; None takes the hook away."""
        cls.getstate_hook = _checked(cls.getstate_hook, hook_fn, "getstate_hook")

    @classmethod
    def set_reduce_ex_hook(cls, hook_fn: Callable | None) -> None:
        """`hook_fn(pipe)` takes the place of `__reduce_ex__`; None takes the hook away."""
        cls.reduce_ex_hook = _checked(cls.reduce_ex_hook, hook_fn, "reduce_ex_hook")

    def __repr__(self) -> str:
        hook = type(self).repr_hook
        return str(type(self).__qualname__) if hook is None else hook(self)

    def __str__(self) -> str:
        hook = type(self).str_hook
        return str(type(self).__qualname__) if hook is None else hook(self)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *type(self).functions]


def _checked(old: Callable | None, new: Callable | None, name: str) -> Any:
    if old is not None and new is not None:
        raise RuntimeError(f"Attempt to override existing {name}")
    return None if new is None else staticmethod(new)


class IterDataPipe(_Functional, IterableDataset[_T_co]):
    """A stream. A subclass defines `__iter__`, mostly as a generator; `reset()` is called where an
    iteration begins, which ends the one before.
    """

    functions: dict[str, Callable] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__iter__" in cls.__dict__:
            cls.__iter__ = _one_at_a_time(cls.__dict__["__iter__"])  # type: ignore[method-assign]

    def __iter__(self) -> Iterator[_T_co]:
        return self  # type: ignore[return-value]

    def reset(self) -> None:
        """Called where an iteration begins."""


class DFIterDataPipe(IterDataPipe):
    """A stream of data frames."""


class MapDataPipe(_Functional, Dataset[_T_co]):
    """Items by key. A subclass defines `__getitem__`, and mostly `__len__`."""

    functions: dict[str, Callable] = {}


class DataChunk(list):
    """A batch."""

    def __init__(self, items: Any) -> None:
        items = list(items)
        super().__init__(items)
        self.items = items

    def as_str(self, indent: str = "") -> str:
        """The items between brackets."""
        return indent + "[" + ", ".join(str(i) for i in iter(self)) + "]"

    def __iter__(self) -> Iterator[Any]:
        yield from super().__iter__()

    def raw_iterator(self) -> Iterator[Any]:
        """The items as they are."""
        yield from self.items
