"""Containers: indices, slices, changes in place, and the text of runs of equal modules."""

from collections import OrderedDict

import pytest

import jtorch as torch
from jtorch import nn


def test_sequential_runs_in_order():
    model = nn.Sequential(OrderedDict(twice=nn.Identity(), relu=nn.ReLU()))
    model.twice.register_forward_hook(lambda module, args, out: out * 2)
    assert model(torch.tensor([-1.0, 1.0])).tolist() == [0.0, 2.0]
    assert model[1] is model.relu
    assert len(model[:1]) == 1
    assert isinstance(model[:1], nn.Sequential)


def test_sequential_changes():
    model = nn.Sequential(nn.ReLU(), nn.Tanh())
    model.insert(1, nn.GELU()).append(nn.ELU())
    assert [type(m).__name__ for m in model] == ["ReLU", "GELU", "Tanh", "ELU"]
    del model[0]
    assert list(model._modules) == ["0", "1", "2"]
    assert isinstance(model.pop(0), nn.GELU)
    assert len(model + model) == 4
    assert len(model * 3) == 6
    with pytest.raises(IndexError, match="index 7 is out of range"):
        model[7]


def test_module_list():
    layers = nn.ModuleList([nn.Linear(1, 1)])
    layers.append(nn.ReLU())
    layers += [nn.Tanh()]
    layers.insert(0, nn.ELU())
    assert [type(m).__name__ for m in layers] == ["ELU", "Linear", "ReLU", "Tanh"]
    assert isinstance(layers[-1], nn.Tanh)
    assert list(layers.state_dict()) == ["1.weight", "1.bias"]
    del layers[1:3]
    assert len(layers) == 2
    with pytest.raises(TypeError, match="int is not a Module subclass"):
        layers.append(3)


def test_equal_modules_share_a_line():
    blocks = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)] + [nn.ReLU()])
    assert repr(blocks) == (
        "ModuleList(\n"
        "  (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)\n"
        "  (3): ReLU()\n"
        ")"
    )


def test_module_dict():
    table = nn.ModuleDict({"a": nn.ReLU(), "b": nn.Tanh()})
    table["c"] = nn.ELU()
    table.update([("a", nn.GELU())])
    assert list(table) == ["a", "b", "c"]
    assert isinstance(table["a"], nn.GELU)
    assert isinstance(table.pop("b"), nn.Tanh)
    assert "b" not in table
    with pytest.raises(KeyError, match="attribute 'keys' already exists"):
        table["keys"] = nn.ReLU()


def test_parameter_list():
    values = nn.ParameterList([torch.ones(2)])
    values.append(nn.Parameter(torch.zeros(1)))
    assert all(isinstance(value, nn.Parameter) for value in values)
    assert [name for name, _ in values.named_parameters()] == ["0", "1"]
    values[0] = torch.full((2,), 3.0)
    assert values[0].tolist() == [3.0, 3.0]
    assert len(values[:1]) == 1


def test_parameter_dict():
    values = nn.ParameterDict({"b": torch.ones(1), "a": torch.zeros(1)})
    assert list(values) == ["a", "b"]
    assert sum(1 for _ in values.parameters()) == 2
    merged = values | {"c": torch.ones(1)}
    assert list(merged) == ["a", "b", "c"]
    assert values.get("z") is None
    assert values.pop("b").item() == 1.0
    assert list(values.state_dict()) == ["a"]
