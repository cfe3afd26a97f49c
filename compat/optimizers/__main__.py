"""`python -m compat.optimizers [entry …]`: each entry, the first differences, and totals."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from ..gaps import known
from ._checks import CHECKS, ENTRIES, OURS, settings


def main(names: list[str]) -> int:
    gaps, passing, configurations, failed = known(Path(__file__).with_name("gaps.txt")), 0, 0, 0
    for name in names or ENTRIES:
        info, start, bad = ENTRIES[name], time.perf_counter(), []
        count = len(list(settings(info, OURS)))
        for check, fn in CHECKS.items():
            found = fn(info)
            if bool(found) != ((name, check) in gaps):
                failed += 1
            bad += [check] if found else []
            for line in found[:4]:
                print(f"  {name} {check}: {line[:240]}")
        passing += not bad
        configurations += count
        took = time.perf_counter() - start
        print(f"{name}: {count} configurations, {took:.1f} s, fails: {', '.join(bad) or 'nothing'}")
    print(f"{passing} of {len(names or ENTRIES)} entries, {configurations} configurations")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
