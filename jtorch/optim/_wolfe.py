"""A line search for a step that satisfies the strong Wolfe conditions: the loss falls enough, and
its slope is small enough. It asks for losses and slopes and knows nothing of parameters. Numbers
are NumPy's, of the parameters' dtype, so that they round as torch's 0-d tensors do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

FALL, FLATTEN = 1e-4, 0.9  # c1 and c2 of the conditions
CHANGE = 1e-9  # a bracket that changes no parameter by more is left as it is


class Point(NamedTuple):
    """Step t along the direction: loss, gradient, and slope (gradient times direction)."""

    t: Any
    loss: float
    gradient: Any
    slope: Any


def strong_wolfe(
    evaluate: Callable[[Any], Point],
    start: Point,
    t: Any,
    size: Any,
    most: int,
) -> Point:
    """The point found. `start` is where t is 0, `t` the first to try, `size` the largest entry of
    the direction, `most` a bound on the rounds.
    """
    search = _Search(evaluate, start, most)
    with np.errstate(all="ignore"):  # as torch's numbers: infinite and NaN without a warning
        bracket = search.bracket(t)
        if len(bracket) == 2:
            bracket = search.zoom(bracket, size)
    return bracket[_lower(bracket)]


class _Search:
    def __init__(self, evaluate: Callable[[Any], Point], start: Point, most: int) -> None:
        self.at, self.start, self.most = evaluate, start, most
        self.rounds = 0

    def falls_too_little(self, p: Point) -> bool:
        return bool(p.loss > self.start.loss + FALL * p.t * self.start.slope)

    def is_flat(self, p: Point) -> bool:
        return bool(abs(p.slope) <= -FLATTEN * self.start.slope)

    def bracket(self, t: Any) -> list[Point]:
        """Two points with a good one between them, or one good point: longer and longer steps."""
        before, p = self.start, self.at(t)
        while self.rounds < self.most:
            rises = self.rounds > 1 and p.loss >= before.loss
            if self.falls_too_little(p) or rises:
                return [before, p]
            if self.is_flat(p):
                return [p]
            if p.slope >= 0:
                return [before, p]
            bounds = p.t + 0.01 * (p.t - before.t), p.t * 10
            t = _lowest_of_cubic(before, p, bounds)
            before, p = p, self.at(t)
            self.rounds += 1
        return [self.start, p]

    def zoom(self, bracket: list[Point], size: Any) -> list[Point]:
        """The bracket, smaller and smaller, until one end is good."""
        stuck, low = False, _lower(bracket)
        while self.rounds < self.most and not _too_small(bracket, size):
            left, right = sorted(p.t for p in bracket)
            t = _lowest_of_cubic(bracket[0], bracket[1], (left, right))
            margin = 0.1 * (right - left)
            near_end = min(right - t, t - left) < margin
            if near_end and (stuck or t >= right or t <= left):
                t = right - margin if abs(t - right) < abs(t - left) else left + margin
                near_end = False
            stuck = near_end
            p = self.at(t)
            self.rounds += 1
            if self.falls_too_little(p) or p.loss >= bracket[low].loss:
                bracket[1 - low] = p
                low = _lower(bracket)
                continue
            done = self.is_flat(p)
            if not done and p.slope * (bracket[1 - low].t - bracket[low].t) >= 0:
                bracket[1 - low] = bracket[low]
            bracket[low] = p
            if done:
                return [p]
        return bracket


def _too_small(bracket: list[Point], size: Any) -> bool:
    return bool(abs(bracket[1].t - bracket[0].t) * size < CHANGE)


def _lower(bracket: list[Point]) -> int:
    return 0 if bracket[0].loss <= bracket[-1].loss else 1


def _lowest_of_cubic(a: Point, b: Point, bounds: tuple[Any, Any]) -> Any:
    """Where the cubic with these losses and slopes is lowest within the bounds; their middle if it
    has no minimum.
    """
    low, high = bounds
    if a.t > b.t:
        a, b = b, a
    mean = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = mean**2 - a.slope * b.slope
    if square < 0:
        return (low + high) / 2
    root = np.sqrt(square)
    share = (b.slope + root - mean) / (b.slope - a.slope + 2 * root)
    return min(max(b.t - (b.t - a.t) * share, low), high)
