"""Many entries in several processes: each worker runs one entry at a time, and one that hangs or
dies costs that entry alone. What a check is, it does not know.
"""

from __future__ import annotations

import collections
import multiprocessing
import multiprocessing.connection
import os
import time
from collections.abc import Iterator
from typing import Any

import torch

from ._task import Result, Task, run

MEMORY = 3 << 30  # bytes of a worker that is replaced


def _worker(pipe: Any) -> None:
    torch.set_num_threads(1)
    while True:
        task = pipe.recv()
        if task is None:
            return
        results = run(task)
        retires = _memory() > MEMORY
        pipe.send((results, retires))
        if retires:
            return


def _memory() -> int:
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class _Worker:
    def __init__(self):
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_worker, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.task: Task | None = None
        self.deadline = 0.0

    def give(self, task: Task, seconds: float) -> None:
        self.task, self.deadline = task, time.monotonic() + seconds
        self.pipe.send(task)

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def sweep(tasks: list[Task], jobs: int, seconds: float) -> Iterator[list[Result]]:
    """Results as they come. An entry that takes longer than `seconds` fails."""
    waiting = collections.deque(tasks)
    workers: list[_Worker] = []
    try:
        while waiting or any(w.task for w in workers):
            while len(workers) < min(jobs, len(tasks)):
                workers.append(_Worker())
            for w in workers:
                if w.task is None and waiting:
                    w.give(waiting.popleft(), seconds)
            multiprocessing.connection.wait([w.pipe for w in workers if w.task], 1.0)
            for w in [w for w in workers if w.task]:
                yield from _collect(w, workers)
    finally:
        for w in workers:
            w.stop()


def _remove(w: _Worker, workers: list[_Worker]) -> None:
    w.stop()
    workers.remove(w)


def _collect(w: _Worker, workers: list[_Worker]) -> Iterator[list[Result]]:
    task = w.task
    assert task is not None
    why = None
    if w.pipe.poll():
        try:
            results, retires = w.pipe.recv()
            w.task = None
            if retires:
                _remove(w, workers)
            yield results
            return
        except (EOFError, OSError):
            why = "its process died"
    elif time.monotonic() > w.deadline:
        why = "it did not end in time"
    if why is not None:
        w.task = None
        _remove(w, workers)
        yield [Result(task.entry, task.dtype, c, 0, [(-1, why)]) for c in task.checks]
