"""Finds the shortest period of an op sequence, so that a trace nobody looks at is cut in phase."""

from __future__ import annotations

from collections.abc import Sequence


def shortest_period(ops: Sequence, repeats: int = 2) -> int | None:
    """The smallest p such that the end of `ops` repeats with period p over at least half of it,
    and at least `repeats` times. None if there is no such p.

    Linear time: the prefix function of Knuth, Morris and Pratt on the reversed sequence, whose
    prefixes are the suffixes we ask about.
    """
    text = ops[::-1]
    n = len(text)
    border = [0] * n
    best = None
    for i in range(1, n):
        k = border[i - 1]
        while k and text[i] != text[k]:
            k = border[k - 1]
        border[i] = k + 1 if text[i] == text[k] else 0
        length = i + 1
        period = length - border[i]
        if length >= repeats * period and 2 * length >= n and (best is None or period < best):
            best = period
    return best
