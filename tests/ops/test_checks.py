"""Checks of values: what they wait for, and what is not checked at all."""

from __future__ import annotations

import pytest

import jtorch as torch
from jtorch.ops import _apply


@pytest.fixture
def recorded(monkeypatch):
    names, record = [], _apply.record
    monkeypatch.setattr(
        _apply, "record", lambda prim, *args: (names.append(prim.name), record(prim, *args))[1]
    )
    return names


def test_an_index_at_hand_does_not_wait_for_the_table(recorded):
    table = torch.ones(3, 4) * 2
    with pytest.raises(RuntimeError, match="index 4 is out of bounds for dimension 1 with size 4"):
        table.gather(1, torch.tensor([[4]]))
    assert recorded == ["mul", "gather"]


def test_a_pending_index_is_checked_with_the_next_look(recorded):
    table, index = torch.ones(3), torch.arange(3) + 1
    index.take(torch.tensor([0]))
    picked = table.take(index)
    assert recorded[-2:] == ["take", "take_check"]
    with pytest.raises(IndexError, match="tried to access index 3 on a tensor of 3 elements"):
        picked.tolist()


@pytest.mark.parametrize("other", [torch.ones(2), 2, 0.0])
def test_floats_may_be_divided_by_anything(recorded, other):
    x = torch.ones(2) * 3
    assert len([x % other, x // other, x / other, torch.fmod(x, other)]) == 4
    assert recorded == ["mul", "remainder", "floor_divide", "div", "fmod"]


@pytest.mark.parametrize("zero", [0, False])
def test_a_number_is_at_hand(recorded, zero):
    pending = torch.arange(3) + 1
    assert (pending % 2).tolist() == [1, 0, 1]
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        pending // zero
    assert recorded == ["add", "remainder", "floor_divide"]
