"""python -m compat.programs [part of a name ...]: runs the programs, prints what differs by area.

--oracle runs them under real torch alone and prints what raised; --values prints torch's outcome.
"""

from __future__ import annotations

import collections
import pprint
import sys
import traceback

import torch

from ._outcome import differences, run
from ._suite import known_gaps, programs


def main(arguments: list[str]) -> int:
    flags = {a for a in arguments if a.startswith("-")}
    parts = [a for a in arguments if not a.startswith("-")]
    chosen = [p for p in programs() if not parts or any(part in p.name for part in parts)]
    torch.set_num_threads(1)
    torch.set_warn_always(True)
    if "--oracle" in flags:
        return oracle(chosen, "--values" in flags)
    import jtorch

    gaps = known_gaps()
    table = collections.defaultdict(collections.Counter)
    for p in chosen:
        got = run(p.run, jtorch)
        found = differences(run(p.run, torch), got)
        kind = {(0, 0): "agree", (0, 1): "fixed", (1, 1): "gap", (1, 0): "DIFFER"}
        status = kind[bool(found), p.name in gaps]
        table[p.area][status] += 1
        if status == "fixed":
            print(f"{p.name}: agrees, and is still in xfail.txt")
        if status == "DIFFER" or (status == "gap" and "-v" in flags):
            print(f"\n{p.name} ({status})")
            for line in found[:8]:
                print(f"    {line[:600]}")
            if "exception" in got and "-v" in flags:
                traceback.print_exception(got["exception"], limit=-12, file=sys.stdout)
    print()
    for area, counts in [*table.items(), ("all", sum(table.values(), collections.Counter()))]:
        print(f"{area:24}", "  ".join(f"{n} {status}" for status, n in sorted(counts.items())))
    return bool(sum(c["DIFFER"] + c["fixed"] for c in table.values()))


def oracle(chosen, values: bool) -> int:
    """Programs under real torch alone; those that raise on purpose say so in their name."""
    unexpected = 0
    for p in chosen:
        outcome = run(p.run, torch)
        error = outcome.get("error")
        if bool(error) != p.name.endswith("_raises"):
            unexpected += 1
            print(f"{p.name}: {error or 'does not raise'}")
        if values:
            print(p.name)
            pprint.pp({k: v for k, v in outcome.items() if v and k != "exception"}, width=150)
    print(f"{len(chosen)} programs, {unexpected} unexpected")
    return bool(unexpected)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
