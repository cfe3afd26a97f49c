"""`python -m compat.samplers [--filter NAME ...]`: the whole table, printed; docs/random.md is
written when nothing was left out. Fails where a sampler is not as gaps.txt says.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .compare import Found, measure
from .gaps import gaps, verdict
from .table import SAMPLERS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "random.md"

HEAD = """\
# Random numbers

Written by `python -m compat.samplers`: each sampler drawn from under jtorch and under real torch
on the CPU, after the same seeds, in sizes around those at which torch changes its ways (8 lanes, 16
for normals). *Different* counts numbers that are not equal to the bit, *distance* is the greatest,
in units in the last place. After each draw the generators' states were equal.

| sampler | dtype | draws | different | distance |
|---|---|---|---|---|
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m compat.samplers", description=__doc__)
    parser.add_argument("--filter", nargs="*", help="parts of names")
    options = parser.parse_args()
    found, wrong = [], 0
    for sampler in SAMPLERS:
        if options.filter and not any(part in sampler.name for part in options.filter):
            continue
        for dtype in sampler.dtypes:
            result = measure(sampler, dtype)
            found.append(result)
            complaint = verdict(result, whole=True)
            wrong += bool(complaint)
            print(_line(result), complaint and f"WRONG: {complaint}", flush=True)
    if not options.filter:
        PAGE.write_text(page(found), encoding="utf-8")
    return wrong > 0


def _line(found: Found) -> str:
    return (
        f"{found.sampler:30} {found.dtype:10} {found.draws:7} draws, {found.different} different, "
        f"by {found.distance:g}"
    )


def page(found: list[Found]) -> str:
    """Equal dtypes of a sampler share a line."""
    lines = []
    for name in dict.fromkeys(f.sampler for f in found):
        mine = [f for f in found if f.sampler == name]
        equal = [f for f in mine if not f.different]
        if equal:
            dtypes = ", ".join(f.dtype for f in equal)
            lines.append(f"| {name} | {dtypes} | {sum(f.draws for f in equal)} | 0 | |")
        for f in mine:
            if f.different:
                share = f"{100 * f.different / f.draws:.2g} %"
                far = "other numbers" if f.distance == float("inf") else f"{f.distance:g}"
                lines.append(f"| {name} | {f.dtype} | {f.draws} | {share} | {far} |")
    reasons = dict.fromkeys(
        f"- **{name}** ({dtype}): {gap.reason}." for (name, dtype), gap in gaps().items()
    )
    return HEAD + "\n".join(lines) + "\n\n## Why\n\n" + "\n".join(reasons) + "\n"


if __name__ == "__main__":
    sys.exit(main())
