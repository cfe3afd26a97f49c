"""Whole training loops beside real torch: initial weights, shuffling, dropout, updates and
schedules from one seed give one loss curve.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

import jtorch


def data(torch):
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.standard_normal((70, 6)).astype("float32"))
    y = torch.tensor(rng.integers(0, 3, 70))
    return torch.utils.data.TensorDataset(x, y)


def model(torch):
    nn = torch.nn
    return nn.Sequential(
        nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.2), nn.LayerNorm(16), nn.Linear(16, 3)
    )


def curve(torch, make_optimizer, make_schedule, epochs=4, accumulate=1, clip=None, workers=0):
    """The loss of every batch and the learning rates."""
    torch.manual_seed(3)
    net = model(torch)
    optimizer = make_optimizer(torch, net)
    schedule = make_schedule(torch.optim.lr_scheduler, optimizer)
    loader = torch.utils.data.DataLoader(
        data(torch), batch_size=16, shuffle=True, num_workers=workers
    )
    losses, rates = [], []
    for _ in range(epochs):
        for i, (x, y) in enumerate(loader):
            loss = torch.nn.functional.cross_entropy(net(x), y)
            (loss / accumulate).backward()
            losses.append(loss.item())
            if (i + 1) % accumulate == 0:
                if clip is not None:
                    torch.nn.utils.clip_grad_norm_(net.parameters(), clip)
                optimizer.step()
                optimizer.zero_grad()
                schedule.step()
                rates.append(schedule.get_last_lr())
    return losses, rates


def two_groups(torch, net):
    heads, bodies = list(net[-1].parameters()), list(net[:-1].parameters())
    return torch.optim.AdamW([{"params": bodies}, {"params": heads, "lr": 0.02}], lr=0.01)


OPTIMIZERS = {
    "SGD": lambda torch, net: torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9),
    "Adam": lambda torch, net: torch.optim.Adam(net.parameters(), lr=0.01),
    "AdamW": two_groups,
    "RMSprop": lambda torch, net: torch.optim.RMSprop(net.parameters(), lr=0.01),
    "Adagrad": lambda torch, net: torch.optim.Adagrad(net.parameters(), lr=0.1),
}
SCHEDULES = {
    "cosine": lambda schedules, optimizer: schedules.CosineAnnealingLR(optimizer, 10),
    "cycle": lambda schedules, optimizer: schedules.OneCycleLR(
        optimizer, 0.05, total_steps=30, cycle_momentum=False
    ),
}


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_curve(optimizer, schedule):
    theirs, ours = (
        curve(lib, OPTIMIZERS[optimizer], SCHEDULES[schedule]) for lib in (torch, jtorch)
    )
    np.testing.assert_allclose(ours[0], theirs[0], rtol=2e-5)
    assert ours[1] == theirs[1]


@pytest.mark.parametrize("options", [dict(accumulate=2), dict(clip=0.1)], ids=str)
def test_curve_with(options):
    theirs, ours = (
        curve(lib, OPTIMIZERS["Adam"], SCHEDULES["cosine"], **options) for lib in (torch, jtorch)
    )
    np.testing.assert_allclose(ours[0], theirs[0], rtol=2e-5)
    assert ours[1] == theirs[1]


def test_workers_do_not_change_the_curve():
    curves = [curve(jtorch, OPTIMIZERS["Adam"], SCHEDULES["cosine"], workers=w)[0] for w in (0, 2)]
    assert curves[0][:5] == curves[1][:5]  # later epochs draw their seeds in another order


def test_programs_are_few():
    """A schedule that changes the rate every step, and a smaller last batch: two programs a
    step.
    """
    before = jtorch.graph.stats.programs
    curve(jtorch, OPTIMIZERS["Adam"], SCHEDULES["cycle"], epochs=6)
    assert jtorch.graph.stats.programs - before <= 6
