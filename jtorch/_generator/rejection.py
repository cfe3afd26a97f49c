"""Numbers that take an unknown number of draws each: Poisson, binomial and gamma, by the published
algorithms that torch uses, in the order in which torch draws. They run element by element.

Hörmann 1993, "The transformed rejection method for generating Poisson random variables" and "The
generation of binomial random variates"; Marsaglia and Tsang 2000, "A simple method for generating
gamma variables".
"""

import math
from collections.abc import Callable

import numpy as np

from .stream import Stream

Draw = Callable[[], float]
THIRD = float(np.float32(1 / 3))  # torch's constant is a float


def poisson(stream: Stream, rates: np.ndarray) -> np.ndarray:
    """A number of events for each rate of a flat array, in float64."""
    return _each(stream, lambda uniform, rate: _poisson(rate, uniform), rates)


def binomial(stream: Stream, counts: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """A number of successes for each pair of two flat arrays, in float64."""
    few = np.minimum(probabilities, 1 - probabilities)
    many = counts * few >= 10  # decided in the precision of the arrays

    def sample(uniform: Draw, n: float, p: float, large: float) -> float:
        return _binomial(n, p, bool(large), uniform)

    return _each(stream, sample, counts, probabilities, many)


def gamma(stream: Stream, shapes: np.ndarray) -> np.ndarray:
    """A number of the gamma distribution with rate 1 for each shape of a flat array, in float64."""

    def sample(uniform: Draw, d: float, boost: float) -> float:
        return _gamma(d, boost, uniform, lambda: float(stream._normals(1)[0]))

    # what depends on the shapes alone is computed in their precision
    small = shapes < 1
    d = np.where(small, shapes + shapes.dtype.type(1), shapes) - shapes.dtype.type(THIRD)
    with np.errstate(divide="ignore"):
        boost = np.where(small, 1 / shapes, 0)
    return _each(stream, sample, d, boost)


def _each(stream: Stream, sample: Callable, *arrays: np.ndarray) -> np.ndarray:
    def uniform() -> float:
        return float(stream._double(1)[0])

    with stream.lock:
        rows = zip(*(array.astype(np.float64).tolist() for array in arrays))
        return np.array([sample(uniform, *row) for row in rows], np.float64)


def _poisson(rate: float, uniform: Draw) -> float:
    if rate < 0 or math.isnan(rate):
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    if rate == 0:
        return 0.0
    return _poisson_large(rate, uniform) if rate >= 10 else _poisson_small(rate, uniform)


def _poisson_small(rate: float, uniform: Draw) -> float:
    """Products of uniform numbers until they fall below exp(-rate)."""
    limit, product, events = math.exp(-rate), 1.0, 0
    while True:
        product *= uniform()
        if product <= limit:
            return float(events)
        events += 1


def _poisson_large(rate: float, uniform: Draw) -> float:
    log_rate = math.log(rate)
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    squeeze = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        k = float(math.floor((2 * a / us + b) * u + rate + 0.43)) if us else -1.0
        if us >= 0.07 and v <= squeeze:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        proposed = math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b)
        if proposed <= -rate + k * log_rate - math.lgamma(k + 1):
            return k


def _binomial(count: float, p: float, large: bool, uniform: Draw) -> float:
    if math.isnan(count) or math.isnan(p):
        return math.nan
    if count <= 0 or p <= 0:
        return 0.0
    if p >= 1:
        return count
    sample = _binomial_large if large else _binomial_small
    found = sample(count, min(p, 1 - p), uniform)
    return found if p <= 0.5 else count - found


def _binomial_small(count: float, p: float, uniform: Draw) -> float:
    """Geometric gaps between successes until they exceed the count."""
    log_failure, reached, successes = math.log1p(-p), 0.0, 0
    while True:
        u = uniform()
        reached += math.ceil(math.log(u) / log_failure) if u else math.inf
        if reached > count:
            return float(successes)
        successes += 1


_STIRLING = (
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509,
    0.0166446911898211, 0.0138761288230707, 0.0118967099458917, 0.0104112652619720,
    0.00925546218271273, 0.00833056343336287,
)  # fmt: skip


def _stirling(k: float) -> float:
    """What Stirling's formula for log(k!) lacks."""
    if k <= 9:
        return _STIRLING[int(k)]
    square = (k + 1) * (k + 1)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)


def _binomial_large(count: float, p: float, uniform: Draw) -> float:
    deviation = math.sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = count * p + 0.5
    squeeze = 0.92 - 4.2 / b
    odds = p / (1 - p)
    alpha = (2.83 + 5.1 / b) * deviation
    mode = math.floor((count + 1) * p)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        k = float(math.floor((2 * a / us + b) * u + c)) if us else -1.0
        if us >= 0.07 and v <= squeeze:
            return k
        if k < 0 or k > count:
            continue
        v = math.log(v * alpha / (a / (us * us) + b))
        bound = (
            (mode + 0.5) * math.log((mode + 1) / (odds * (count - mode + 1)))
            + (count + 1) * math.log((count - mode + 1) / (count - k + 1))
            + (k + 0.5) * math.log(odds * (count - k + 1) / (k + 1))
            + _stirling(mode)
            + _stirling(count - mode)
            - _stirling(k)
            - _stirling(count - k)
        )
        if v <= bound:
            return k


def _gamma(d: float, boost: float, uniform: Draw, normal: Draw) -> float:
    """d is the shape less a third; shapes below 1 count one more, and `boost` is their inverse."""
    scale = 1.0
    if boost:
        if boost == math.inf:
            return 0.0
        scale = (1 - uniform()) ** boost
    c = 1 / math.sqrt(9 * d)
    while True:
        x = normal()
        y = 1 + c * x
        if y <= 0:
            continue
        v = y * y * y
        u = 1 - uniform()
        square = x * x
        if u < 1 - 0.0331 * square * square:
            return scale * d * v
        if math.log(u) < 0.5 * square + d * (1 - v + math.log(v)):
            return scale * d * v
