"""Hooks around forward and backward: their order, what they may change, how they are removed."""

import pytest

import jtorch as torch
from jtorch import nn
from jtorch.nn.modules import module as global_hooks


def test_order_and_removal():
    log, layer = [], nn.Identity()
    layer.register_forward_pre_hook(lambda *args: log.append("pre"))
    layer.register_forward_pre_hook(lambda *args: log.append("first"), prepend=True)
    layer.register_forward_hook(lambda *args: log.append("post"))
    handle = layer.register_forward_hook(lambda *args: log.append("gone"))
    handle.remove()
    layer(1)
    assert log == ["first", "pre", "post"]


def test_hooks_replace_arguments_and_results():
    layer = nn.Identity()
    layer.register_forward_pre_hook(lambda module, args: (args[0] + 1,))
    layer.register_forward_hook(lambda module, args, out: out * 10)
    assert layer(1) == 20


def test_hooks_with_keyword_arguments():
    class Add(nn.Module):
        def forward(self, a, b=0):
            return a + b

    layer, seen = Add(), []
    layer.register_forward_pre_hook(lambda module, args, kwargs: (args, {"b": 5}), with_kwargs=True)
    layer.register_forward_hook(
        lambda module, args, kwargs, out: seen.append(kwargs), with_kwargs=True
    )
    assert layer(1) == 6
    assert seen == [{"b": 5}]


def test_always_called_hooks_see_failures():
    class Fails(nn.Module):
        def forward(self):
            raise ValueError("inner")

    log, layer = [], Fails()
    layer.register_forward_hook(lambda module, args, out: log.append(out), always_call=True)
    layer.register_forward_hook(lambda *args: log.append("not called"))
    with pytest.raises(ValueError, match="inner"):
        layer()
    assert log == [None]


def test_global_hooks():
    log = []
    with global_hooks.register_module_forward_hook(
        lambda module, args, out: log.append(type(module).__name__)
    ):
        nn.Sequential(nn.Identity())(1)
    nn.Identity()(1)
    assert log == ["Identity", "Sequential"]


def test_registration_hooks():
    log = []
    with global_hooks.register_module_parameter_registration_hook(
        lambda module, name, parameter: log.append(name)
    ):
        nn.Linear(2, 2)
    assert log == ["weight", "bias"]


def test_full_backward_hook_sees_both_sides():
    layer, seen = nn.Linear(2, 1, bias=False), []
    nn.init.constant_(layer.weight, 3.0)
    layer.register_full_backward_hook(lambda module, gi, go: seen.append((gi, go)))
    layer.register_full_backward_pre_hook(lambda module, go: (go[0] * 2,))
    x = torch.ones(1, 2, requires_grad=True)
    layer(x).sum().backward()
    (grad_input,), (grad_output,) = seen[0]
    assert grad_output.tolist() == [[2.0]]
    assert grad_input.tolist() == [[6.0, 6.0]]
    assert x.grad.tolist() == [[6.0, 6.0]]


def test_full_backward_hook_replaces_the_gradient():
    layer = nn.Identity()
    layer.register_full_backward_hook(lambda module, gi, go: (gi[0] * 5,))
    x = torch.ones(2, requires_grad=True)
    layer(x).sum().backward()
    assert x.grad.tolist() == [5.0, 5.0]


def test_full_backward_hook_without_input_gradients():
    layer, seen = nn.Linear(2, 1), []
    layer.register_full_backward_hook(lambda module, gi, go: seen.append(gi))
    with pytest.warns(UserWarning, match="Full backward hook is firing"):
        layer(torch.ones(1, 2)).sum().backward()
    assert seen == [(None,)]


def test_wrong_number_of_gradients():
    layer = nn.Identity()
    layer.register_full_backward_hook(lambda module, gi, go: (gi[0], gi[0]))
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="invalid number of grad_input, got 2, but expected 1"):
        layer(x).sum().backward()


def test_the_two_kinds_do_not_mix():
    layer = nn.Identity()
    layer.register_backward_hook(print)
    with pytest.raises(RuntimeError, match="Cannot use both regular backward hooks and full"):
        layer.register_full_backward_hook(print)


def test_backward_hooks_run_again_on_the_second_order():
    layer, calls = nn.Sequential(nn.Tanh()), []
    layer.register_full_backward_hook(lambda *args: calls.append(1))
    x = torch.ones(1, requires_grad=True)
    (grad,) = torch.autograd.grad(layer(x).sum(), x, create_graph=True)
    grad.sum().backward()
    assert x.grad is not None
    assert calls
