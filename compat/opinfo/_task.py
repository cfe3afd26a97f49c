"""One entry in one dtype, in this process: its samples, each check of each, and what was wrong.
What a check is, it does not know, nor that there are other processes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import signal
import time
from typing import Any

from jtorch.graph import execute

from . import _checks, _entries


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
    seconds: float = 0.0  # of processor time
    refused: int = 0  # samples that real torch itself refuses

    @property
    def passed(self) -> bool:
        return not self.failures


class Late(BaseException):
    """A sample took too long. Not an Exception: checks compare those."""


@contextlib.contextmanager
def _prepared():
    """Late when the time is used up; and traces run op by op: those programs are shared by all
    entries, and whole traces would be many more.
    """
    choose, handler = execute._choose, signal.signal(signal.SIGPROF, _late)
    execute._choose = lambda *_: None
    try:
        yield
    finally:
        execute._choose = choose
        signal.signal(signal.SIGPROF, handler)


def _late(*_: Any) -> None:
    raise Late


def run(task: Task, sample_seconds: float = 60) -> list[Result]:
    """All checks of one entry in one dtype."""
    with _prepared():
        return [_run_check(task, check, sample_seconds) for check in task.checks]


def _run_check(task: Task, check: str, sample_seconds: float) -> Result:
    entry = _entries.entries()[task.entry]
    start, result = time.process_time(), Result(task.entry, task.dtype, check, 0, [])
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
    result.seconds = round(time.process_time() - start, 2)
    return result


def _run_one(entry: Any, check: str, item: Any, seconds: float, result: Result) -> str | None:
    signal.setitimer(signal.ITIMER_PROF, seconds)
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
        signal.setitimer(signal.ITIMER_PROF, 0)
    return None
