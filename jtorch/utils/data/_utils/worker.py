"""Workers that fetch ahead. They are threads: JAX cannot compute in a forked process, and threads
share memory. Each sees what a worker process would: its own `WorkerInfo`, its own copy of the
dataset object (attributes can be rebound; what they refer to is shared) and its own random streams.

torch's default generator is per thread here. Python's and NumPy's global generators are not: a
dataset that is seen using them is run with its worker's streams put in their place, one worker at a
time, while the loop that wants the batch waits. Others run freely, side by side.
"""

from __future__ import annotations

import copy
import queue
import random
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ....graph import flush
from .._draws import use_generator
from ..dataset import Dataset
from .exceptions import ExceptionWrapper


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """What a worker knows of itself."""

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Any = None
    worker_method: str | None = "thread"


_local = threading.local()


def get_worker_info() -> WorkerInfo | None:
    """The worker this runs in; None in the main program."""
    return getattr(_local, "info", None)


class Exhausted(NamedTuple):
    """In place of a batch: this worker's stream has ended."""

    worker_id: int


class Task(NamedTuple):
    """Fetch `key` as batch number `index` of a pass over the loader."""

    epoch: int
    index: int
    key: Any


class Plan(NamedTuple):
    """What all workers of an iterator have in common."""

    dataset: Any
    make_fetcher: Callable[[Any], Any]
    ends: bool  # whether StopIteration means the end of the stream
    init_fn: Callable[[int], Any] | None
    base_seed: int
    num_workers: int


class HostStreams:
    """One worker's streams of Python's and NumPy's global generators, seeded as torch seeds
    them.
    """

    def __init__(self, base_seed: int, worker_id: int) -> None:
        entropy = [worker_id, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
        words = np.random.SeedSequence(entropy).generate_state(4)
        self.python = random.Random(base_seed + worker_id).getstate()
        self.numpy = np.random.RandomState(words).get_state(legacy=False)
        self.used = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """In the place of the program's own streams, which are put back at the end."""
        python, numpy = random.getstate(), np.random.get_state(legacy=False)
        random.setstate(self.python)
        np.random.set_state(self.numpy)
        try:
            yield
        finally:
            before = self.python, _place(self.numpy)
            self.python, self.numpy = random.getstate(), np.random.get_state(legacy=False)
            self.used = before != (self.python, _place(self.numpy))
            random.setstate(python)
            np.random.set_state(numpy)


def _place(state: Any) -> tuple:
    """Where in its stream a NumPy generator is, as something to compare."""
    inner = state["state"]
    return inner["key"].tobytes(), inner["pos"], state["has_gauss"], state["gauss"]


class Turns:
    """Who may run. Until the first fetch has shown whether the dataset uses the global streams, and
    from then on if it does, a worker runs only when the waiting loop lets it.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.free = False
        self.decided = False
        self.stopped = False
        self.granted: int | None = None

    def grant(self, worker_id: int) -> None:
        """Let a worker do one thing. To be called by who waits for it."""
        with self.changed:
            self.granted = worker_id
            self.changed.notify_all()

    def stop(self) -> None:
        with self.changed:
            self.stopped = True
            self.changed.notify_all()

    @contextmanager
    def turn(self, worker_id: int, streams: HostStreams, *, deciding: bool) -> Iterator[None]:
        """Runs the block when it is this worker's turn."""
        with self.changed:
            self.changed.wait_for(lambda: self.free or self.stopped or self.granted == worker_id)
            alone = not self.free and not self.stopped
        if not alone:
            yield
            return
        try:
            with streams.installed():
                yield
        finally:
            with self.changed:
                self.granted = None
                if deciding and not self.decided:
                    self.decided, self.free = True, not streams.used
                self.changed.notify_all()


class Crew:
    """The worker threads of one iterator. `put` gives a worker a task, `get` waits for any
    result.
    """

    def __init__(self, plan: Plan) -> None:
        self.turns = Turns()
        self.results: queue.SimpleQueue = queue.SimpleQueue()
        self.tasks = [queue.SimpleQueue() for _ in range(plan.num_workers)]
        self.threads = [
            threading.Thread(
                target=_run,
                args=(plan, worker_id, self.tasks[worker_id], self.results, self.turns),
                name=f"DataLoader worker {worker_id}",
                daemon=True,
            )
            for worker_id in range(plan.num_workers)
        ]
        self.initialised = plan.init_fn is None
        for thread in self.threads:
            thread.start()
        _crews.add(self)

    def put(self, worker_id: int, task: Task) -> None:
        self.tasks[worker_id].put(task)

    def get(self, worker_id: int, timeout: float) -> tuple[int, Task, Any]:
        """The next result; who waits for one of `worker_id` lets it run."""
        if not self.initialised:
            self.initialised = True
            for each in range(len(self.threads)):
                self.turns.grant(each)
                self.results.get()
        if not self.turns.free:
            self.turns.grant(worker_id)
        try:
            return self.results.get(timeout=timeout if timeout > 0 else None)
        except queue.Empty:
            raise RuntimeError(f"DataLoader timed out after {timeout} seconds") from None

    def stop(self) -> None:
        """Let the workers end after what they are doing."""
        self.turns.stop()
        for tasks in self.tasks:
            tasks.put(None)


_crews: weakref.WeakSet[Crew] = weakref.WeakSet()


def stop_all(patience: float = 5.0) -> None:
    """At exit: no thread may be in the middle of something when the interpreter goes."""
    crews = list(_crews)
    for crew in crews:
        crew.stop()
    deadline = time.monotonic() + patience
    for crew in crews:
        for thread in crew.threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def _run(plan: Plan, worker_id: int, tasks: Any, results: Any, turns: Turns) -> None:
    """The life of a worker thread."""
    dataset = copy.copy(plan.dataset) if isinstance(plan.dataset, Dataset) else plan.dataset
    seed = plan.base_seed + worker_id
    _local.info = WorkerInfo(worker_id, plan.num_workers, seed, dataset)
    use_generator(seed)
    streams = HostStreams(plan.base_seed, worker_id)
    failure = None
    if plan.init_fn is not None:
        with turns.turn(worker_id, streams, deciding=False):
            failure = _attempt(plan.init_fn, worker_id, worker_id)
        failure = failure if isinstance(failure, ExceptionWrapper) else None
        results.put(None)
    fetcher, epoch, ended = None, 0, False
    while (task := tasks.get()) is not None and not turns.stopped:
        if task.epoch != epoch:
            fetcher, epoch, ended = None, task.epoch, False
        if ended:
            continue
        with turns.turn(worker_id, streams, deciding=True):
            if turns.stopped:
                return
            data: Any = failure
            if data is None and fetcher is None:
                data = _attempt(plan.make_fetcher, dataset, worker_id)
                fetcher = None if isinstance(data, ExceptionWrapper) else data
            if fetcher is not None:
                data = _attempt(_fetch, (fetcher, task.key), worker_id)
        if plan.ends and isinstance(data, ExceptionWrapper) and data.exc_type is StopIteration:
            data, ended = Exhausted(worker_id), True
        results.put((worker_id, task, data))


def _fetch(work: tuple[Any, Any]) -> Any:
    """A batch with nothing left to compute: that is what workers are for."""
    fetcher, key = work
    data = fetcher.fetch(key)
    flush()
    return data


def _attempt(function: Callable, argument: Any, worker_id: int) -> Any:
    """The result, or the exception packed up for the loop that waits."""
    try:
        return function(argument)
    except BaseException as error:
        return ExceptionWrapper(error, f"in DataLoader worker process {worker_id}")
