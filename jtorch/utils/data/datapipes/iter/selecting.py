"""Pipes that leave items out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .._decorator import functional_datapipe
from .._functions import call, check_function
from ..datapipe import IterDataPipe

__all__ = ["FilterIterDataPipe"]


@functional_datapipe("filter")
class FilterIterDataPipe(IterDataPipe):
    """Items for which `filter_fn`, of the item or of columns of it, is True."""

    datapipe: IterDataPipe
    filter_fn: Callable

    def __init__(self, datapipe: IterDataPipe, filter_fn: Callable, input_col=None) -> None:
        super().__init__()
        check_function(filter_fn)
        self.datapipe = datapipe
        self.filter_fn = filter_fn
        self.input_col = input_col

    def __iter__(self) -> Iterator[Any]:
        for data in self.datapipe:
            wanted = call(self.filter_fn, data, self.input_col)
            if not isinstance(wanted, bool):
                raise ValueError(
                    "Boolean output is required for `filter_fn` of FilterIterDataPipe, got",
                    type(wanted),
                )
            if wanted:
                yield data
