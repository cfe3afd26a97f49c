"""A few random programs with a fixed seed; hypothesis shrinks what differs before it is printed."""

from __future__ import annotations

import warnings

import pytest

torch = pytest.importorskip("torch")
hypothesis = pytest.importorskip("hypothesis")

from hypothesis import strategies as st  # noqa: E402

import jtorch  # noqa: E402

from .fuzz.program import Author, difference, run  # noqa: E402
from .fuzz.shrink import script, shrink  # noqa: E402


@hypothesis.settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
@hypothesis.given(st.randoms(use_true_random=False))
def test_random_programs(random):
    author = Author(random, torch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = author.write()
    if difference(program, run(program, torch), run(program, jtorch)) is not None:
        short = shrink(program, _differs)
        raise AssertionError(f"{_differs(short)}\n\n{script(short)}")


def _differs(program: list[str]) -> str | None:
    return difference(program, run(program, torch), run(program, jtorch))
