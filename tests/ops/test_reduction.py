"""Reductions, order and counting: result types, ties, empty input, the forms of max."""

import pytest

import jtorch as torch


def test_sum_of_integers_is_int64():
    assert torch.ones(3, dtype=torch.int32).sum().dtype is torch.int64
    assert torch.ones(3, dtype=torch.bool).sum().item() == 3
    assert torch.tensor([1, 2]).sum(dtype=torch.float32).dtype is torch.float32


def test_mean_of_integers():
    with pytest.raises(RuntimeError, match=r"mean\(\): could not infer output dtype. .* Got: Long"):
        torch.tensor([1, 2]).mean()


def test_three_forms_of_max():
    x = torch.tensor([[1.0, 3.0], [4.0, 2.0]])
    assert x.max().item() == 4
    values, indices = x.max(1)
    assert values.tolist() == [3, 4] and indices.tolist() == [1, 0]
    assert x.max(dim=0).indices.tolist() == [1, 0]
    assert torch.max(x, torch.full((2, 2), 2.5)).tolist() == [[2.5, 3], [4, 2.5]]


def test_ties():
    x = torch.tensor([2.0, 2.0, 1.0], requires_grad=True)
    for fn, want in (
        (torch.amax, [0.5, 0.5, 0]),
        (torch.max, [0.5, 0.5, 0]),
        (lambda x: x.max(0).values, [1, 0, 0]),
    ):
        assert torch.autograd.grad(fn(x), x)[0].tolist() == want
    assert torch.cummax(torch.tensor([2, 2, 1]), 0).indices.tolist() == [0, 1, 1]


def test_empty():
    empty = torch.empty(0)
    assert empty.sum().item() == 0 and empty.prod().item() == 1
    assert empty.mean().isnan()
    with pytest.raises(RuntimeError, match=r"max\(\): Expected reduction dim to be specified"):
        empty.max()
    with pytest.raises(IndexError, match=r"argmax\(\): Expected reduction dim"):
        empty.argmax()


def test_dims():
    x = torch.ones(2, 3, 4)
    assert x.sum((0, -1)).shape == (3,)
    assert x.sum(1, keepdim=True).shape == (2, 1, 4)
    with pytest.raises(IndexError, match="Dimension out of range"):
        x.sum(3)
    with pytest.raises(RuntimeError, match="dim 0 appears multiple times in the list of dims"):
        x.sum((0, 0))


def test_spread():
    x = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert abs(x.var().item() - 5 / 3) < 1e-6
    assert abs(x.var(correction=0).item() - 1.25) < 1e-6
    assert torch.var(x, False).item() == x.var(unbiased=False).item()
    assert torch.zeros(3, requires_grad=True).std().requires_grad
    flat = torch.zeros(3, requires_grad=True)
    assert torch.autograd.grad(flat.std(), flat)[0].tolist() == [0, 0, 0]


def test_second_results_have_gradients():
    x = torch.tensor([1.0, 2.0, 4.0], requires_grad=True)
    _, mean = torch.var_mean(x)
    assert torch.autograd.grad(mean, x)[0].sum().item() == 1


def test_order():
    x = torch.tensor([2.0, float("nan"), 1.0, 2.0])
    assert x.sort().indices.tolist() == [2, 0, 3, 1]
    assert x.sort(descending=True).indices.tolist() == [1, 0, 3, 2]
    assert x.topk(2).indices.tolist()[0] == 1
    assert x.topk(2, largest=False).values.tolist() == [1, 2]
    assert torch.tensor([3, 1, 2]).kthvalue(2).values.item() == 2
    with pytest.raises(RuntimeError, match="selected index k out of range"):
        x.topk(5)


def test_medians_and_quantiles():
    x = torch.tensor([4.0, 1.0, 3.0, 2.0])
    assert x.median().item() == 2
    assert x.quantile(0.5).item() == 2.5
    assert x.quantile(torch.tensor([0.0, 1.0])).tolist() == [1, 4]
    assert torch.tensor([1, 2, 2, 3, 3]).mode().values.item() == 2
    assert torch.tensor([float("nan"), 1.0]).median().isnan()


def test_counting():
    assert torch.bincount(torch.tensor([0, 2, 2]), minlength=4).tolist() == [1, 0, 2, 0]
    assert torch.histc(torch.tensor([0.0, 0.5, 1.0]), 2, 0, 1).tolist() == [1, 2]
    edges = torch.tensor([1.0, 2.0, 3.0])
    assert torch.bucketize(torch.tensor([0.0, 2.0, 5.0]), edges).tolist() == [0, 1, 3]
    assert torch.searchsorted(edges, torch.tensor([2.0]), right=True).tolist() == [2]


def test_running():
    x = torch.tensor([[1, 2], [3, 4]])
    assert x.cumsum(0).tolist() == [[1, 2], [4, 6]]
    assert x.cumprod(1).tolist() == [[1, 2], [3, 12]]
    zero = torch.tensor([2.0, 0.0, 3.0], requires_grad=True)
    assert torch.autograd.grad(zero.cumprod(0).sum(), zero)[0].tolist() == [1, 8, 0]
    assert torch.trapezoid(torch.tensor([1.0, 2.0, 3.0])).item() == 4
