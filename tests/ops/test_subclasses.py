"""Subclasses of Tensor: what comes back as one, and what their __torch_function__ sees."""

from __future__ import annotations

import pytest

import jtorch as torch


class Tagged(torch.Tensor):
    pass


class Logged(torch.Tensor):
    seen: list[str] = []

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        cls.seen.append(func.__name__)
        return super().__torch_function__(func, types, args, kwargs or {})


@pytest.fixture
def tagged():
    return torch.arange(4.0).reshape(2, 2).as_subclass(Tagged)


@pytest.mark.parametrize(
    "call",
    ["detach", "clone", "double", "t", "nonzero", "unique", "contiguous", "flatten", "bool"],
)
def test_methods_keep_the_class(tagged, call):
    assert type(getattr(tagged, call)()) is Tagged


def test_views_and_data_keep_the_class(tagged):
    assert {type(x) for x in (tagged.data, tagged.view(4), tagged[0], tagged.to(torch.int64))} == {
        Tagged
    }


def test_modules_take_subclasses(tagged):
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3), torch.nn.ReLU())
    assert type(net(tagged)) is Tagged
    assert type(torch.nn.Parameter(tagged)) is Tagged


def test_as_subclass_leads_back(tagged):
    assert type(tagged.as_subclass(torch.Tensor)) is torch.Tensor


def test_a_method_that_is_no_op_is_seen():
    x = torch.ones(2).as_subclass(Logged)
    Logged.seen.clear()
    x.detach().float().norm()
    assert Logged.seen == ["detach", "float", "norm"]


def test_repr_names_the_class(tagged):
    assert repr(tagged) == "Tagged([[0., 1.],\n        [2., 3.]])"


def test_types_of_the_accelerator():
    assert torch.cuda.LongTensor.dtype is torch.int64
    assert not isinstance(torch.ones(1), torch.cuda.FloatTensor)
    if not torch.cuda.is_available():
        with pytest.raises(TypeError, match="type torch.cuda.FloatTensor not available"):
            torch.cuda.FloatTensor(2)


def test_as_subclass_is_a_view():
    x = torch.ones(2, requires_grad=True)
    other = x.as_subclass(Tagged)
    assert not other.is_leaf and other.grad_fn.name() == "AliasBackward0"
    (other * 3).sum().backward()
    assert x.grad.tolist() == [3, 3]
    y = torch.zeros(2, 3)
    y[0].as_subclass(Tagged).fill_(2)
    assert y.tolist() == [[2, 2, 2], [0, 0, 0]]
