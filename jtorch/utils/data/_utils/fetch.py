"""Fetching: from keys to a batch (`MapFetcher`), or as many samples as there are keys from a stream
(`IterableFetcher`). Knows nothing of workers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...._tensor import Tensor
from .._arrays import adopt, borrow, drop_left_over, is_on_host, is_plain, rows
from ..dataset import Subset, TensorDataset
from .collate import default_collate


class MapFetcher:
    """Samples of a map-style dataset by key. A list of keys makes a batch if `auto_collation` is
    on.
    """

    def __init__(
        self, dataset: Any, auto_collation: bool, collate_fn: Callable, drop_last: bool
    ) -> None:
        self.dataset = dataset
        self.auto_collation = auto_collation
        self.collate_fn = collate_fn
        self.default = collate_fn is default_collate

    def fetch(self, key: Any) -> Any:
        """The batch for a list of keys, or the sample for one."""
        if not self.auto_collation:
            return self.collate_fn(self.dataset[key])
        columns = self._gather(key)
        if columns is not None:
            return columns if self.default else self._from_columns(columns)
        if getattr(self.dataset, "__getitems__", None):
            samples = self.dataset.__getitems__(key)
        else:
            samples = [self.dataset[each] for each in key]
        batch = self.collate_fn(samples)
        del samples
        drop_left_over()
        return batch

    def _gather(self, keys: Any) -> list[Tensor] | None:
        """What collating the samples of a TensorDataset (or a Subset of one) gives, taken out of
        each tensor in one go. None where this does not apply, or the keys are not simply in range.
        """
        dataset = self.dataset
        while type(dataset) is Subset:
            keys = _look_up(dataset.indices, keys)
            dataset = dataset.dataset
        index = _as_index(keys)
        if index is None or type(dataset) is not TensorDataset or not dataset.tensors:
            return None
        suits = is_plain if self.default else is_on_host
        if not all(suits(x) and _in_range(index, x.shape) for x in dataset.tensors):
            return None
        return [rows(x, index) for x in dataset.tensors]

    def _from_columns(self, columns: list[Tensor]) -> Any:
        """The samples for a collate function of the user's: not views of the dataset's tensors."""
        arrays = [borrow(column) for column in columns]
        samples = [tuple(adopt(a[i, ...]) for a in arrays) for i in range(len(arrays[0]))]
        return self.collate_fn(samples)


class IterableFetcher:
    """Samples of a stream. A list of placeholders asks for a batch of that size."""

    def __init__(
        self, dataset: Any, auto_collation: bool, collate_fn: Callable, drop_last: bool
    ) -> None:
        self.samples = iter(dataset)
        self.auto_collation = auto_collation
        self.collate_fn = collate_fn
        self.drop_last = drop_last
        self.ended = False

    def fetch(self, key: Any) -> Any:
        """The next batch, or the next sample; StopIteration at the end."""
        if self.ended:
            raise StopIteration
        if not self.auto_collation:
            return self.collate_fn(next(self.samples))
        samples = []
        for _ in key:
            try:
                samples.append(next(self.samples))
            except StopIteration:
                self.ended = True
                break
        if not samples or (self.drop_last and len(samples) < len(key)):
            raise StopIteration
        batch = self.collate_fn(samples)
        del samples
        drop_left_over()
        return batch


def _look_up(indices: Any, keys: Any) -> Any:
    if not isinstance(keys, list):
        return None
    try:
        return [indices[key] for key in keys]
    except (TypeError, IndexError):  # the ordinary way words it
        return None


def _as_index(keys: Any) -> np.ndarray | None:
    if not isinstance(keys, list) or not keys:
        return None
    if not all(isinstance(key, (int, np.integer)) and not isinstance(key, bool) for key in keys):
        return None
    return np.array(keys, np.int64)


def _in_range(index: np.ndarray, shape: Any) -> bool:
    return len(shape) > 0 and -shape[0] <= int(index.min()) and int(index.max()) < shape[0]
