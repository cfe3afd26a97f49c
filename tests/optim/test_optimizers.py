"""Optimizers: numbers worked out by hand, one program however settings change, aliasing, copies."""

import copy
import math
import pickle

import numpy as np
import pytest

import jtorch as torch
from jtorch.graph import forget, stats

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


@pytest.fixture(autouse=True)
def an_engine_that_has_seen_nothing():
    forget()


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


SETTINGS = {
    "SGD": dict(momentum=0.9, weight_decay=0.1, dampening=0.1),
    "Adam": dict(betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1),
    "Adamax": dict(betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1),
    "NAdam": dict(betas=(0.9, 0.99), momentum_decay=4e-3, weight_decay=0.1),
    "RAdam": dict(betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1),
    "Adadelta": dict(rho=0.9, eps=1e-6, weight_decay=0.1),
    "Adafactor": dict(beta2_decay=-0.8, d=1.0, weight_decay=0.1),
    "Adagrad": dict(lr_decay=0.1, eps=1e-6, weight_decay=0.1),
    "ASGD": dict(lambd=1e-4, alpha=0.75, t0=10.0, weight_decay=0.1),
    "RMSprop": dict(alpha=0.9, momentum=0.5, weight_decay=0.1),
    "Rprop": dict(etas=(0.5, 1.2), step_sizes=(1e-6, 50.0)),
    "Muon": dict(momentum=0.9, weight_decay=0.1),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_changing_all_settings_makes_one_more_program(name):
    """Every number that a group has may change at every step, the learning rate too."""
    p = torch.ones(3, 3).requires_grad_()
    optimizer = getattr(torch.optim, name)([p], lr=0.1, **SETTINGS[name])
    before = stats.programs
    for i in range(10):
        group, factor = optimizer.param_groups[0], 1 - 0.01 * i
        group["lr"] = 0.1 * factor
        for key, value in SETTINGS[name].items():
            pair = isinstance(value, tuple)
            group[key] = tuple(v * factor for v in value) if pair else value * factor
        step(optimizer, [[0.1 * i + 1.0] * 3] * 3)
    assert stats.programs - before <= 2


def test_rows_of_sparse_gradients_make_no_more_programs():
    for make in (torch.optim.SparseAdam, torch.optim.SGD, torch.optim.Adagrad):
        p = torch.ones(5, 3).requires_grad_()
        optimizer = make([p], lr=0.1)
        before = stats.programs
        for i in range(8):
            rows = torch.tensor([[i % 5, (i * i) % 5]])
            p.grad = torch.sparse_coo_tensor(rows, torch.ones(2, 3), (5, 3))
            optimizer.param_groups[0]["lr"] *= 0.9
            optimizer.step()
        assert stats.programs - before <= 2


def test_sparse_gradients_by_hand():
    p = torch.zeros(4, 2).requires_grad_()
    p.grad = torch.sparse_coo_tensor([[1, 1, 3]], torch.ones(3, 2), (4, 2))
    torch.optim.SGD([p], lr=0.5).step()
    assert p.tolist() == [[0.0, 0.0], [-1.0, -1.0], [0.0, 0.0], [-0.5, -0.5]]
    torch.optim.SparseAdam([p], lr=1.0).step()
    np.testing.assert_allclose(p.tolist(), [[0, 0], [-2, -2], [0, 0], [-1.5, -1.5]], atol=1e-6)
    with pytest.raises(RuntimeError, match="NAdam does not support sparse gradients"):
        torch.optim.NAdam([p]).step()


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_lbfgs_finds_the_minimum(search):
    a = torch.tensor([[3.0, 1.0], [1.0, 2.0]], dtype=torch.float64)
    p = torch.zeros(2, dtype=torch.float64).requires_grad_()
    optimizer = torch.optim.LBFGS([p], lr=0.5, max_iter=50, line_search_fn=search)

    def closure():
        optimizer.zero_grad()
        loss = 0.5 * p @ a @ p - p.sum()
        loss.backward()
        return loss

    first = optimizer.step(closure)
    assert first.item() == 0.0
    optimizer.step(closure)
    np.testing.assert_allclose(p.tolist(), [0.2, 0.4], atol=1e-4)


def test_lbfgs_compiles_for_no_length_of_its_history():
    """The history grows by one at each iteration; programs are for powers of two."""
    p = torch.linspace(-1, 1, 6).requires_grad_()
    optimizer = torch.optim.LBFGS([p], lr=0.02, max_iter=10, history_size=64)

    def closure():
        optimizer.zero_grad()
        loss = (p**4 + p**2 * torch.arange(1.0, 7.0)).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    optimizer.step(closure)
    before = stats.programs, stats.ops
    for _ in range(4):
        optimizer.step(closure)
    state = next(iter(optimizer.state.values()))
    assert len(state["old_dirs"]) > 40
    assert stats.programs - before[0] <= 6
    assert stats.ops - before[1] <= 4


def test_muon_steps_by_an_orthogonal_matrix():
    p = torch.zeros(3, 3).requires_grad_()
    step(torch.optim.Muon([p], lr=1.0), [[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 4.0]])
    diagonal = np.diag(np.array(p.tolist()))
    assert ((diagonal < -0.6) & (diagonal > -1.3)).all()


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
