"""Which datapipes a datapipe is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .datapipes.datapipe import IterDataPipe, MapDataPipe

__all__ = ["traverse", "traverse_dps"]

DataPipe = IterDataPipe | MapDataPipe
DataPipeGraph = dict[int, tuple[DataPipe, "DataPipeGraph"]]  # type: ignore[misc]


def _inside(value: Any) -> Iterator[DataPipe]:
    if isinstance(value, (IterDataPipe, MapDataPipe)):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _inside(each)
    elif isinstance(value, (list, tuple, set)):
        for each in value:
            yield from _inside(each)


def traverse_dps(datapipe: DataPipe) -> DataPipeGraph:
    """{id: (pipe, the same for the pipes among its attributes)}"""
    return _traverse(datapipe, set())


def _traverse(datapipe: DataPipe, seen: set[int]) -> DataPipeGraph:
    if id(datapipe) in seen:
        return {}
    seen = seen | {id(datapipe)}
    below: DataPipeGraph = {}
    for each in _inside(vars(datapipe)):
        below.update(_traverse(each, seen))
    return {id(datapipe): (datapipe, below)}


def traverse(datapipe: DataPipe, only_datapipe: bool | None = None) -> DataPipeGraph:
    """The old name of `traverse_dps`."""
    return traverse_dps(datapipe)
