"""Module: what it contains, how it is walked, converted, copied and printed."""

import copy
import pickle

import pytest

import jtorch as torch
from jtorch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.second = nn.Sequential(nn.ReLU(), nn.Linear(3, 1))
        self.register_buffer("kept", torch.ones(2))
        self.register_buffer("lost", torch.zeros(1), persistent=False)
        self.scale = nn.Parameter(torch.full((1,), 2.0))

    def forward(self, x):
        return self.second(self.first(x)) * self.scale


NAMES = ["scale", "first.weight", "first.bias", "second.1.weight", "second.1.bias"]


def test_assignment_registers():
    net = Net()
    assert [name for name, _ in net.named_parameters()] == NAMES
    assert [name for name, _ in net.named_buffers()] == ["kept", "lost"]
    assert [name for name, _ in net.named_children()] == ["first", "second"]
    assert [name for name, _ in net.named_modules()] == [
        "",
        "first",
        "second",
        "second.0",
        "second.1",
    ]


def test_a_name_holds_one_kind_of_thing():
    net = Net()
    net.kept = nn.Parameter(torch.ones(1))
    assert "kept" in net._parameters
    assert "kept" not in net._buffers
    net.kept = None
    assert net.kept is None
    net.first = nn.Identity()
    assert "first.weight" not in dict(net.named_parameters())
    net.plain = 3
    net.plain = nn.ReLU()
    assert "plain" not in vars(net)
    del net.plain
    with pytest.raises(AttributeError, match="'Net' object has no attribute 'plain'"):
        net.plain


def test_shared_members_are_walked_once():
    net = Net()
    net.again = net.first
    net.tied = nn.Linear(2, 3)
    net.tied.weight = net.first.weight
    assert len(list(net.parameters())) == len(NAMES) + 1
    names = [name for name, _ in net.named_parameters(remove_duplicate=False)]
    assert {"again.weight", "tied.weight", "first.weight"} <= set(names)


def test_paths():
    net = Net()
    assert net.get_submodule("second.1") is net.second[1]
    assert net.get_submodule("") is net
    assert net.get_parameter("first.weight") is net.first.weight
    assert net.get_buffer("kept") is net.kept
    with pytest.raises(AttributeError, match="`kept` is not an nn.Parameter"):
        net.get_parameter("kept")
    net.set_submodule("second.0", nn.Tanh())
    assert isinstance(net.second[0], nn.Tanh)


def test_text_of_nested_modules():
    assert repr(Net()) == (
        "Net(\n"
        "  (first): Linear(in_features=2, out_features=3, bias=True)\n"
        "  (second): Sequential(\n"
        "    (0): ReLU()\n"
        "    (1): Linear(in_features=3, out_features=1, bias=True)\n"
        "  )\n"
        ")"
    )


def test_conversion_keeps_the_parameters():
    net = Net()
    before = net.scale
    net(torch.ones(1, 2)).sum().backward()
    net.double()
    assert net.scale is before
    assert net.scale.dtype is torch.float64
    assert net.scale.grad.dtype is torch.float64
    assert net.kept.dtype is torch.float64
    net.to(torch.float16)
    assert net.kept.dtype is torch.float16


def test_to_refuses_integers_and_nonsense():
    with pytest.raises(TypeError, match="only accepts floating point or complex dtypes"):
        Net().to(torch.int32)
    with pytest.raises(TypeError, match=r"to\(\) received an invalid combination of arguments"):
        Net().to([1])


def test_meta_modules_get_new_parameters():
    layer = nn.Linear(2, 3, device="meta")
    before = layer.weight
    assert before.is_meta
    assert layer(torch.ones(4, 2, device="meta")).shape == (4, 3)
    with pytest.raises(NotImplementedError, match="Please use torch.nn.Module.to_empty"):
        layer.to("cpu")
    layer.to_empty(device="cpu")
    assert layer.weight is not before
    assert layer.weight.shape == (3, 2)
    assert layer.weight.requires_grad


def test_modes():
    net = Net()
    assert not any(module.training for module in net.eval().modules())
    assert all(module.training for module in net.train().modules())
    with pytest.raises(ValueError, match="training mode is expected to be boolean"):
        net.train(1)
    assert not any(p.requires_grad for p in net.requires_grad_(False).parameters())


def test_zero_grad():
    net = Net()
    net(torch.ones(1, 2)).sum().backward()
    net.zero_grad(set_to_none=False)
    assert float(net.scale.grad) == 0.0
    net.zero_grad()
    assert net.scale.grad is None


def test_apply_visits_children_first():
    seen = []
    Net().apply(lambda module: seen.append(type(module).__name__))
    assert seen == ["Linear", "ReLU", "Linear", "Sequential", "Net"]


def test_deepcopy_is_independent():
    net = Net()
    twin = copy.deepcopy(net)
    with torch.no_grad():
        twin.scale.fill_(7)
    assert net.scale.item() == 2.0
    assert all(torch.equal(a, b) for a, b in zip(net.first.parameters(), twin.first.parameters()))


def test_deepcopy_keeps_tied_parameters_tied():
    pair = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
    pair[1].weight = pair[0].weight
    twin = copy.deepcopy(pair)
    assert twin[1].weight is twin[0].weight


def test_pickle():
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    twin = pickle.loads(pickle.dumps(model))
    assert repr(twin) == repr(model)
    x = torch.ones(3, 2)
    assert torch.equal(twin.eval()(x), model.eval()(x))


def test_old_pickles_get_what_came_later():
    state = nn.Linear(1, 1).__getstate__()
    del state["_forward_hooks_with_kwargs"]
    layer = nn.Linear.__new__(nn.Linear)
    layer.__setstate__(state)
    assert layer(torch.ones(1, 1)).shape == (1, 1)


def test_forward_is_required():
    class Empty(nn.Module):
        pass

    message = r'Module \[Empty\] is missing the required "forward" function'
    with pytest.raises(NotImplementedError, match=message):
        Empty()(1)


def test_members_before_init():
    class Bare(nn.Module):
        def __init__(self):
            pass

    with pytest.raises(AttributeError, match="cannot assign parameters before"):
        Bare().p = nn.Parameter(torch.ones(1))
    with pytest.raises(AttributeError, match="cannot assign module before"):
        Bare().m = nn.ReLU()


def test_compile_changes_nothing_but_checks_names():
    net = Net()
    net.compile(mode="reduce-overhead")
    assert net(torch.ones(1, 2)).shape == (1, 1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'modes'"):
        net.compile(modes="x")


def test_parameters_share_storage_with_their_data():
    data = torch.ones(2)
    parameter = nn.Parameter(data)
    parameter.data.add_(1)
    assert data.tolist() == [2.0, 2.0]
    assert type(parameter * 2) is torch.Tensor
    assert type(parameter.data) is torch.Tensor
    assert parameter.is_leaf
    assert repr(parameter).startswith("Parameter containing:\n")


def test_parameter_pickles_with_its_attributes():
    parameter = nn.Parameter(torch.ones(2), requires_grad=False)
    parameter.note = "kept"
    twin = pickle.loads(pickle.dumps(parameter))
    assert isinstance(twin, nn.Parameter)
    assert twin.note == "kept"
    assert not twin.requires_grad


def test_integer_parameters():
    with pytest.raises(RuntimeError, match="Only Tensors of floating point and complex dtype"):
        nn.Parameter(torch.ones(2, dtype=torch.int64))
    assert not nn.Parameter(torch.ones(2, dtype=torch.int64), requires_grad=False).requires_grad


def test_buffers_by_assignment():
    module = nn.Module()
    module.kept = nn.Buffer(torch.ones(1))
    module.lost = nn.Buffer(torch.ones(1), persistent=False)
    assert isinstance(module.kept, nn.Buffer)
    assert list(module.state_dict()) == ["kept"]


def test_lazy_modules_take_their_shape_from_the_input():
    layer = nn.LazyLinear(3)
    assert repr(layer.weight) == "<UninitializedParameter>"
    with pytest.raises(RuntimeError, match="Can't access the shape of an uninitialized parameter"):
        layer.weight.shape
    with pytest.raises(ValueError, match="Attempted to use an uninitialized parameter"):
        layer.weight + 1
    layer(torch.ones(2, 5))
    assert type(layer) is nn.Linear
    assert type(layer.weight) is nn.Parameter
    assert layer.weight.shape == (3, 5)


def test_lazy_modules_load_their_shape():
    layer = nn.LazyLinear(3)
    full = nn.Linear(5, 3)
    layer.load_state_dict(full.state_dict())
    assert torch.equal(layer.weight, full.weight)
