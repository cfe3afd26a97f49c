"""The lists of what does not pass: `entry check: reason`, a line each."""

from __future__ import annotations

import pathlib


def known(path: pathlib.Path) -> dict[tuple[str, str], str]:
    """The reason by entry and check."""
    gaps = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            place, reason = line.split(": ", 1)
            entry, check = place.split()
            gaps[entry, check] = reason
    return gaps
