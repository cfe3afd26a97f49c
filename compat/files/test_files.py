"""A part of the matrix, all objects, and damaged files; `python -m compat.files` runs all of it."""

import pytest

from . import hostile, matrix
from .describe import difference


def disagreements(cases):
    found = []
    for name, make, save, load in cases:
        for direction, expected, got in matrix.differences(make, save, load):
            found.append(f"{name}: {direction} {difference(expected, got)}")
    return found


@pytest.mark.parametrize("dtype", ["complex64", "bfloat16"])
def test_tensors(dtype):
    assert disagreements(matrix.tensors([dtype])) == []


def test_objects():
    assert disagreements(matrix.others()) == []


def test_damaged_and_evil_files():
    outcomes, wrong = hostile.run(seed=0, count=200)
    assert wrong == []
    assert outcomes.total() == 200
    assert outcomes["loads"] < 60
