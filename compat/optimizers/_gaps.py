"""The list of what does not pass, gaps.txt: `entry check: reason`, a line each."""

from __future__ import annotations

import pathlib

PATH = pathlib.Path(__file__).parent / "gaps.txt"


def known() -> dict[tuple[str, str], str]:
    """The reason by entry and check."""
    gaps = {}
    for line in PATH.read_text().splitlines():
        if line and not line.startswith("#"):
            place, reason = line.split(": ", 1)
            entry, check = place.split()
            gaps[entry, check] = reason
    return gaps
