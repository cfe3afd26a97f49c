"""Averaged models: what is averaged, batch norms computed anew, the schedule."""

import numpy as np
import pytest

import jtorch as torch
from jtorch.optim import swa_utils


def linear(weight):
    model = torch.nn.Linear(1, 1)
    with torch.no_grad():
        model.weight.fill_(weight)
        model.bias.fill_(-weight)
    return model


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 2.0),
        ({"avg_fn": swa_utils.get_swa_avg_fn()}, 2.0),
        ({"multi_avg_fn": swa_utils.get_swa_multi_avg_fn()}, 2.0),
        ({"avg_fn": swa_utils.get_ema_avg_fn(0.5)}, 2.25),
        ({"multi_avg_fn": swa_utils.get_ema_multi_avg_fn(0.5)}, 2.25),
    ],
)
def test_averages(options, expected):
    averaged = swa_utils.AveragedModel(linear(9.0), **options)
    for weight in (1.0, 2.0, 3.0):
        averaged.update_parameters(linear(weight))
    assert averaged.module.weight.item() == pytest.approx(expected)
    assert averaged(torch.ones(1, 1)).item() == pytest.approx(0.0)
    assert averaged.n_averaged.item() == 3


def test_the_model_is_a_copy():
    model = linear(1.0)
    averaged = swa_utils.AveragedModel(model)
    averaged.update_parameters(linear(5.0))
    assert model.weight.item() == 1.0


def test_batch_norms_are_computed_anew():
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(2))
    model.eval()
    x = torch.tensor([[1.0, 2.0], [3.0, 6.0]])
    swa_utils.update_bn([x, (x + 2, "label")], model)
    np.testing.assert_allclose(model[0].running_mean.tolist(), [3.0, 5.0], rtol=1e-6)
    assert model[0].momentum == 0.1
    assert not model.training


def test_schedule():
    optimizer = torch.optim.SGD([torch.ones(1).requires_grad_()], lr=1.0)
    schedule = swa_utils.SWALR(optimizer, 0.2, anneal_epochs=4, anneal_strategy="linear")
    seen = []
    for _ in range(6):
        optimizer.step()
        schedule.step()
        seen += schedule.get_last_lr()
    assert seen == pytest.approx([0.8, 0.6, 0.4, 0.2, 0.2, 0.2])
