"""Arithmetic and functions of one tensor: where torch differs from NumPy and JAX."""

import math

import pytest

import jtorch as torch


def test_gradient_at_kinks():
    x = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True)
    for fn, want in (
        (torch.abs, [-1, 0, 1]),
        (torch.relu, [0, 0, 1]),
        (lambda x: x.clamp(0, 1), [0, 1, 1]),
        (torch.nn.functional.hardtanh, [0, 1, 0]),
        (torch.sinc, None),
        (lambda x: torch.maximum(x, torch.zeros(3)), [0, 0.5, 1]),
    ):
        (grad,) = torch.autograd.grad(fn(x).sum(), x)
        if want is not None:
            assert grad.tolist() == want
        assert not grad.isnan().any()


def test_integer_division():
    a = torch.tensor([7, -7, 7, -7])
    b = torch.tensor([2, 2, -2, -2])
    assert (a // b).tolist() == [3, -4, -4, 3]
    assert (a % b).tolist() == [1, 1, -1, -1]
    assert torch.fmod(a, b).tolist() == [1, -1, 1, -1]
    assert torch.div(a, b, rounding_mode="trunc").tolist() == [3, -3, -3, 3]
    assert (a / b).dtype is torch.float32
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        print(a // 0)


def test_powers():
    x = torch.tensor([2.0, 3.0])
    assert (x**2).tolist() == [4, 9]
    assert (2**x).tolist() == [4, 8]
    assert (torch.tensor([2, 3]) ** 2).dtype is torch.int64
    with pytest.raises(RuntimeError, match="Integers to negative integer powers are not allowed."):
        torch.tensor([2, 3]) ** -1


def test_result_types():
    i, f = torch.tensor([1, 2]), torch.tensor([1.0, 2.0])
    assert torch.sin(i).dtype is torch.float32
    assert (i + 1.5).dtype is torch.float32
    assert (i + f.double()).dtype is torch.float64
    assert (f + torch.tensor(1.0, dtype=torch.float64)).dtype is torch.float32
    assert (i > 1).dtype is torch.bool
    assert torch.round(i).dtype is torch.int64


def test_rounds_half_to_even():
    assert torch.tensor([0.5, 1.5, 2.5, -0.5]).round().tolist() == [0, 2, 2, 0]


def test_nan_handling():
    x = torch.tensor([math.nan, 1.0])
    y = torch.tensor([0.0, math.nan])
    assert torch.maximum(x, y).isnan().tolist() == [True, True]
    assert torch.fmax(x, y).tolist() == [0, 1]
    assert torch.nan_to_num(x).tolist() == [0, 1]
    assert torch.sign(x)[0].item() == 0


def test_bits():
    x = torch.tensor([5, -5])
    assert (x >> 1).tolist() == [2, -3]
    assert (x << 70).tolist() == [0, 0]
    assert (~x).tolist() == [-6, 4]
    with pytest.raises(
        NotImplementedError, match="\"bitwise_and_cpu\" not implemented for 'Float'"
    ):
        torch.bitwise_and(torch.ones(2), torch.ones(2))


def test_half_precision_is_computed_in_single():
    x = torch.tensor([8.0, 9.0, 10.0], dtype=torch.float16)
    assert torch.softmax(x, 0).dtype is torch.float16
    assert abs(torch.softmax(x, 0).float().sum().item() - 1) < 1e-3


def test_comparisons():
    a = torch.tensor([1.0, 2.0])
    assert torch.allclose(a, a + 1e-9)
    assert torch.equal(a, a.clone()) and not torch.equal(a, a[:1])
    assert torch.isin(torch.tensor([1, 2, 3]), torch.tensor([2])).tolist() == [False, True, False]
    with pytest.raises(RuntimeError, match="Float did not match Long"):
        torch.isclose(a, torch.tensor([1, 2]))
