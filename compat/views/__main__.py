"""python -m compat.views [part of a name ...] [-v]: every story, what differs grouped by view."""

from __future__ import annotations

import collections
import sys
import time

import torch

import jtorch

from .stories import compare, known_gaps, stories, unexplained


def main(arguments: list[str]) -> int:
    parts = [a for a in arguments if not a.startswith("-")]
    limit = 10**6 if "-v" in arguments else 3
    torch.set_num_threads(1)
    gaps, used = known_gaps(), set()
    counts, shown, started = collections.Counter(), collections.Counter(), time.time()
    for story in stories():
        if not all(part in story.name for part in parts):
            continue
        lines = compare(story, torch, jtorch)
        found = unexplained(story, lines, gaps, used)
        counts["DIFFER" if found else "gap" if lines else "agree"] += 1
        if found:
            shown[story.view] += 1
            if shown[story.view] <= limit:
                print(f"\n{story.name}", *(f"    {x[:300]}" for x in found[:6]), sep="\n")
    for view, n in shown.most_common():
        print(f"{view:28} {n}")
    unused = [] if parts else [g for g in gaps if g not in used]
    for gap in unused:
        print(f"explains nothing any more: {gap.story.pattern} | {gap.line.pattern}")
    total = "  ".join(f"{n} {status}" for status, n in sorted(counts.items()))
    print(f"{sum(counts.values())} stories in {time.time() - started:.0f} s: {total}")
    return bool(counts["DIFFER"] + len(unused))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
