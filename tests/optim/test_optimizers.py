"""Optimizers: numbers worked out by hand, one program however settings change, aliasing, copies."""

import copy
import math
import pickle

import numpy as np
import pytest

import jtorch as torch
from jtorch.graph import stats

OPTIMIZERS = {
    "SGD": {},
    "SGD momentum": {"momentum": 0.9, "dampening": 0.5},
    "Adam": {"amsgrad": True},
    "AdamW": {},
    "RMSprop": {"momentum": 0.9, "centered": True},
    "Adagrad": {},
    "Adadelta": {},
    "Adafactor": {"lr": 0.1},
    "Adamax": {},
    "ASGD": {"t0": 1},
    "NAdam": {},
    "RAdam": {},
    "Rprop": {},
}


def make(name, params, **more):
    return getattr(torch.optim, name.split()[0])(params, **{**OPTIMIZERS[name], **more})


def parameter(*values):
    return torch.tensor(values).requires_grad_()


def step(optimizer, *grads):
    params = [p for group in optimizer.param_groups for p in group["params"]]
    for p, g in zip(params, grads):
        p.grad = None if g is None else torch.tensor(g)
    optimizer.step()


def test_sgd():
    p = parameter(1.0, 2.0)
    optimizer = torch.optim.SGD([p], lr=0.5, momentum=0.5, weight_decay=0.1)
    step(optimizer, [1.0, -1.0])
    np.testing.assert_allclose(p.tolist(), [1 - 0.5 * 1.1, 2 - 0.5 * -0.8], rtol=1e-6)
    step(optimizer, [0.0, 0.0])
    first = 0.5 * 1.1 + 0.1 * 0.45
    np.testing.assert_allclose(p.tolist()[0], 0.45 - 0.5 * first, rtol=1e-6)


def test_adam_first_step_is_the_learning_rate():
    p = parameter(1.0, 2.0)
    step(torch.optim.Adam([p], lr=0.1), [3.0, -1e-3])
    np.testing.assert_allclose(p.tolist(), [0.9, 2.1], rtol=1e-5)


def test_adagrad():
    p = parameter(1.0)
    optimizer = torch.optim.Adagrad([p], lr=1.0, lr_decay=1.0)
    step(optimizer, [2.0])
    step(optimizer, [2.0])
    np.testing.assert_allclose(p.item(), 1 - 1 - 0.5 / math.sqrt(2), rtol=1e-5)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_one_program_for_all_steps(name):
    """Neither the first step nor a changed setting makes another program."""
    p, q = parameter(1.0, 2.0, 3.0, 4.0, 5.0), parameter(1.0)
    optimizer = make(name, [p, q])
    before = stats.programs
    for i in range(6):
        step(optimizer, [0.1 * i] * 5, [1.0])
        optimizer.param_groups[0]["lr"] *= 0.9
    assert stats.programs - before <= 1


def test_changing_momentum_makes_one_more_program():
    p = parameter(1.0, 2.0, 3.0)
    optimizer = torch.optim.SGD([p], momentum=0.9)
    before = stats.programs
    for i in range(8):
        optimizer.param_groups[0]["momentum"] = 0.9 - 0.05 * i
        step(optimizer, [1.0, 1.0, 1.0])
    assert stats.programs - before <= 2


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_state_stays_in_its_tensors(name):
    p = parameter(1.0, 2.0)
    optimizer = make(name, [p])
    step(optimizer, [1.0, 1.0])
    first = dict(optimizer.state[p]) if p in optimizer.state else {}
    step(optimizer, [1.0, 1.0])
    assert all(optimizer.state[p][key] is value for key, value in first.items())
    if "step" in first:
        assert first["step"].item() == 2
        assert first["step"].dtype is torch.float32


def test_step_counts_follow_the_default_dtype():
    torch.set_default_dtype(torch.float64)
    try:
        p = parameter(1.0)
        optimizer = torch.optim.Adam([p])
        step(optimizer, [1.0])
        assert optimizer.state[p]["step"].dtype is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_parameter_without_gradient_is_left_alone(name):
    p, q = parameter(1.0), parameter(2.0)
    optimizer = make(name, [p, q])
    step(optimizer, [1.0], None)
    assert q.tolist() == [2.0]
    assert p.tolist() != [1.0]


def test_aliases_see_the_step():
    p = parameter(1.0, 2.0)
    alias, version = p.detach(), p._version
    step(torch.optim.SGD([p], lr=1.0), [1.0, 1.0])
    assert alias.tolist() == [0.0, 1.0]
    assert p._version == version + 1


def test_gradients_are_not_changed():
    p = parameter(1.0, 2.0)
    optimizer = torch.optim.SGD([p], lr=1.0, momentum=0.9, weight_decay=0.1, maximize=True)
    step(optimizer, [1.0, 1.0])
    assert p.grad.tolist() == [1.0, 1.0]
    assert optimizer.state[p]["momentum_buffer"] is not p.grad


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_copies_go_their_own_way(name):
    p = parameter(1.0, 2.0)
    optimizer = make(name, [p])
    step(optimizer, [1.0, 1.0])
    kept = p.tolist()
    for other in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        step(other, [1.0, 1.0])
        assert p.tolist() == kept
        assert other.param_groups[0]["params"][0].tolist() != kept
    step(optimizer, [1.0, 1.0])
    assert p.tolist() == other.param_groups[0]["params"][0].tolist()


@pytest.mark.parametrize("momentum", [0, 0.5])
def test_gradients_through_a_step(momentum):
    """A later loss depends on the learning signal: d(p - lr * g)/dg."""
    start, g = parameter(1.0, 2.0), parameter(3.0, 4.0)
    p = start.clone()
    optimizer = torch.optim.SGD([p], lr=0.5, differentiable=True, momentum=momentum)
    for _ in range(2):
        p.grad = g
        optimizer.step()
    p.sum().backward()
    assert start.grad.tolist() == [1.0, 1.0]
    # the first momentum is filled without a gradient, as in torch
    np.testing.assert_allclose(g.grad.tolist(), [-1.0 if momentum == 0 else -0.5] * 2)


def test_differentiable_needs_a_parameter_that_is_no_leaf():
    p = parameter(1.0)
    optimizer = torch.optim.Adam([p], differentiable=True)
    p.grad = torch.tensor([1.0])
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        optimizer.step()


def test_absent_optimizers_raise_attribute_error():
    assert not hasattr(torch.optim, "Lion")
    with pytest.raises(AttributeError, match="Lion"):
        torch.optim.Lion


def test_a_step_of_many_parameters_is_one_program():
    params = [parameter(*np.arange(1.0, 8.0).tolist()) for _ in range(30)]
    optimizer = torch.optim.AdamW(params)
    before = stats.programs, stats.ops
    for _ in range(3):
        step(optimizer, *[[0.5] * 7] * 30)
    assert stats.programs - before[0] <= 1
    assert stats.ops == before[1]


def test_pending_initial_values_are_not_part_of_the_first_step():
    p = (torch.ones(7) * 3).requires_grad_(False).detach().requires_grad_()
    optimizer = torch.optim.SGD([p])
    before = stats.programs
    for _ in range(3):
        step(optimizer, [0.5] * 7)
    assert stats.programs - before <= 1


def test_user_defined_optimizer_runs_at_the_end_of_its_step():
    class Plain(torch.optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {"lr": 0.5})

        @torch.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    p.add_(p.grad, alpha=-group["lr"])

    p = parameter(1.0, 2.0)
    optimizer = Plain([p])
    step(optimizer, [1.0, 1.0])
    assert p._value.buf is not None
    assert p.tolist() == [0.5, 1.5]
