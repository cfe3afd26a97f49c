"""Learning rate schedules and averaged weights beside real torch: a hundred steps each, with the
optimizer that they act on, and state dicts that go from one library to the other half way.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("torch")

from torch.optim import lr_scheduler as torch_schedulers
from torch.optim import swa_utils as torch_swa

from jtorch.optim import lr_scheduler as our_schedulers
from jtorch.optim import swa_utils as our_swa

from .optimizers._sides import OURS, THEIRS, array, differences
from .programs._outcome import error, run

STEPS = 100


class Scaled:
    """A schedule's function that is no plain function: its attributes go into the state dict."""

    def __init__(self, rate):
        self.rate = rate

    def __call__(self, epoch):
        return self.rate**epoch


MAKE = {
    "LambdaLR": [
        lambda s, o: s.LambdaLR(o, lambda epoch: 0.95**epoch),
        lambda s, o: s.LambdaLR(o, [Scaled(0.9), lambda epoch: 1 / (epoch + 1)]),
    ],
    "MultiplicativeLR": [lambda s, o: s.MultiplicativeLR(o, lambda epoch: 0.97)],
    "StepLR": [lambda s, o: s.StepLR(o, 7, 0.5), lambda s, o: s.StepLR(o, step_size=30)],
    "MultiStepLR": [lambda s, o: s.MultiStepLR(o, [3, 3, 20, 70], 0.3)],
    "ConstantLR": [lambda s, o: s.ConstantLR(o), lambda s, o: s.ConstantLR(o, 0.5, 40)],
    "LinearLR": [lambda s, o: s.LinearLR(o), lambda s, o: s.LinearLR(o, 0.1, 0.7, 60)],
    "ExponentialLR": [lambda s, o: s.ExponentialLR(o, 0.93)],
    "PolynomialLR": [
        lambda s, o: s.PolynomialLR(o, 50, 2.0),
        lambda s, o: s.PolynomialLR(o, total_iters=120, power=0.5),
    ],
    "CosineAnnealingLR": [
        lambda s, o: s.CosineAnnealingLR(o, 30, 1e-3),
        lambda s, o: s.CosineAnnealingLR(o, T_max=150),
    ],
    "CosineAnnealingWarmRestarts": [
        lambda s, o: s.CosineAnnealingWarmRestarts(o, 10),
        lambda s, o: s.CosineAnnealingWarmRestarts(o, 5, 2, 1e-3),
    ],
    "ChainedScheduler": [
        lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 20), s.ExponentialLR(o, 0.95)], o),
    ],
    "SequentialLR": [
        lambda s, o: s.SequentialLR(
            o,
            [s.LinearLR(o, 0.1, total_iters=10), s.ExponentialLR(o, 0.95), s.StepLR(o, 9)],
            milestones=[10, 60],
        ),
        lambda s, o: s.SequentialLR(
            o, [s.ConstantLR(o, 0.1, 5), s.CosineAnnealingWarmRestarts(o, 11)], milestones=[20]
        ),
    ],
    "ReduceLROnPlateau": [
        lambda s, o: s.ReduceLROnPlateau(o, patience=3, cooldown=2),
        lambda s, o: s.ReduceLROnPlateau(
            o, "max", 0.5, 2, 1e-2, "abs", 1, min_lr=[1e-3, 1e-4], eps=1e-6
        ),
    ],
    "CyclicLR": [
        lambda s, o: s.CyclicLR(o, 0.01, 0.1, 8),
        lambda s, o: s.CyclicLR(o, [0.01, 0.02], [0.1, 0.3], 5, 11, "triangular2"),
        lambda s, o: s.CyclicLR(o, 0.01, 0.1, 6, mode="exp_range", gamma=0.97),
        lambda s, o: s.CyclicLR(o, 0.01, 0.1, 6, scale_fn=Scaled(0.9), scale_mode="iterations"),
    ],
    "OneCycleLR": [
        lambda s, o: s.OneCycleLR(o, 0.3, total_steps=STEPS + 1),
        lambda s, o: s.OneCycleLR(o, [0.3, 0.1], epochs=20, steps_per_epoch=6, three_phase=True),
        lambda s, o: s.OneCycleLR(o, 0.3, 120, anneal_strategy="linear", cycle_momentum=False),
    ],
    "LRScheduler": [lambda s, o: _halving(s)(o)],
    "SWALR": [
        lambda s, o: s.swa.SWALR(o, 0.01),
        lambda s, o: s.swa.SWALR(o, [0.3, 0.001], 40, "linear"),
        lambda s, o: s.swa.SWALR(o, 0.02, anneal_epochs=0),
    ],
}
CASES = [(name, i) for name, makers in MAKE.items() for i in range(len(makers))]
OPTIMIZERS = {"SGD": {"momentum": 0.9}, "Adam": {}}


def _halving(schedulers):
    class Halving(schedulers.LRScheduler):
        def get_lr(self):
            if self._is_initial or self.last_epoch % 10:
                return [group["lr"] for group in self.optimizer.param_groups]
            return [group["lr"] / 2 for group in self.optimizer.param_groups]

    return Halving


class Schedulers:
    """One library's schedules, with those for averaged weights under `swa`."""

    def __init__(self, schedulers, swa):
        self.schedulers, self.swa = schedulers, swa

    def __getattr__(self, name):
        return getattr(self.schedulers, name)


SCHEDULERS = {
    THEIRS: Schedulers(torch_schedulers, torch_swa),
    OURS: Schedulers(our_schedulers, our_swa),
}


class Run:
    """Two groups of parameters, an optimizer and a schedule on it."""

    def __init__(self, side, case, optimizer="SGD", tensor_lr=False):
        name, i = case
        self.side, self.name = side, name
        rng = np.random.default_rng(0)
        self.params = [side.tensor(rng.standard_normal(3)).requires_grad_() for _ in range(2)]
        rates = [side.tensor(lr) if tensor_lr else lr for lr in (0.1, 0.05)]
        groups = [{"params": [p], "lr": lr} for p, lr in zip(self.params, rates)]
        self.optimizer = side.optimizer(optimizer)(groups, **OPTIMIZERS[optimizer])
        self.scheduler = MAKE[name][i](SCHEDULERS[side], self.optimizer)
        self.taken, self.seen = 0, [self.now()]

    def now(self):
        keep = ("lr", "momentum", "betas", "initial_lr", "swa_lr", "max_lr", "min_lr")
        groups = [{k: g[k] for k in keep if k in g} for g in self.optimizer.param_groups]
        return [groups, list(self.scheduler.get_last_lr())]

    def steps(self, count):
        for _ in range(count):
            rng = np.random.default_rng(self.taken)
            for p in self.params:
                p.grad = self.side.tensor(rng.standard_normal(3))
            self.optimizer.step()
            self.step_schedule(rng)
            self.seen.append(self.now())
            self.taken += 1
        return self

    def step_schedule(self, rng):
        if self.name == "ReduceLROnPlateau":
            self.scheduler.step(math.exp(-self.taken / 30) + 0.1 * rng.random())
        else:
            self.scheduler.step()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[1]}")
def test_a_hundred_steps(case, optimizer):
    """Rates and momenta to the last digits, parameters, and the state dict with its keys."""
    ours, theirs = (Run(side, case, optimizer).steps(STEPS) for side in (OURS, THEIRS))
    found = differences(ours.seen, theirs.seen, 1e-14)
    found += differences(ours.params, theirs.params, 1e-5)
    found += differences(_plain(ours.scheduler), _plain(theirs.scheduler), 1e-14)
    assert not found, "\n".join(found[:5])


def _plain(scheduler):
    """The state dict, what is a method in it apart."""
    return {k: v for k, v in scheduler.state_dict().items() if not callable(v)}


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[1]}")
def test_tensor_rates(case):
    ours, theirs = (Run(side, case, tensor_lr=True).steps(30) for side in (OURS, THEIRS))
    found = differences(ours.seen, theirs.seen, 1e-6)
    found += differences(ours.params, theirs.params, 1e-5)
    assert not found, "\n".join(found[:5])


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[1]}")
def test_state_dicts_go_both_ways(case):
    """Half way in one library, the other half in the other: as all the way in torch."""
    want = Run(THEIRS, case).steps(STEPS)
    for first, second in ((OURS, THEIRS), (THEIRS, OURS), (OURS, OURS)):
        half = Run(first, case).steps(STEPS // 2)
        rest = Run(second, case)
        rest.optimizer.load_state_dict(second.carried(half.optimizer.state_dict()))
        state = second.carried(half.scheduler.state_dict())
        if "anneal_func" in state or "_anneal_func_type" in state:
            state = {k: v for k, v in state.items() if not callable(v)}
        rest.scheduler.load_state_dict(state)
        for p, old in zip(rest.params, half.params):
            p.data = second.tensor(array(old))
        rest.taken = half.taken
        seen = half.seen + rest.steps(STEPS // 2).seen[1:]
        a, b = (np.array([entry[1] for entry in run], float) for run in (seen, want.seen))
        np.testing.assert_allclose(a, b, rtol=1e-13)
        for p, q in zip(rest.params, want.params):
            np.testing.assert_allclose(array(p), array(q), atol=1e-5)


def test_all_sixteen_are_there():
    assert set(torch_schedulers.__all__) <= set(MAKE)
    assert set(our_schedulers.__all__) == set(torch_schedulers.__all__)
    assert set(our_swa.__all__) == set(torch_swa.__all__)


# -- averaged weights


def model(lib):
    lib.manual_seed(0)
    return lib.nn.Sequential(
        lib.nn.Linear(4, 6), lib.nn.BatchNorm1d(6), lib.nn.ReLU(), lib.nn.Linear(6, 2)
    )


AVERAGES = {
    "mean": lambda swa: {},
    "mean with buffers": lambda swa: {"use_buffers": True},
    "own function": lambda swa: {"avg_fn": lambda a, p, n: 0.1 * a + 0.9 * p},
    "ema": lambda swa: {"avg_fn": swa.get_ema_avg_fn(0.9)},
    "swa": lambda swa: {"avg_fn": swa.get_swa_avg_fn()},
    "multi ema": lambda swa: {"multi_avg_fn": swa.get_ema_multi_avg_fn(0.9)},
    "multi swa": lambda swa: {"multi_avg_fn": swa.get_swa_multi_avg_fn()},
}


@pytest.mark.parametrize("kind", AVERAGES)
def test_averaged_model(kind):
    """A hundred steps of training with an average each: weights, buffers, outputs, `update_bn`."""

    def program(side):
        lib, swa = side.lib, SCHEDULERS[side].swa
        net = model(lib)
        averaged = swa.AveragedModel(net, **AVERAGES[kind](swa))
        optimizer = lib.optim.SGD(net.parameters(), lr=0.05)
        rng = np.random.default_rng(0)
        data = [
            (side.tensor(rng.standard_normal((8, 4))), side.tensor(rng.integers(0, 2, 8), "int64"))
            for _ in range(10)
        ]
        for i in range(STEPS):
            x, y = data[i % 10]
            optimizer.zero_grad()
            lib.nn.functional.cross_entropy(net(x), y).backward()
            optimizer.step()
            averaged.update_parameters(net)
        before = {k: v.clone() for k, v in averaged.state_dict().items()}
        swa.update_bn(data, averaged)
        return [before, dict(averaged.state_dict()), averaged(data[0][0]), averaged.training]

    found = differences(program(OURS), program(THEIRS), 1e-5)
    assert not found, "\n".join(found[:5])


def test_averaged_state_dicts_go_both_ways():
    for first, second in ((OURS, THEIRS), (THEIRS, OURS)):
        averaged = SCHEDULERS[first].swa.AveragedModel(model(first.lib))
        averaged.update_parameters(model(first.lib))
        other = SCHEDULERS[second].swa.AveragedModel(model(second.lib))
        other.load_state_dict(second.carried(dict(averaged.state_dict())))
        assert other.n_averaged.item() == 1


def averaging_errors(torch):
    p = [torch.ones(2).requires_grad_()]
    swa = torch.optim.swa_utils
    sgd = torch.optim.SGD(p, lr=0.1)
    return [
        error(swa.get_ema_avg_fn, 1.5),
        error(swa.get_ema_multi_avg_fn, -0.1),
        error(swa.AveragedModel, torch.nn.Linear(1, 1), avg_fn=print, multi_avg_fn=print),
        error(swa.SWALR, sgd, 0.1, anneal_strategy="sine"),
        error(swa.SWALR, sgd, 0.1, anneal_epochs=-1),
        error(swa.SWALR, sgd, 0.1, anneal_epochs=1.5),
        error(swa.SWALR, sgd, [0.1, 0.2]),
        swa.update_bn([torch.ones(1, 1)], torch.nn.Linear(1, 1)),
    ]


def schedule_errors(torch):
    sgd = torch.optim.SGD([torch.ones(2).requires_grad_()], lr=0.1)
    plain = torch.optim.Adagrad([torch.ones(2).requires_grad_()], lr=0.1)
    s = torch.optim.lr_scheduler
    other = torch.optim.SGD([torch.ones(2).requires_grad_()], lr=0.1)
    return [
        error(s.StepLR, 3, 4), error(s.ExponentialLR, None, 0.5), error(s.StepLR, other, 3, 0.1, 5),
        error(s.LambdaLR, sgd, [abs, abs]), error(s.MultiplicativeLR, sgd, [abs, abs]),
        error(s.ConstantLR, sgd, 2.0), error(s.LinearLR, sgd, 0.0), error(s.LinearLR, sgd, 0.5, 2),
        error(s.CosineAnnealingWarmRestarts, sgd, 0),
        error(s.CosineAnnealingWarmRestarts, sgd, 1, 0),
        error(s.CosineAnnealingWarmRestarts, sgd, 1.5),
        error(s.ReduceLROnPlateau, sgd, "mean"), error(s.ReduceLROnPlateau, sgd, factor=1.0),
        error(s.ReduceLROnPlateau, sgd, threshold_mode="x"),
        error(s.ReduceLROnPlateau, sgd, min_lr=[1, 2]), error(s.ReduceLROnPlateau, 3),
        error(s.CyclicLR, plain, 0.1, 1.0), error(s.CyclicLR, sgd, [0.1, 0.2], 1.0),
        error(s.CyclicLR, sgd, 0.1, 1.0, mode="x"), error(s.OneCycleLR, sgd, 0.1),
        error(s.OneCycleLR, sgd, 0.1, total_steps=-1), error(s.OneCycleLR, sgd, 0.1, epochs=-1),
        error(s.OneCycleLR, sgd, 0.1, 10, pct_start=2), error(s.OneCycleLR, plain, 0.1, 10),
        error(s.OneCycleLR, sgd, 0.1, 10, anneal_strategy="x"),
        error(s.OneCycleLR, sgd, 0.1, epochs=2, steps_per_epoch=0),
        error(s.SequentialLR, sgd, [], []), error(s.ChainedScheduler, []),
        error(s.SequentialLR, sgd, [s.StepLR(other, 3)], []),
        error(s.SequentialLR, sgd, [s.StepLR(sgd, 3)], [3]),
        error(s.ChainedScheduler, [s.StepLR(sgd, 3), s.StepLR(other, 3)]),
        error(s.ChainedScheduler, [s.ReduceLROnPlateau(sgd)]),
        error(s.LRScheduler, sgd),
    ]  # fmt: skip


def too_many_steps(torch):
    sgd = torch.optim.SGD([torch.ones(2).requires_grad_()], lr=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(sgd, 0.1, 2)
    return [error(schedule.step) for _ in range(4)]


def steps_to_an_epoch(torch):
    s = torch.optim.lr_scheduler
    out = []
    for make in (
        lambda o: s.StepLR(o, 3), lambda o: s.MultiStepLR(o, [2, 5]), s.ConstantLR,
        s.LinearLR, lambda o: s.ExponentialLR(o, 0.5), lambda o: s.PolynomialLR(o, 9),
        lambda o: s.CosineAnnealingLR(o, 9), lambda o: s.CosineAnnealingWarmRestarts(o, 3, 2),
        lambda o: s.LambdaLR(o, lambda e: 0.5**e),
    ):  # fmt: skip
        schedule = make(torch.optim.SGD([torch.ones(2).requires_grad_()], lr=0.1))
        for epoch in (4, 7, 1):
            schedule.step(epoch)
            out.append(schedule.get_last_lr())
    return out


def warned_order(torch):
    sgd = torch.optim.SGD([torch.ones(2).requires_grad_()], lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(sgd, 3)
    schedule.step()
    return [schedule.get_lr(), repr(type(schedule).__name__)]


PROGRAMS = [averaging_errors, schedule_errors, steps_to_an_epoch, too_many_steps, warned_order]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_program(program):
    a, b = run(program, OURS.lib), run(program, THEIRS.lib)
    assert a["warnings"] == b["warnings"]
    if "error" in b:
        assert a.get("error") == b["error"]
        return
    found = [f"{x} is not {y}" for x, y in zip(a["value"], b["value"]) if not _same(x, y)]
    assert len(a["value"]) == len(b["value"]) and not found, "\n".join(found)


def _same(x, y):
    if isinstance(y, list) and isinstance(x, list) and len(x) == len(y):
        return all(_same(a, b) for a, b in zip(x, y))
    if isinstance(x, float) and isinstance(y, float):
        return abs(x - y) <= 1e-14 * max(1.0, abs(y))
    return x == y
