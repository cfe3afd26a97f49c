"""Compares two printed texts: words exactly, whole numbers exactly, decimals to a tolerance. It
knows nothing of torch or of processes.
"""

from __future__ import annotations

import difflib
import math
import re
from typing import NamedTuple

# A sign belongs to a number unless it joins it to a word or to another number (2026-01-01, fc-1).
NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?(?![\w])"
    r"|(?<![\w])[-+]?(?:nan|inf)(?![\w])"
)
ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
# What a printed decimal can hide: with three places or more, a rounding of the last place.
ROUNDED_PLACES = 3


class Difference(NamedTuple):
    """Two pieces of text that should agree, and where they stand (line numbers from 1)."""

    line: int
    want: str
    got: str
    why: str


def compare(want: str, got: str, rel: float = 1e-3) -> list[Difference]:
    """Where two texts differ, line by line; lines are aligned on their words."""
    wanted, gotten = _lines(want), _lines(got)
    matcher = difflib.SequenceMatcher(
        None, [_words(line) for line in wanted], [_words(line) for line in gotten], autojunk=False
    )
    found = []
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag == "equal":
            for k, (a, b) in enumerate(zip(wanted[i:i_end], gotten[j:j_end])):
                why = _numbers_differ(a, b, rel)
                if why:
                    found.append(Difference(i + k + 1, a, b, why))
            continue
        for k in range(max(i_end - i, j_end - j)):
            a = wanted[i + k] if i + k < i_end else ""
            b = gotten[j + k] if j + k < j_end else ""
            found.append(Difference(min(i + k, i_end) + 1, a, b, "text"))
    return found


def close(a: str, b: str, rel: float) -> bool:
    """Whether two printed numbers say the same."""
    if a == b:
        return True
    if re.fullmatch(r"[-+]?\d+", a) or re.fullmatch(r"[-+]?\d+", b):
        return False  # whole numbers are counts, indices, shapes
    x, y = float(a), float(b)
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    if math.isinf(x) or math.isinf(y):
        return x == y
    return abs(x - y) <= max(rel * max(abs(x), abs(y)), _last_place(a, b))


def _last_place(a: str, b: str) -> float:
    places = {_places(a), _places(b)}
    if len(places) != 1 or (shared := places.pop()) < ROUNDED_PLACES:
        return 0.0
    return 1.001 * 10.0**-shared


def _places(number: str) -> int:
    """Decimal places of a number printed without an exponent (with one: -1)."""
    if "e" in number.lower():
        return -1
    return len(number.partition(".")[2])


def _lines(text: str) -> list[str]:
    # a progress bar that returns to the start of its line leaves what it wrote last
    kept = [line.rstrip("\r").rpartition("\r")[2].rstrip() for line in text.split("\n")]
    while kept and not kept[-1]:
        kept.pop()
    return [ADDRESS.sub("0x...", line) for line in kept]


def _words(line: str) -> str:
    """A line with its numbers blanked; blanks that pad a number do not count."""
    return " ".join(NUMBER.sub("#", line).split())


def _numbers_differ(a: str, b: str, rel: float) -> str:
    for x, y in zip(NUMBER.findall(a), NUMBER.findall(b)):
        if not close(x, y, rel):
            return f"{x} is not {y}"
    return ""


def side_by_side(differences: list[Difference], width: int = 60, limit: int = 12) -> str:
    """The differences as a table of two columns."""
    rows = [f"       {'torch':{width}} | jtorch"]
    for d in differences[:limit]:
        want, got = _wrap(d.want, width), _wrap(d.got, width)
        for k in range(max(len(want), len(got))):
            left = want[k] if k < len(want) else ""
            right = got[k] if k < len(got) else ""
            rows.append(f"{d.line if k == 0 else '':5}  {left:{width}} | {right}".rstrip())
        if d.why != "text":
            rows.append(f"{'':5}  ({d.why})")
    if len(differences) > limit:
        rows.append(f"       and {len(differences) - limit} more")
    return "\n".join(rows)


def _wrap(line: str, width: int) -> list[str]:
    return [line[i : i + width] for i in range(0, len(line), width)] or [""]
