"""Pipes that apply a function to each item."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ....._errors import not_covered
from ..._utils.collate import default_collate
from .._decorator import functional_datapipe
from .._functions import call, check_function
from ..datapipe import IterDataPipe

__all__ = ["CollatorIterDataPipe", "MapperIterDataPipe"]


@functional_datapipe("map")
class MapperIterDataPipe(IterDataPipe):
    """`fn` of each item; with `input_col` of those columns, the result in the place of the first of
    them, or at `output_col` (-1 appends).
    """

    datapipe: IterDataPipe
    fn: Callable

    def __init__(
        self, datapipe: IterDataPipe, fn: Callable, input_col=None, output_col=None
    ) -> None:
        super().__init__()
        check_function(fn)
        self.datapipe = datapipe
        self.fn = fn
        self.input_col: Any = input_col
        if input_col is None and output_col is not None:
            raise ValueError("`output_col` must be None when `input_col` is None.")
        if isinstance(output_col, (list, tuple)):
            if len(output_col) > 1:
                raise ValueError("`output_col` must be a single-element list or tuple")
            output_col = next(iter(output_col))
        self.output_col = output_col

    def _apply_fn(self, data: Any) -> Any:
        result = call(self.fn, data, self.input_col)
        if self.input_col is None:
            return result
        row = list(data) if isinstance(data, tuple) else data
        columns: list = [self.input_col]
        if isinstance(self.input_col, (list, tuple)):
            columns = list(self.input_col)
        if self.output_col is None:
            first, *others = columns
            row[first] = result
            for column in sorted(others, reverse=True):
                del row[column]
        elif self.output_col == -1:
            row.append(result)
        else:
            row[self.output_col] = result
        return tuple(row) if isinstance(data, tuple) else row

    def __iter__(self) -> Iterator[Any]:
        for data in self.datapipe:
            yield self._apply_fn(data)

    def __len__(self) -> int:
        return _length(self, self.datapipe)


def _length(pipe: IterDataPipe, source: Any) -> int:
    if hasattr(type(source), "__len__"):
        return len(source)
    raise TypeError(f"{type(pipe).__name__} instance doesn't have valid length")


@functional_datapipe("collate")
class CollatorIterDataPipe(MapperIterDataPipe):
    """Batches put together, by `default_collate` or a function given."""

    def __init__(
        self, datapipe: IterDataPipe, conversion=default_collate, collate_fn: Callable | None = None
    ) -> None:
        if collate_fn is None and not callable(conversion):
            raise not_covered("collate() of data frames")
        super().__init__(datapipe, fn=conversion if collate_fn is None else collate_fn)
