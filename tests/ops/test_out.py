"""out= of ops and plain functions: resized, cast, or refused; memory shared with an input."""

from __future__ import annotations

import warnings

import pytest

import jtorch as torch


def test_an_empty_target_is_resized_in_silence():
    target = torch.empty(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.add(torch.ones(2, 3), 1, out=target) is target
    assert target.tolist() == [[2.0] * 3] * 2


def test_another_shape_is_resized_with_a_warning():
    target = torch.empty(5)
    with pytest.warns(UserWarning, match=r"resized since it had shape \[5\]"):
        torch.linalg.tensorinv(torch.eye(4).reshape(2, 2, 2, 2), out=target)
    assert target.shape == (2, 2, 2, 2)


def test_what_promotes_casts():
    target = torch.empty(2, dtype=torch.float64)
    torch.add(torch.ones(2), 1, out=target)
    assert target.tolist() == [2.0, 2.0]
    with pytest.raises(RuntimeError, match="result type Float can't be cast"):
        torch.add(torch.ones(2), 1, out=torch.empty(2, dtype=torch.int64))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda x, out: torch.gather(x, 0, torch.tensor([0]), out=out),
            "have dtype float, but got",
        ),
        (lambda x, out: torch.floor(x, out=out), "Found dtype Double but expected Float"),
        (lambda x, out: torch.take(x, torch.tensor([0]), out=out), "out.dtype = Double"),
        (lambda x, out: torch.squeeze_copy(x, out=out), "have dtype float, but got double"),
    ],
)
def test_what_does_not_promote_wants_its_dtype(call, text):
    with pytest.raises(RuntimeError, match=text):
        call(torch.ones(1), torch.empty(1, dtype=torch.float64))


def test_targets_of_several_results():
    values, indices = torch.empty(0), torch.empty(0, dtype=torch.int64)
    found = torch.max(torch.tensor([[1.0, 3.0]]), 1, out=(values, indices))
    assert found.values is values
    assert (values.tolist(), indices.tolist()) == ([3.0], [1])
    with pytest.raises(TypeError, match="must be tuple of Tensors, not Tensor"):
        torch.topk(torch.ones(3), 2, out=values)


def test_a_target_that_overlaps_itself_is_refused():
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
        torch.index_select(torch.ones(3), 0, torch.tensor([0]), out=torch.ones(1).expand(4))


def test_a_target_that_shares_a_part_of_an_input_is_refused():
    x = torch.arange(4.0)
    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        torch.add(x[1:], 1, out=x[:-1])
    torch.add(x, 1, out=x)
    assert x.tolist() == [1.0, 2.0, 3.0, 4.0]


def test_in_place_reads_of_what_is_written_are_refused():
    x = torch.arange(4.0)
    for wrong in (
        lambda: x[1:].add_(x[:-1]),
        lambda: x.mul_(x[0]),
        lambda: x.__setitem__(slice(1, None), x[:-1]),
        lambda: x.index_put_((torch.tensor([0, 1]),), x[:2]),
    ):
        with pytest.raises(RuntimeError, match="refer to a single memory location"):
            wrong()
    x[:2] = x[3]
    x.sub_(x.mean())
    assert x.tolist() == [0.25, 0.25, -0.75, 0.25]


def test_only_what_has_a_gradient_refuses_tensors_that_require_it():
    x = torch.ones(3, requires_grad=True)
    assert torch.argmax(x, out=torch.tensor(0)).item() == 0
    with pytest.raises(RuntimeError, match="functions with out=... arguments don't support"):
        torch.exp(x, out=torch.empty(3))
