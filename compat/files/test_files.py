"""A part of the matrix and damaged files; `python -m compat.files` runs all of it."""

from . import hostile, matrix
from .describe import difference


def disagreements(cases):
    found = []
    for name, make, save, load in cases:
        for direction, expected, got in matrix.differences(make, save, load):
            found.append(f"{name}: {direction} {difference(expected, got)}")
    return found


def test_tensors():
    assert disagreements(matrix.tensors(["complex64"])) == []


OLD = ("checkpoint", "itself", "network", "shared", "sparse", "conj")  # of those in the old format


def test_objects():
    cases = [case for case in matrix.others() if "legacy" not in case[0] or case[0].startswith(OLD)]
    assert disagreements(cases) == []


def test_damaged_and_evil_files():
    outcomes, wrong = hostile.run(seed=0, count=200)
    assert wrong == []
    assert outcomes.total() == 200
    assert outcomes["loads"] < 60
