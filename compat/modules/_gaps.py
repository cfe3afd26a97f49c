"""The list of what does not pass, gaps.txt: `entry kind: reason`, a line each."""

from __future__ import annotations

import pathlib

PATH = pathlib.Path(__file__).parent / "gaps.txt"


def known() -> dict[tuple[str, str], str]:
    """The reason by entry and kind of difference."""
    gaps = {}
    for line in PATH.read_text().splitlines():
        if line and not line.startswith("#"):
            place, reason = line.split(": ", 1)
            entry, kind = place.split()
            gaps[entry, kind] = reason
    return gaps
