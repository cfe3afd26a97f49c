"""Sums of half precision numbers that gradients are made of."""

import pytest

import jtorch as torch


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_gradient_of_what_was_broadcast(dtype):
    bias = torch.zeros(3, dtype=dtype, requires_grad=True)
    (torch.zeros(5000, 3, dtype=dtype) + bias).backward(torch.ones(5000, 3, dtype=dtype))
    assert bias.grad.float().tolist() == pytest.approx([5000] * 3, rel=2**-7)


def test_gradient_of_a_weight_of_one_element():
    weight = torch.full((), 0.5, dtype=torch.bfloat16, requires_grad=True)
    x = torch.ones(4000, dtype=torch.bfloat16)
    torch.nn.functional.prelu(-x, weight.reshape(1)).sum().backward()
    assert weight.grad.item() == pytest.approx(-4000, rel=2**-7)
