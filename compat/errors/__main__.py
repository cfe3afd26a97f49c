"""python -m compat.errors [part of a name ...] [--torch]: what each side raises, where they differ.

With --torch, real torch alone, every case: to see what there is to match.
"""

from __future__ import annotations

import sys
import traceback

import torch

from ._suite import Case, cases, differs_on_purpose, raised


def main(arguments: list[str]) -> int:
    parts = [a for a in arguments if not a.startswith("-")]
    chosen = [c for c in cases() if not parts or any(part in c.name for part in parts)]
    if "--torch" in arguments:
        for case in chosen:
            print(f"{case.name:40} {raised(case, torch)}")
        return 0
    import jtorch

    reasons = differs_on_purpose()
    failed = 0
    for case in chosen:
        want, got = raised(case, torch), raised(case, jtorch)
        if (want == got) == (case.name not in reasons):
            continue
        failed += 1
        note = " (agrees, and is still in reasons.txt)" if want == got else ""
        print(f"{case.name}{note}\n    torch   {want}\n    jtorch  {got}", flush=True)
        if "-v" in arguments:
            show(case, jtorch)
    print(f"{len(chosen) - failed} of {len(chosen)} cases as expected")
    return bool(failed)


def show(case: Case, library) -> None:
    try:
        case.run(library)
    except Exception:
        traceback.print_exc(limit=-8, file=sys.stdout)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
