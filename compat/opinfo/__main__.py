"""`python -m compat.opinfo`: the database, or a part of it, and a table of what passes."""

from __future__ import annotations

import argparse
import fnmatch
import os
import pathlib
import sys
import time

from . import _entries, _report, _sweep


def main() -> int:
    options = _options()
    tasks = plan(options)
    start, found = time.monotonic(), []
    for results in _sweep.sweep(tasks, options.jobs, options.seconds):
        found += results
        if options.verbose:
            for r in results:
                for i, why in r.failures[: options.show]:
                    print(f"{r.dtype} {r.check} {r.entry} [{i}] {why}", flush=True)
        if options.failures:
            _report.write_failures(pathlib.Path(options.failures), found)
    print(_report.table(found))
    print(f"{len(tasks)} tasks in {time.monotonic() - start:.0f} s")
    if options.write:
        _report.write_page(found, options.capped)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m compat.opinfo", description=__doc__)
    parser.add_argument("--dtype", default=",".join(_entries.DTYPES), help="names with commas")
    parser.add_argument("--filter", default="*", help="patterns of entries with commas")
    parser.add_argument("--what", default=",".join(_entries.CHECKS), help="checks with commas")
    parser.add_argument("--capped", type=int, nargs="?", const=2, help="samples an entry")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=1200, help="for one entry in one dtype")
    parser.add_argument("--verbose", "-v", action="store_true", help="print what fails")
    parser.add_argument("--show", type=int, default=1, help="failing samples to print of a check")
    parser.add_argument("--failures", help="a file for all failures")
    parser.add_argument("--all", action="store_true", help="also what is out of scope")
    options = parser.parse_args()
    whole = all(getattr(options, k) == parser.get_default(k) for k in ("dtype", "filter", "what"))
    options.write = whole and not options.all
    return options


def plan(options: argparse.Namespace) -> list[_sweep.Task]:
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
                tasks.append(_sweep.Task(name, dtype, checks, options.capped))
    return tasks


if __name__ == "__main__":
    sys.exit(main())
