"""Workers that are threads, the default: JAX cannot compute in a forked process, and threads share
memory. Each sees what a worker process would: its own `WorkerInfo`, its own copy of the dataset
object (attributes can be rebound; what they refer to is shared) and its own random streams.

torch's default generator is per thread here. Python's and NumPy's global generators are not: a
dataset that is seen using them is run with its worker's streams put in their place, one worker at a
time, while the loop that wants the batch waits. Others run freely, side by side.
"""

from __future__ import annotations

import copy
import functools
import os
import queue
import random
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...._autograd.modes import modes
from ...._generator import Generator
from .._draws import seeded, use_generator
from ..datapipes.datapipe import IterDataPipe, MapDataPipe
from ..dataset import Dataset
from .worker import Plan, Task, WorkerInfo, introduce, numpy_seed, python_seed, serve


@dataclass(slots=True)
class _RNG:
    """A worker's own generators, for datasets that ask for them: those draw side by side."""

    random_generator: random.Random
    torch_generator: Generator
    numpy_generator: Any = None


class HostStreams:
    """One worker's streams of Python's and NumPy's global generators, seeded as torch seeds
    them.
    """

    def __init__(self, base_seed: int, worker_id: int) -> None:
        words = numpy_seed(base_seed, worker_id)
        self.python = python_seed(base_seed, worker_id).getstate()
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


class Stopped(BaseException):
    """Ends a worker thread that waits for its turn."""


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
    def turn(
        self, worker_id: int, streams: HostStreams, *, deciding: bool = False
    ) -> Iterator[None]:
        """Runs the block when it is this worker's turn, or raises Stopped if that never comes."""
        with self.changed:
            self.changed.wait_for(lambda: self.free or self.stopped or self.granted == worker_id)
            if self.stopped:
                raise Stopped
            alone = not self.free
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


class ThreadCrew:
    """The worker threads of one iterator. `put` gives a worker a task, `get` waits for any
    result.
    """

    def __init__(self, plan: Plan) -> None:
        self.turns = Turns()
        self.results: queue.SimpleQueue = queue.SimpleQueue()
        self.tasks = [queue.SimpleQueue() for _ in range(plan.num_workers)]
        caller = modes.grad, modes.inference
        self.workers = [
            threading.Thread(
                target=_run,
                args=(plan, worker_id, self.tasks[worker_id], self.results, self.turns, caller),
                name=f"DataLoader worker {worker_id}",
                daemon=True,
            )
            for worker_id in range(plan.num_workers)
        ]
        self.needs_init = plan.init_fn is not None
        self.greeted = False
        for thread in self.workers:
            thread.start()
        crews.add(self)

    def put(self, worker_id: int, task: Task) -> None:
        self.tasks[worker_id].put(task)

    def get(self, worker_id: int, timeout: float) -> tuple[int, Task, Any]:
        """The next result; who waits for one of `worker_id` lets it run."""
        if not self.greeted:
            self.greeted = True
            for each in range(len(self.workers)):
                if self.needs_init:
                    self.turns.grant(each)
                self._next(timeout)
        if not self.turns.free:
            self.turns.grant(worker_id)
        return self._next(timeout)

    def _next(self, timeout: float) -> Any:
        try:
            message = self.results.get(timeout=timeout if timeout > 0 else None)
        except queue.Empty:
            raise RuntimeError(f"DataLoader timed out after {timeout} seconds") from None
        if message is DEAD:
            pid = os.getpid()
            raise RuntimeError(f"DataLoader worker (pid(s) {pid}) exited unexpectedly")
        return message

    def stop(self) -> None:
        """Let the workers end after what they are doing."""
        self.turns.stop()
        for tasks in self.tasks:
            tasks.put(None)

    def join(self, deadline: float) -> None:
        """Wait for them, until `time.monotonic()` says so."""
        for thread in self.workers:
            thread.join(max(0.0, deadline - time.monotonic()))


crews: weakref.WeakSet[ThreadCrew] = weakref.WeakSet()
DEAD = "dead"  # the last word of a worker that was not told to stop


def _own_copy(dataset: Any) -> Any:
    if isinstance(dataset, (IterDataPipe, MapDataPipe)):
        return copy.deepcopy(dataset)  # pipes keep where they are
    return copy.copy(dataset) if isinstance(dataset, Dataset) else dataset


def _run(
    plan: Plan, worker_id: int, tasks: Any, results: Any, turns: Turns, caller: tuple[bool, bool]
) -> None:
    """The life of a worker thread, under the grad modes of the thread that started it."""
    modes.grad, modes.inference = caller
    dataset = _own_copy(plan.dataset)
    seed = plan.base_seed + worker_id
    numpy_generator = np.random.default_rng(numpy_seed(plan.base_seed, worker_id))
    rng = _RNG(python_seed(plan.base_seed, worker_id), seeded(seed), numpy_generator)
    info = WorkerInfo(worker_id, plan.num_workers, seed, dataset, rng, "thread")
    introduce(info, whole_process=False)
    use_generator(seed)
    turn = functools.partial(turns.turn, worker_id, HostStreams(plan.base_seed, worker_id))

    def receive() -> Task | None:
        return None if turns.stopped else tasks.get()

    try:
        serve(plan, worker_id, dataset, receive, results.put, turn)
    except (Stopped, SystemExit):
        pass
    finally:
        if not turns.stopped:  # code of the user's has ended it
            results.put(DEAD)
