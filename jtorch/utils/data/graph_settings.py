"""Settings for all pipes of a chain: shuffling, seeds, and a worker's part of the data."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

from ..._generator import Generator
from ._draws import draw_seed
from .datapipes.iter.combinatorics import ShufflerIterDataPipe
from .datapipes.iter.sharding import SHARDING_PRIORITIES
from .datapipes.map.pipes import ShufflerIterDataPipe as MapShuffler
from .graph import DataPipe, DataPipeGraph, traverse_dps

__all__ = [
    "apply_random_seed",
    "apply_sharding",
    "apply_shuffle_seed",
    "apply_shuffle_settings",
    "get_all_graph_pipes",
]


def get_all_graph_pipes(graph: DataPipeGraph) -> list[DataPipe]:
    """The pipes of a graph, each once."""
    found = {id(pipe): pipe for pipe in _all(graph)}
    return list(found.values())


def _all(graph: DataPipeGraph) -> Iterator[DataPipe]:
    for pipe, below in graph.values():
        yield pipe
        yield from _all(below)


def apply_sharding(
    datapipe: DataPipe,
    num_of_instances: int,
    instance_id: int,
    sharding_group=SHARDING_PRIORITIES.DEFAULT,
) -> DataPipe:
    """Have every sharding filter give part number `instance_id` of `num_of_instances`."""

    def descend(graph: DataPipeGraph, before: Any) -> None:
        for pipe, below in graph.values():
            applied = before
            if callable(getattr(pipe, "apply_sharding", None)):
                if before is not None:
                    raise RuntimeError(
                        "Sharding twice on a single pipeline is likely unintended and will cause "
                        f"data loss. Sharding already applied to {before} while trying to apply to "
                        f"{pipe}"
                    )
                pipe.apply_sharding(num_of_instances, instance_id, sharding_group=sharding_group)
                applied = pipe
            descend(below, applied)

    descend(traverse_dps(datapipe), None)
    return datapipe


def apply_shuffle_settings(datapipe: DataPipe, shuffle: bool | None = None) -> DataPipe:
    """Turn shuffling on or off, None as it is; where nothing shuffles a shuffler comes last."""
    if shuffle is None:
        return datapipe
    pipes = get_all_graph_pipes(traverse_dps(datapipe))
    shufflers = [p for p in pipes if isinstance(p, (ShufflerIterDataPipe, MapShuffler))]
    if shuffle and not shufflers:
        warnings.warn(
            "`shuffle=True` was set, but the datapipe does not contain a `Shuffler`. Adding one at "
            "the end. Be aware that the default buffer size might not be sufficient for your task.",
            stacklevel=3,
        )
        datapipe = datapipe.shuffle()
        shufflers = [datapipe]  # type: ignore[list-item]
    for shuffler in shufflers:
        shuffler.set_shuffle(shuffle)
    return datapipe


def apply_random_seed(datapipe: DataPipe, rng: Generator) -> DataPipe:
    """Draw a seed for every pipe that takes one."""
    for pipe in get_all_graph_pipes(traverse_dps(datapipe)):
        if callable(getattr(pipe, "set_seed", None)):
            pipe.set_seed(draw_seed(rng))
    return datapipe


def apply_shuffle_seed(datapipe: DataPipe, rng: Any) -> DataPipe:
    """The old name of `apply_random_seed`."""
    warnings.warn(
        "`apply_shuffle_seed` is deprecated since 1.12 and will be removed in the future releases."
        "\nPlease use `apply_random_seed` instead.",
        FutureWarning,
        stacklevel=2,
    )
    return apply_random_seed(datapipe, rng)
