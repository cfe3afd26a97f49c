"""Second derivatives where the first ones hide them: at zeros, at ends and at overflows."""

import pytest

import jtorch as torch


def second(f, *inputs):
    """The derivatives of the sum of the squares of f's derivatives."""
    grads = torch.autograd.grad(f(*inputs).sum(), inputs, create_graph=True)
    total = sum((g * g).sum() + g.sum() for g in grads)
    return [g.tolist() for g in torch.autograd.grad(total, inputs)]


def test_scattered_products_of_zeros():
    x = torch.tensor([0.0, 2.0], requires_grad=True)
    source = torch.tensor([0.0, 3.0, 5.0], requires_grad=True)
    index = torch.tensor([0, 0, 1])
    # x0 s0 s1 + x1 s2, of which the derivatives are s0 s1, s2, x0 s1, x0 s0 and x1
    found = second(lambda x, s: x.scatter_reduce(0, index, s, "prod"), x, source)
    assert found == [[3.0, 5.0], [3.0, 0.0, 11.0]]


def test_slices_that_end_where_the_input_does():
    x = torch.arange(5.0, requires_grad=True)
    (found,) = second(lambda x: torch.cat([p**2 for p in torch.tensor_split(x, (2, 4))]), x)
    assert found == [2 + 8 * n for n in range(5)]


def test_bessel_functions_at_zero():
    x = torch.tensor([0.0], requires_grad=True)
    assert second(torch.special.i1, x) == [[0.0]]


def test_losses_whose_exponential_overflows():
    x = torch.tensor([-60.0], requires_grad=True)
    f = torch.nn.functional.soft_margin_loss
    assert second(lambda x: f(x, torch.ones(1)), x) == [[0.0]]


def test_views_that_are_leaves():
    view = torch.arange(6.0).as_strided((2, 2), (1, 2), 1).requires_grad_()
    shown = view.as_strided((2, 2), (1, 1), 2)
    assert shown.grad_fn.name() == "AsStridedBackward0"
    assert torch.autograd.grad(shown.sum(), view)[0].tolist() == [[0, 2], [1, 1]]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_linear_cross_entropy_in_chunks(reduction):
    torch.manual_seed(0)
    x, weight = torch.randn(7, 3, requires_grad=True), torch.randn(5, 3, requires_grad=True)
    target = torch.tensor([0, 4, 2, -100, 1, 1, 3])
    f = torch.nn.functional.linear_cross_entropy
    options = torch.nn.LinearCrossEntropyOptions(batch_chunk_size=2)
    losses = [f(x, weight, target, reduction=reduction, options=o) for o in (None, options)]
    assert losses[0].tolist() == pytest.approx(losses[1].tolist(), rel=1e-5)
    grads = [torch.autograd.grad(loss.sum(), (x, weight)) for loss in losses]
    for a, b in zip(*grads, strict=True):
        assert a.flatten().tolist() == pytest.approx(b.flatten().tolist(), rel=1e-4, abs=1e-6)
