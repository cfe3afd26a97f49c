"""From samples to batches."""

from collections import OrderedDict, deque, namedtuple

import numpy as np
import pytest

import jtorch as torch
from jtorch.graph import pending_ops, stats
from jtorch.utils.data import default_collate, default_convert
from jtorch.utils.data._utils.collate import collate

Point = namedtuple("Point", "x y")


def test_leaves():
    assert default_collate([1, 2]).dtype is torch.int64
    assert default_collate([1.0, 2.0]).dtype is torch.float64
    assert default_collate([True, False]).dtype is torch.bool
    assert default_collate([np.float32(1), np.float32(2)]).dtype is torch.float32
    assert default_collate(["a", b"b"]) == ["a", b"b"]
    assert default_collate([torch.tensor([1, 2]), torch.tensor([3, 4])]).tolist() == [
        [1, 2],
        [3, 4],
    ]
    assert default_collate([np.ones(2, "int8")] * 3).dtype is torch.int8


def test_structures():
    point = default_collate([Point(1, [2.0]), Point(3, [4.0])])
    assert type(point) is Point
    assert (point.x.tolist(), point.y[0].tolist()) == ([1, 3], [2.0, 4.0])
    assert type(default_collate([(1, "a")] * 2)) is list
    assert type(default_collate([OrderedDict(a=1)] * 2)) is OrderedDict
    assert type(default_collate([deque([1])] * 2)) is deque
    assert default_collate([{"a": {"b": 1}}, {"a": {"b": 2}}])["a"]["b"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("batch", "error", "words"),
    [
        ([None], TypeError, "found <class 'NoneType'>"),
        ([np.array(["a"])], TypeError, "found <U1"),
        ([[1], [2, 3]], RuntimeError, "equal size"),
        ([{"a": 1}, {"b": 2}], KeyError, "a"),
        ([torch.ones(2), torch.ones(3)], RuntimeError, r"stack expects .* \[2\] at entry 0"),
        ([np.ones(2), np.ones(3)], RuntimeError, r"stack expects .* \[2\] at entry 0"),
    ],
)
def test_errors(batch, error, words):
    with pytest.raises(error, match=words):
        default_collate(batch)


def test_gradients_flow_through():
    x = torch.ones(2).requires_grad_()
    batch = default_collate([x, x * 2])
    batch.sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_samples_are_copied():
    array = np.zeros(2)
    tensor = torch.zeros(2)
    a, b = default_collate([array, array]), default_collate([tensor, tensor])
    array[0] = 5
    tensor[0] = 5
    assert a.tolist() == b.tolist() == [[0, 0], [0, 0]]


def test_collating_records_nothing():
    samples = [(torch.tensor([1.0, float(i)]), i) for i in range(9)]
    before, compiled = pending_ops(), (stats.programs, stats.ops)
    default_collate(samples)
    assert pending_ops() == before
    assert (stats.programs, stats.ops) == compiled


def test_convert():
    array = np.zeros(2)
    out = default_convert([1, "a", array, {"k": np.float32(2)}, (array,), Point(array, 1)])
    assert out[:2] == [1, "a"]
    array[0] = 5
    assert out[2].tolist() == [5, 0]
    assert out[3]["k"].dtype is torch.float32
    assert type(out[4]) is list
    assert type(out[5]) is Point


def test_own_types():
    doubled = {int: lambda batch, *, collate_fn_map: [2 * x for x in batch]}
    assert collate([{"a": 1}, {"a": 2}], collate_fn_map=doubled) == {"a": [2, 4]}
