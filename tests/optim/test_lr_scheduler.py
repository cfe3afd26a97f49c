"""Schedules: values worked out by hand, state dicts, warnings."""

import math
import warnings

import pytest

import jtorch as torch
from jtorch.graph import stats
from jtorch.optim import lr_scheduler


def optimizer(lr=1.0, groups=1, cls="SGD", **options):
    params = [{"params": [torch.ones(2).requires_grad_()]} for _ in range(groups)]
    return getattr(torch.optim, cls)(params, lr=lr, **options)


def rates(scheduler, steps):
    out = [scheduler.get_last_lr()[0]]
    for _ in range(steps):
        scheduler.optimizer.step()
        scheduler.step()
        out.append(scheduler.get_last_lr()[0])
    return out


HAND_MADE = {
    "StepLR": (dict(step_size=2, gamma=0.5), [1, 1, 0.5, 0.5, 0.25]),
    "MultiStepLR": (dict(milestones=[1, 3, 3], gamma=0.5), [1, 0.5, 0.5, 0.125, 0.125]),
    "ExponentialLR": (dict(gamma=0.5), [1, 0.5, 0.25, 0.125]),
    "ConstantLR": (dict(factor=0.5, total_iters=2), [0.5, 0.5, 1, 1]),
    "LinearLR": (dict(start_factor=0.5, total_iters=2), [0.5, 0.75, 1, 1]),
    "PolynomialLR": (dict(total_iters=4), [1, 0.75, 0.5, 0.25, 0, 0]),
    "LambdaLR": (dict(lr_lambda=lambda epoch: 1 / (epoch + 1)), [1, 1 / 2, 1 / 3]),
    "MultiplicativeLR": (dict(lr_lambda=lambda epoch: epoch), [1, 1, 2, 6]),
    "CosineAnnealingLR": (dict(T_max=2, eta_min=0.5), [1, 0.75, 0.5, 0.75, 1]),
    "CosineAnnealingWarmRestarts": (dict(T_0=2), [1, 0.5, 1, 0.5, 1]),
    "CyclicLR": (
        dict(base_lr=0, max_lr=1, step_size_up=2, cycle_momentum=False),
        [0, 0.5, 1, 0.5, 0, 0.5],
    ),
}


@pytest.mark.parametrize("name", HAND_MADE)
def test_values(name):
    options, expected = HAND_MADE[name]
    scheduler = getattr(lr_scheduler, name)(optimizer(), **options)
    assert rates(scheduler, len(expected) - 1) == pytest.approx(expected, abs=1e-12)


def test_one_cycle():
    opt = optimizer(momentum=0.9)
    scheduler = lr_scheduler.OneCycleLR(opt, 1.0, total_steps=11, pct_start=0.5)
    lrs = rates(scheduler, 10)
    assert lrs[0] == pytest.approx(1 / 25)
    assert max(lrs) == pytest.approx(1.0, rel=0.03)
    assert lrs[-1] == pytest.approx(1 / 25 / 1e4)
    assert opt.param_groups[0]["momentum"] == pytest.approx(0.95)
    opt.step()
    scheduler.step()
    opt.step()
    with pytest.raises(ValueError, match="Tried to step 12 times"):
        scheduler.step()


def test_plateau():
    opt = optimizer()
    scheduler = lr_scheduler.ReduceLROnPlateau(opt, factor=0.5, patience=1)
    seen = []
    for loss in (3.0, 2.0, 2.0, 2.0, torch.tensor(1.0), 1.0, 1.0):
        scheduler.step(loss)
        seen.append(opt.param_groups[0]["lr"])
    assert seen == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]


def test_sequence_and_chain():
    opt = optimizer()
    parts = [
        lr_scheduler.ConstantLR(opt, 0.1, total_iters=2),
        lr_scheduler.ExponentialLR(opt, 0.5),
    ]
    sequence = lr_scheduler.SequentialLR(opt, parts, milestones=[2])
    assert rates(sequence, 4) == pytest.approx([0.1, 0.1, 1, 0.5, 0.25])
    opt = optimizer()
    parts = [
        lr_scheduler.ConstantLR(opt, 0.1, total_iters=2),
        lr_scheduler.ExponentialLR(opt, 0.5),
    ]
    chain = lr_scheduler.ChainedScheduler(parts, optimizer=opt)
    assert rates(chain, 3) == pytest.approx([0.1, 0.05, 0.25, 0.125])


def test_resuming():
    first = lr_scheduler.CosineAnnealingLR(optimizer(groups=2), 7)
    rates(first, 4)
    opt = optimizer(groups=2)
    second = lr_scheduler.CosineAnnealingLR(opt, 99)
    opt.load_state_dict(first.optimizer.state_dict())
    second.load_state_dict(first.state_dict())
    assert rates(second, 5) == rates(first, 5)
    with pytest.raises(KeyError, match="initial_lr"):
        lr_scheduler.StepLR(optimizer(), 1, last_epoch=3)


def test_a_rate_that_is_a_tensor_changes_in_place():
    lr = torch.tensor(0.5)
    scheduler = lr_scheduler.ExponentialLR(optimizer(lr), 0.5)
    rates(scheduler, 2)
    assert lr.item() == pytest.approx(0.125)


def test_order_warning_comes_once():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scheduler = lr_scheduler.StepLR(optimizer(), 2)
        scheduler.step()
        scheduler.step()
    assert [str(w.message)[:24] for w in caught] == ["Detected call of `lr_sch"]


def test_changing_the_rate_every_step_compiles_nothing():
    opt = optimizer(cls="Adam")
    (p,) = opt.param_groups[0]["params"]
    scheduler = lr_scheduler.LambdaLR(opt, lambda epoch: math.cos(epoch / 9))
    p.grad = torch.tensor([1.0, 2.0])
    opt.step()
    before = stats.programs
    for _ in range(10):
        opt.step()
        scheduler.step()
    assert stats.programs == before


def test_old_base_class_name():
    class Mine(lr_scheduler._LRScheduler):
        def get_lr(self):
            return [base / (self.last_epoch + 1) for base in self.base_lrs]

    assert rates(Mine(optimizer()), 2) == pytest.approx([1, 1 / 2, 1 / 3])
