"""The list of samplers that are not equal to the bit, with how far they may be and why."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import NamedTuple

from .compare import Found

FILE = Path(__file__).with_name("gaps.txt")


class Gap(NamedTuple):
    """What a line says."""

    distance: float
    reason: str


@functools.cache
def gaps() -> dict[tuple[str, str], Gap]:
    """(sampler, dtype) -> gap."""
    found = {}
    for line in FILE.read_text().splitlines():
        if line and not line.startswith("#"):
            name, dtypes, distance, reason = (part.strip() for part in line.split("|"))
            found |= {(name, d): Gap(float(distance), reason) for d in dtypes.split()}
    return found


def verdict(found: Found, *, whole: bool) -> str:
    """What is wrong with a measurement; empty if nothing is. whole: of all sizes and seeds, in
    which a gap must show.
    """
    gap = gaps().get((found.sampler, found.dtype))
    if found.problem:
        return found.problem
    if gap is None:
        return f"{found.different} of {found.draws} differ, by {found.distance:g} units" * bool(
            found.different
        )
    if found.distance > gap.distance:
        return f"{found.distance:g} units apart, {gap.distance:g} are allowed"
    if whole and not found.different:
        return "all numbers are equal: this line of gaps.txt must go"
    return ""
