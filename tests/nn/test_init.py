"""nn.init, and that a seed gives the initial parameters of torch (printed by torch 2.13)."""

import math

import pytest

import jtorch as torch
from jtorch import nn
from jtorch.nn import init, utils

LINEAR_WEIGHT = [[-0.00529398117, 0.37932288647], [-0.58198076487, -0.52038747072]]
LINEAR_BIAS = [-0.27234524488, 0.18961589038]
EMBEDDING = [
    [1.54099607468, -0.29342889786, -2.17878937721],
    [0.56843125820, -1.08452236652, -1.39859545231],
]
LSTM = [
    [[-0.00748682022], [0.53644359112], [-0.82304513454], [-0.73593902588]],
    [[-0.38515436649], [0.26815736294], [-0.01981317997], [0.79288947582]],
    [-0.08874404430, 0.26461255550, -0.30221307278, -0.19656538963],
    [-0.95534849167, -0.66228210926, -0.41222310066, 0.03704357147],
]


def close(a, b, tolerance=1e-6):
    return torch.allclose(a.detach(), torch.tensor(b), rtol=tolerance, atol=tolerance)


def test_initial_parameters_are_those_of_torch():
    torch.manual_seed(0)
    layer = nn.Linear(2, 2)
    assert close(layer.weight, LINEAR_WEIGHT)
    assert close(layer.bias, LINEAR_BIAS)
    torch.manual_seed(0)
    assert close(nn.Embedding(2, 3).weight, EMBEDDING)
    torch.manual_seed(0)
    for parameter, expected in zip(nn.LSTM(1, 1).parameters(), LSTM, strict=True):
        assert close(parameter, expected)


def test_bounds_and_deviations():
    torch.manual_seed(0)
    t = torch.empty(200, 100)
    bound = math.sqrt(6 / 300)
    assert float(init.xavier_uniform_(t).abs().max()) <= bound
    assert abs(float(init.kaiming_normal_(t).std()) - math.sqrt(2 / 100)) < 1e-3
    assert abs(float(init.kaiming_normal_(t, mode="fan_out").std()) - math.sqrt(2 / 200)) < 1e-3
    cut = init.trunc_normal_(t, std=2.0, a=-1.0, b=3.0)
    assert float(cut.min()) >= -1.0
    assert float(cut.max()) <= 3.0
    tail = init.trunc_normal_(torch.empty(50), a=2.0, b=3.0)
    assert bool(((tail >= 2) & (tail <= 3)).all())


def test_orthogonal():
    t = init.orthogonal_(torch.empty(3, 5), gain=2.0)
    assert close(t @ t.t(), (4 * torch.eye(3)).tolist(), 1e-5)


def test_dirac_returns_its_input():
    weight = init.dirac_(torch.empty(2, 2, 3))
    x = torch.arange(10.0).view(1, 2, 5)
    assert torch.equal(nn.functional.conv1d(x, weight, padding=1), x)


def test_sparse():
    t = init.sparse_(torch.empty(10, 4), 0.3)
    assert (t == 0).sum(0).tolist() == [3, 3, 3, 3]


def test_no_gradients_are_recorded():
    parameter = nn.Parameter(torch.zeros(3, 3))
    assert init.eye_(parameter) is parameter
    assert parameter.grad_fn is None
    assert parameter.requires_grad
    assert torch.equal(parameter, torch.eye(3))


def test_errors():
    with pytest.raises(ValueError, match="Unsupported nonlinearity other"):
        init.calculate_gain("other")
    with pytest.raises(ValueError, match="Fan in and fan out can not be computed"):
        init.xavier_normal_(torch.empty(3))
    with pytest.warns(UserWarning, match="Initializing zero-element tensors is a no-op"):
        init.kaiming_uniform_(torch.empty(0, 2))
    with pytest.warns(FutureWarning, match="deprecated in favor of `nn.init.normal_`"):
        init.normal(torch.empty(2))


def parameters(scale=1.0):
    a, b = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(3))
    a.grad, b.grad = torch.full((2,), 3.0) * scale, torch.full((3,), -4.0) * scale
    return [a, b]


def test_clipping_by_norm():
    given = parameters()
    norm = utils.clip_grad_norm_(given, 1.0)
    assert abs(float(norm) - math.sqrt(66)) < 1e-5
    assert abs(float(utils.get_total_norm([p.grad for p in given])) - 1.0) < 1e-5
    untouched = parameters()
    utils.clip_grad_norm_(untouched, 100.0)
    assert untouched[0].grad.tolist() == [3.0, 3.0]
    with pytest.raises(RuntimeError, match="is non-finite, so it cannot be clipped"):
        utils.clip_grad_norm_(parameters(float("nan")), 1.0, error_if_nonfinite=True)


def test_clipping_by_value():
    given = parameters()
    utils.clip_grad_value_(given, 3.5)
    assert [p.grad.tolist() for p in given] == [[3.0, 3.0], [-3.5, -3.5, -3.5]]


def test_parameters_as_a_vector():
    layer = nn.Linear(2, 2)
    vector = torch.arange(6.0)
    utils.vector_to_parameters(vector, layer.parameters())
    assert layer.weight.tolist() == [[0, 1], [2, 3]]
    assert torch.equal(utils.parameters_to_vector(layer.parameters()), vector)


def test_prefix_of_a_wrapper():
    state = nn.DataParallel(nn.Linear(1, 1)).state_dict()
    assert list(state) == ["module.weight", "module.bias"]
    nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
    nn.Linear(1, 1).load_state_dict(state)
