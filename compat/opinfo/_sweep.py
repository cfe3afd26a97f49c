"""Many entries in several processes: each worker runs one entry at a time, and one that hangs or
dies costs that entry alone. What a check is, it does not know.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import multiprocessing
import multiprocessing.connection
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

from jtorch.graph import execute

MEMORY = 3 << 30  # bytes of a worker that is replaced


@dataclasses.dataclass
class Task:
    """One entry in one dtype."""

    entry: str
    dtype: str
    checks: tuple[str, ...]
    limit: int | None = None


@dataclasses.dataclass
class Result:
    """What a check of an entry found: how many samples, and what was wrong with which."""

    entry: str
    dtype: str
    check: str
    count: int
    failures: list[tuple[int, str]]
    seconds: float = 0.0
    refused: int = 0  # samples that real torch itself refuses

    @property
    def passed(self) -> bool:
        return not self.failures


class Late(BaseException):
    """A sample took too long. Not an Exception: checks compare those."""


@contextlib.contextmanager
def _prepared():
    """Alarms raise Late, and traces run op by op: those programs are shared by all entries, and
    whole traces would be many more.
    """
    choose, handler = execute._choose, signal.signal(signal.SIGALRM, _late)
    execute._choose = lambda *_: None
    try:
        yield
    finally:
        execute._choose = choose
        signal.signal(signal.SIGALRM, handler)


def _late(*_: Any) -> None:
    raise Late


def run_task(task: Task, sample_seconds: float = 60) -> list[Result]:
    """All checks of one entry in one dtype, in this process."""
    with _prepared():
        return _run_task(task, sample_seconds)


def _run_task(task: Task, sample_seconds: float) -> list[Result]:
    from . import _checks, _entries

    entry = _entries.entries()[task.entry]
    found = []
    for check in task.checks:
        start = time.monotonic()
        result = Result(task.entry, task.dtype, check, 0, [])
        try:
            items = entry.errors(task.limit and 1000) if check == "error" else None
            items = entry.samples(task.dtype, task.limit) if items is None else items
        except Exception as e:
            result.failures.append((-1, f"its samples cannot be made: {_checks.described(e)}"))
            items = []
        for i, item in enumerate(items):
            result.count += 1
            wrong = _run_one(entry, check, item, sample_seconds, result)
            if wrong:
                result.failures.append((i, wrong))
        result.seconds = time.monotonic() - start
        found.append(result)
    return found


def _run_one(entry: Any, check: str, item: Any, seconds: float, result: Result) -> str | None:
    from . import _checks

    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        _checks.run(entry, check, item)
    except _checks.NotComparable:
        result.refused += 1
    except Late:
        return f"no result in {seconds:.0f} s"
    except _checks.Difference as e:
        return str(e)
    except Exception as e:
        return _checks.described(e)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return None


# -- workers


def _worker(pipe: Any) -> None:
    import torch

    torch.set_num_threads(1)
    while True:
        task = pipe.recv()
        if task is None:
            return
        results = run_task(task)
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
