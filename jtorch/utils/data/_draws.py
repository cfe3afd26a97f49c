"""Random draws on the host for orders and seeds, from torch's generator."""

from __future__ import annotations

import numpy as np

from ..._generator import Generator, Stream, current, set_thread_default

_INT64 = np.dtype(np.int64)


def draw_seed(generator: Generator | None) -> int:
    """A seed, from the default generator if none is given."""
    return int(_source(generator).any_integers(1, _INT64)[0])


def seeded(seed: int) -> Generator:
    """A generator that starts at this seed."""
    return Generator().manual_seed(seed)


def randperm(n: int, generator: Generator | None) -> list[int]:
    """0 to n - 1 in random order."""
    return _source(generator).permutation(n)


def randint(high: int, count: int, generator: Generator) -> list[int]:
    """`count` numbers from 0 to high - 1."""
    return generator.integers(count, 0, high).tolist()


def use_generator(seed: int) -> None:
    """Give this thread a default generator of its own."""
    set_thread_default(seeded(seed))


def _source(generator: Generator | None) -> Stream:
    if generator is None:
        return current()
    if not generator.on_cpu:
        raise RuntimeError(
            f"Expected a 'cpu' device type for generator but found '{generator.device.type}'"
        )
    return generator
