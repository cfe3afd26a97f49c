"""Results as text: a table by dtype, the failures by entry, and the page docs/parity.md."""

from __future__ import annotations

import pathlib
from collections import defaultdict

from ._entries import CHECKS, DTYPES
from ._sweep import Result


def table(results: list[Result]) -> str:
    """Entries passed / in scope, a row for each dtype, a column for each check."""
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for r in results:
        if r.count > r.refused or r.failures:
            cell = counts[r.dtype, r.check]
            cell[0] += r.passed
            cell[1] += 1
    checks = [c for c in CHECKS if any((d, c) in counts for d in DTYPES)]
    lines = ["| dtype | " + " | ".join(checks) + " |", "|---" * (len(checks) + 1) + "|"]
    for dtype in DTYPES:
        cells = [counts.get((dtype, c)) for c in checks]
        if any(cells):
            text = (f"{c[0]}/{c[1]} ({100 * c[0] / c[1]:.1f} %)" if c else "" for c in cells)
            lines.append(f"| {dtype} | " + " | ".join(text) + " |")
    return "\n".join(lines)


def write_failures(path: pathlib.Path, results: list[Result]) -> None:
    """Grouped by entry, the first line of each kind of failure."""
    lines = []
    for r in sorted(results, key=lambda r: (r.entry, r.dtype, r.check)):
        if r.failures:
            i, why = r.failures[0]
            lines.append(
                f"{r.entry}  {r.dtype} {r.check}  {len(r.failures)}/{r.count}  [{i}] {why}"
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(table(results) + "\n\n" + "\n".join(lines) + "\n")


def write_page(results: list[Result]) -> None:
    raise NotImplementedError
