"""Draws under both libraries and how far apart they are, in units in the last place."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
import torch

import jtorch

from .table import Sampler

BITS = {2: np.int16, 4: np.int32, 8: np.int64}


class Found(NamedTuple):
    """One sampler in one dtype."""

    sampler: str
    dtype: str
    draws: int
    different: int
    distance: float  # the greatest, in units in the last place; infinite if numbers differ outright
    problem: str = ""  # another number of draws, another state of the generator, an exception


def measure(sampler: Sampler, dtype: str) -> Found:
    """All sizes and seeds of a sampler in a dtype."""
    draws = different = 0
    distance = 0.0
    for size in sampler.sizes:
        for seed in range(sampler.seeds):
            want, next_want = _drawn(torch, sampler, size, seed, dtype)
            got, next_got = _drawn(jtorch, sampler, size, seed, dtype)
            where = f"size {size}, seed {seed}"
            if isinstance(want, str) or isinstance(got, str):
                if want != got:
                    return Found(sampler.name, dtype, 0, 0, np.inf, f"{where}: {want} | {got}")
                continue
            if [x.shape for x in want] != [x.shape for x in got]:
                return Found(sampler.name, dtype, 0, 0, np.inf, f"{where}: other shapes")
            if not _same_state(next_want, next_got):
                return Found(sampler.name, dtype, 0, 0, np.inf, f"{where}: the generator moved on")
            for a, b in zip(want, got, strict=True):
                apart = _ulps(a, b)
                draws += apart.size
                different += int(np.count_nonzero(apart))
                distance = max(distance, float(apart.max(initial=0)))
    return Found(sampler.name, dtype, draws, different, distance)


def _drawn(library: Any, sampler: Sampler, size: int, seed: int, dtype: str) -> tuple[Any, Any]:
    """(the numbers, the state of the generator after them), or what was raised."""
    library.manual_seed(seed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            drawn = sampler.draw(library, size, getattr(library, dtype))
    except Exception as error:  # compared as an outcome
        return f"{type(error).__name__}: {str(error).splitlines()[0]}", None
    several = drawn if isinstance(drawn, (tuple, list)) else [drawn]
    return [_array(x) for x in several], bytes(library.get_rng_state().numpy())


CACHED = slice(5024, 5032)  # where a state keeps the second of two normals, a float64


def _same_state(a: bytes, b: bytes) -> bool:
    """Equal, but for the last digits of a normal that waits to be drawn."""
    x, y = (np.frombuffer(state[CACHED])[0] for state in (a, b))
    rest = [state[: CACHED.start] + state[CACHED.stop :] for state in (a, b)]
    return rest[0] == rest[1] and bool(abs(x - y) <= 1e-15 * abs(x))


def _array(x: Any) -> np.ndarray:
    x = x.detach()
    if str(x.dtype) == "torch.bfloat16":
        library = torch if isinstance(x, torch.Tensor) else jtorch
        return x.view(library.int16).numpy().view(ml_dtypes.bfloat16)
    return np.array(x.numpy())


def _ulps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Representable numbers between a and b, element by element."""
    if a.dtype.kind == "c":
        part = a.real.dtype
        return _ulps(a.view(part), b.view(part)) if a.size else np.zeros(0)
    if a.dtype.kind in "iub":
        return np.where(a == b, 0.0, np.inf)
    bits = BITS[a.dtype.itemsize]
    x, y = (np.ascontiguousarray(v).view(bits).astype(object if bits is np.int64 else np.int64)
            for v in (a, b))  # fmt: skip
    lowest = np.iinfo(bits).min
    x, y = (np.where(v < 0, lowest - v, v) for v in (x, y))
    same = (a == b) | (np.isnan(a.astype(np.float64)) & np.isnan(b.astype(np.float64)))
    return np.where(same, 0, abs(x - y)).astype(np.float64)
