"""What workers have in common, be they threads (`threads.py`) or processes (`processes.py`): what
they know of themselves, their seeds, and the loop that turns keys into batches.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ....graph import flush
from .._draws import seeded
from ..datapipes.iter.sharding import SHARDING_PRIORITIES
from ..graph_settings import apply_random_seed, apply_sharding
from .exceptions import ExceptionWrapper


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """What a worker knows of itself. `rng` has generators of its own for a worker that is a thread;
    `worker_method` is "thread" or "multiprocessing".
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Any = None
    worker_method: str | None = "multiprocessing"


class _Workers(threading.local):
    info: WorkerInfo | None = None


_here = _Workers()
_process_info: list[WorkerInfo] = []  # of a worker that is a process, for all its threads


def get_worker_info() -> WorkerInfo | None:
    """The worker this runs in; None in the main program."""
    return _here.info or (_process_info[0] if _process_info else None)


def introduce(info: WorkerInfo, *, whole_process: bool) -> None:
    """Make this thread, or this process, the worker that `info` is about."""
    if whole_process:
        _process_info[:] = [info]
    else:
        _here.info = info


class Exhausted(NamedTuple):
    """In place of a batch: this worker's stream has ended."""

    worker_id: int


class Task(NamedTuple):
    """Fetch `key` as batch number `index` of a pass over the loader, which has a `shared_seed` if
    the dataset is a datapipe.
    """

    epoch: int
    index: int
    key: Any
    shared_seed: int | None = None


class Plan(NamedTuple):
    """What all workers of an iterator have in common."""

    dataset: Any
    make_fetcher: Callable[[Any], Any]
    ends: bool  # whether StopIteration means the end of the stream
    init_fn: Callable[[int], Any] | None
    base_seed: int
    num_workers: int


def numpy_seed(base_seed: int, worker_id: int) -> np.ndarray:
    """The words that torch seeds a worker's NumPy generator with."""
    entropy = [worker_id, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
    return np.random.SeedSequence(entropy).generate_state(4)


def python_seed(base_seed: int, worker_id: int) -> random.Random:
    """A generator like the one that torch gives a worker for its `random`."""
    return random.Random(base_seed + worker_id)


def serve(
    plan: Plan,
    worker_id: int,
    dataset: Any,
    receive: Callable[[], Task | None],
    send: Callable[[tuple | None], None],
    turn: Callable[..., AbstractContextManager],
) -> None:
    """The life of a worker: answer tasks until there is None. Whatever runs code of the user's does
    so in a `turn`. The first answer, None, says that `init_fn` has run.
    """
    failure = None
    if plan.init_fn is not None:
        with turn():
            failure = _attempt(plan.init_fn, (worker_id,), worker_id)
        failure = failure if isinstance(failure, ExceptionWrapper) else None
    send(None)
    fetcher, epoch, ended = None, -1, False
    while (task := receive()) is not None:
        if task.epoch != epoch:
            fetcher, epoch, ended = None, task.epoch, False
        if ended:
            continue
        with turn(deciding=True):
            data: Any = failure
            if data is None and fetcher is None:
                data = _attempt(_ready, (plan, dataset, task.shared_seed), worker_id)
                fetcher = None if isinstance(data, ExceptionWrapper) else data
            if fetcher is not None:
                data = _attempt(_fetch, (fetcher, task.key), worker_id)
        if plan.ends and isinstance(data, ExceptionWrapper) and data.exc_type is StopIteration:
            data, ended = Exhausted(worker_id), True
        send((worker_id, task, data))


def _ready(plan: Plan, dataset: Any, shared_seed: int | None) -> Any:
    reseed(dataset, shared_seed)
    return plan.make_fetcher(dataset)


def reseed(dataset: Any, shared_seed: int | None) -> None:
    """Have all workers' copies of a datapipe shuffle alike."""
    if shared_seed is not None:
        apply_random_seed(dataset, seeded(shared_seed))


def shard_worker(init_fn: Callable[[int], Any] | None, worker_id: int) -> None:
    """Give a worker's copy of a datapipe its part of the data."""
    info = get_worker_info()
    assert info is not None
    apply_sharding(info.dataset, info.num_workers, worker_id, SHARDING_PRIORITIES.MULTIPROCESSING)
    if init_fn is not None:
        init_fn(worker_id)


def _fetch(fetcher: Any, key: Any) -> Any:
    """A batch with nothing left to compute: that is what workers are for."""
    data = fetcher.fetch(key)
    flush(kind="samples")
    return data


def _attempt(function: Callable, arguments: tuple, worker_id: int) -> Any:
    """The result, or the exception packed up for the loop that waits."""
    try:
        return function(*arguments)
    except Exception:
        return ExceptionWrapper(where=f"in DataLoader worker process {worker_id}")
