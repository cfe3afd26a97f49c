"""`python -m compat.modules [--limit N] [entry …]`: each entry, its first differences, totals."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from ..gaps import known
from ._checks import KINDS, examine
from ._pairs import ENTRIES


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m compat.modules")
    parser.add_argument("--limit", type=int, help="samples of an entry in one mode")
    parser.add_argument("entries", nargs="*")
    options = parser.parse_args()
    gaps, passing, total, wrong = known(Path(__file__).with_name("gaps.txt")), 0, 0, 0
    names = options.entries or list(ENTRIES)
    print(f"{'entry':26} samples  seconds  fails")
    for name in names:
        start = time.perf_counter()
        count, found = examine(ENTRIES[name], options.limit)
        bad = {f.kind for f in found}
        wrong += bad != {kind for entry, kind in gaps if entry == name}
        passing += not bad
        total += count
        fails = ", ".join(kind for kind in KINDS if kind in bad)
        print(f"{name:26} {count:7}  {time.perf_counter() - start:7.1f}  {fails}", flush=True)
        for kind in KINDS:
            of_kind = [f.text for f in found if f.kind == kind]
            for text in of_kind[:2]:
                print(f"    {kind} ({len(of_kind)}): {text[:300]}", flush=True)
    print(f"{passing} of {len(names)} entries pass, {total} samples")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
