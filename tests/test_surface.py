"""The surface: NumPy's names of arguments, signatures, constants, functions made of methods."""

import inspect
import math

import pytest

import jtorch as torch


def test_constants():
    assert (torch.pi, torch.e, torch.inf) == (math.pi, math.e, math.inf)
    assert math.isnan(torch.nan) and torch.newaxis is None


def test_numpy_names():
    x = torch.arange(6.0).reshape(2, 3)
    assert torch.sum(x, axis=1, keepdims=True).tolist() == [[3.0], [12.0]]
    assert torch.add(x1=x, x2=1).tolist() == torch.add(a=x, other=1).tolist()
    assert torch.flatten(x=x).shape == (6,) and torch.zeros_like(a=x).shape == (2, 3)
    assert torch.repeat_interleave(x=x, repeats=2, axis=1).shape == (2, 6)
    with pytest.raises(TypeError, match="multiple values|unexpected"):
        torch.sum(x, 0, axis=1)


def test_signatures():
    for name, first in {
        "add": "input",
        "reshape": "input",
        "numel": "input",
        "std": "input",
    }.items():
        assert next(iter(inspect.signature(getattr(torch, name)).parameters)) == first
    assert "_kw" not in inspect.signature(torch.sum).parameters


def test_functions_take_tensors():
    for function in (torch.numel, torch.flatten, torch.squeeze, torch.is_nonzero):
        name = function.__name__
        with pytest.raises(TypeError, match=rf"{name}\(\): argument 'input' \(position 1\) must"):
            function(3)


def test_conjugated_views():
    z = torch.tensor([1 + 2j])
    assert z.conj().is_conj() and not z.conj().conj().is_conj() and not z.is_conj()
    assert z.conj().imag.is_neg() and not z.imag.is_neg()
    assert not z.conj().resolve_conj().is_conj() and z.resolve_conj() is z


def test_python_functions_element_by_element():
    x = torch.arange(4)
    x.apply_(lambda v: v * 10)
    x.map_(torch.tensor([1, 2, 3, 4]), lambda a, b: a + b)
    assert x.tolist() == [1, 12, 23, 34]
    with pytest.raises(RuntimeError, match=r"Can't call apply_\(\) on Variable that requires grad"):
        torch.ones(1, requires_grad=True).apply_(abs)


def test_copies_of_views_are_copies():
    x = torch.arange(6.0).reshape(2, 3)
    y = torch.transpose_copy(x, 0, 1)
    assert y.is_contiguous() and y._base is None
    y.zero_()
    assert x.sum() == 15
    parts = torch.unsafe_split(x, 1)
    parts[0].fill_(9)
    assert x[0].tolist() == [9, 9, 9] and parts[0]._base is None


def test_numbers_that_tracers_may_not_know():
    assert not isinstance(3, torch.SymInt)
    assert (torch.sym_max(1, 2.5), torch.sym_not(True), torch.sym_sum([1, 2])) == (2.5, False, 3)
    with pytest.raises(RuntimeError, match="Invalid value range for 3"):
        torch.sym_constrain_range(3, max=2)
    with pytest.raises(NotImplementedError, match=r"torch.SymInt is not covered"):
        torch.SymInt(3)


def test_streams_of_the_cpu():
    stream = torch.Stream("cpu")
    assert stream.query() and stream == torch.Stream() and stream.synchronize() is None
    with pytest.raises(RuntimeError, match="cpu backend doesn't support events"):
        torch.Event("cpu").record()


def test_settings_of_autocast():
    assert not torch.is_autocast_enabled("cpu") and torch.is_autocast_cache_enabled()
    torch.set_autocast_enabled("cpu", False)
    torch.set_autocast_enabled("cpu", True)
    assert torch.is_autocast_enabled("cpu") and (torch.ones(2, 2) @ torch.ones(2, 2)).itemsize == 2
    torch.set_autocast_enabled("cpu", False)
    torch.set_autocast_dtype("cpu", torch.float16)
    assert torch.get_autocast_dtype("cpu") is torch.float16
    torch.set_autocast_dtype("cpu", torch.bfloat16)
