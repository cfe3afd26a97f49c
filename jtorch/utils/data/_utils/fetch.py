"""Fetching: from keys to a batch (`MapFetcher`), or as many samples as there are keys from a stream
(`IterableFetcher`). Knows nothing of workers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...._tensor import Tensor
from .._arrays import adopt, borrow, is_plain
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

    def fetch(self, key: Any) -> Any:
        """The batch for a list of keys, or the sample for one."""
        if not self.auto_collation:
            return self.collate_fn(self.dataset[key])
        if self.collate_fn is default_collate:
            batch = _gather(self.dataset, key)
            if batch is not None:
                return batch
        if getattr(self.dataset, "__getitems__", None):
            samples = self.dataset.__getitems__(key)
        else:
            samples = [self.dataset[each] for each in key]
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
        batch = []
        for _ in key:
            try:
                batch.append(next(self.samples))
            except StopIteration:
                self.ended = True
                break
        if not batch or (self.drop_last and len(batch) < len(key)):
            raise StopIteration
        return self.collate_fn(batch)


def _gather(dataset: Any, keys: Any) -> list[Tensor] | None:
    """What collating the samples of a TensorDataset (or a Subset of one) gives, taken out of each
    tensor in one go. None where this does not apply, or the keys are not simply in range.
    """
    while type(dataset) is Subset:
        keys = _look_up(dataset.indices, keys)
        dataset = dataset.dataset
        if keys is None:
            return None
    if type(dataset) is not TensorDataset or not dataset.tensors:
        return None
    if not all(is_plain(tensor) for tensor in dataset.tensors):
        return None
    index = _as_index(keys)
    if index is None:
        return None
    arrays = [borrow(tensor) for tensor in dataset.tensors]
    if any(array.ndim == 0 or not _in_range(index, len(array)) for array in arrays):
        return None
    return [adopt(np.take(array, index, axis=0)) for array in arrays]


def _look_up(indices: Any, keys: Any) -> Any:
    if not isinstance(keys, list):
        return None
    try:
        return [indices[key] for key in keys]
    except (TypeError, IndexError):  # the ordinary way words it
        return None


def _as_index(keys: Any) -> np.ndarray | None:
    if not isinstance(keys, list) or not keys or not all(type(key) is int for key in keys):
        return None
    return np.array(keys, np.int64)


def _in_range(index: np.ndarray, size: int) -> bool:
    return -size <= int(index.min()) and int(index.max()) < size
