"""Results as text: a table by dtype, the failures by entry, and the page docs/parity.md."""

from __future__ import annotations

import pathlib
from collections import defaultdict

from ..gaps import known
from ._entries import CHECKS, DTYPES, OUT_OF_SCOPE
from ._kept import Kept, changes_since
from ._task import Result


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


PAGE = pathlib.Path(__file__).parents[2] / "docs" / "parity.md"
HEAD = """# Parity with torch

Written by `python -m compat.opinfo --page` from the results of its runs: the operator database that
real torch tests itself with (`op_db`, {entries} entries in scope), each sample run under both
libraries. A cell counts entries: passed of those to which the check applies, an entry passing when
all its samples do.

- **value**: results, their dtypes, shapes and kinds. **strides**: of views and pointwise ops.
- **grad**, **gradgrad**: gradients of the same cotangents, and gradients of those.
- **forward**: tangents of the results in forward mode.
- **method**, **inplace**, **out**: the other forms; in place, torch's errors too.
- **error**: for each wrong call, the exception and the first line of its message.

Values agree within the larger of the entry's own tolerance and 1e-5 (float32), 1e-10 (float64),
two units in the last place (16 bits), gradients within five times that. What sums is measured
against its largest element. Where torch's own rounding is larger, four times that counts. Random
ops draw the same numbers.
"""
RUNS = """
| dtype | samples of each entry | run on | at commit | commits to jtorch/ since |
|---|---|---|---|---|
{rows}
"""
SCOPE = """
## Out of scope

Not counted, by decision:

{rows}
"""
REST = """
## What does not pass

{rows}
"""


def write_page(results: list[Kept], places: int) -> None:
    """The table, when it was run, what is out of scope and why, and every entry and check that
    fails. `places` is how many results there would be of everything.
    """
    text = HEAD.format(entries=len({r.entry for r in results}))
    scope = "\n".join(f"- `{pattern}`: {why}" for pattern, why in OUT_OF_SCOPE.items())
    text += "\n" + table(list(results)) + "\n" + RUNS.format(rows="\n".join(_runs(results)))
    if len(results) < places:
        text += f"\n{places - len(results)} of {places} results are still to come.\n"
    text += SCOPE.format(rows=scope)
    PAGE.write_text(text + REST.format(rows="\n".join(_failing(list(results))) or "Nothing."))


def _runs(results: list[Kept]) -> list[str]:
    """A row for each dtype: how many samples, and when; the oldest result says how stale."""
    rows = []
    for dtype in DTYPES:
        found = [r for r in results if r.dtype == dtype]
        if not found:
            continue
        capped = {r.limit: len({x.entry for x in found if x.limit == r.limit}) for r in found}
        samples = ", ".join(
            f"{limit or 'all'}" + (f" ({n} entries)" if len(capped) > 1 else "")
            for limit, n in sorted(capped.items(), key=lambda c: c[0] or 0)
        )
        days = sorted({r.day for r in found})
        since = {c: changes_since(c) for c in {r.commit for r in found}}
        commits = sorted(since, key=lambda c: -since[c])
        days, commits = (x[:1] + x[1:][-1:] for x in (days, commits))  # the first and the last
        staleness = f"{max(since.values())}" if any(commits) else "unknown"
        rows.append(
            f"| {dtype} | {samples} | {' to '.join(days)} | {' to '.join(commits)} | {staleness} |"
        )
    return rows


def _failing(results: list[Result]) -> list[str]:
    """A line for each entry: its checks with the dtypes in which they fail, and the reason."""
    reasons = known(pathlib.Path(__file__).with_name("xfail.txt"))
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for r in results:
        if r.failures:
            found[r.entry][r.check].append(r.dtype)
    lines = []
    for entry, checks in sorted(found.items()):
        parts = [f"{c} ({', '.join(dtypes)})" for c, dtypes in checks.items()]
        why = dict.fromkeys(reasons[entry, c] for c in checks if (entry, c) in reasons)
        lines.append(f"- `{entry}`: {', '.join(parts)}" + "".join(f"; {w}" for w in why))
    return lines
