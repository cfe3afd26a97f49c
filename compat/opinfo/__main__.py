"""`python -m compat.opinfo`: the database, or a part of it, and a table of what passes. Results
are kept as they come, so that a run can be made in steps; `--page` puts docs/parity.md together.
"""

from __future__ import annotations

import argparse
import dataclasses
import fnmatch
import os
import pathlib
import sys
import time

from . import _entries, _kept, _report, _sweep
from ._task import Result, Task


def main() -> int:
    options = _options()
    os.environ.setdefault("JTORCH_HOST", "0")  # the page tells of XLA's programs
    store = _kept.Store(options.keep)
    tasks, before = plan(options), []
    if options.page:
        return _page(store)
    if options.resume or options.failing:
        tasks, before = _rest(tasks, store, options)
    start, found = time.monotonic(), []
    for results in _sweep.sweep(tasks, options.jobs, options.seconds):
        found += results
        store.add(results, options.capped)
        if options.verbose:
            for r in results:
                for i, why in r.failures[: options.show]:
                    print(f"{r.dtype} {r.check} {r.entry} [{i}] {why}", flush=True)
        if options.failures:
            _report.write_failures(pathlib.Path(options.failures), before + found)
    print(_report.table(before + found))
    print(f"{len(tasks)} tasks in {time.monotonic() - start:.0f} s")
    return 0


def _page(store: _kept.Store) -> int:
    """docs/parity.md from what is kept of what would run now."""
    wanted = plan(_options([]))
    kept = {d: store.best(d) for d in _entries.DTYPES}
    places = [(t.dtype, (t.entry, c)) for t in wanted for c in t.checks]
    _report.write_page([kept[d][p] for d, p in places if p in kept[d]], len(places))
    return 0


def _rest(
    tasks: list[Task], store: _kept.Store, options: argparse.Namespace
) -> tuple[list[Task], list[Result]]:
    """What is left to run of them, and the results that stand."""
    left, stand = [], []
    kept = {d: store.read(d, options.capped) for d in options.dtype.split(",")}
    for t in tasks:
        found = {c: kept[t.dtype].get((t.entry, c)) for c in t.checks}
        if options.failing:
            again = tuple(c for c, r in found.items() if r and not r.passed)
        else:
            again = tuple(c for c, r in found.items() if r is None)
        stand += [r for c, r in found.items() if r and c not in again]
        if again:
            left.append(dataclasses.replace(t, checks=again))
    return left, stand


def _options(args: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m compat.opinfo", description=__doc__)
    parser.add_argument("--dtype", default=",".join(_entries.DTYPES), help="names with commas")
    parser.add_argument("--filter", default="*", help="patterns of entries with commas")
    parser.add_argument("--what", default=",".join(_entries.CHECKS), help="checks with commas")
    parser.add_argument("--capped", type=int, nargs="?", const=2, help="samples an entry")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=7200, help="for one entry in one dtype")
    parser.add_argument("--verbose", "-v", action="store_true", help="print what fails")
    parser.add_argument("--show", type=int, default=1, help="failing samples to print of a check")
    parser.add_argument("--failures", help="a file for all failures")
    parser.add_argument("--all", action="store_true", help="also what is out of scope")
    parser.add_argument("--keep", default=_kept.FOLDER, help="the folder for results")
    parser.add_argument("--resume", action="store_true", help="run what has no result there yet")
    parser.add_argument("--failing", action="store_true", help="run again what failed there")
    parser.add_argument(
        "--page", action="store_true", help="write docs/parity.md from it, run nothing"
    )
    return parser.parse_args(args)


def plan(options: argparse.Namespace) -> list[Task]:
    """What to run, an entry's dtypes one after the other."""
    patterns, wanted = options.filter.split(","), options.what.split(",")
    tasks = []
    for dtype in options.dtype.split(","):
        for name, entry in _entries.entries().items():
            if not any(fnmatch.fnmatchcase(name, p) for p in patterns):
                continue
            if dtype not in entry.dtypes or (entry.out_of_scope and not options.all):
                continue
            checks = tuple(c for c in entry.checks(dtype) if c in wanted)
            if checks:
                tasks.append(Task(name, dtype, checks, options.capped))
    return tasks


if __name__ == "__main__":
    sys.exit(main())
