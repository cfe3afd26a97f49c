"""state_dict and load_state_dict: contents, hooks, and what does not fit."""

import pytest

import jtorch as torch
from jtorch import nn


def model():
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))


KEYS = [
    "0.weight",
    "0.bias",
    "1.weight",
    "1.bias",
    "1.running_mean",
    "1.running_var",
    "1.num_batches_tracked",
]


def test_contents():
    state = model().state_dict()
    assert list(state) == KEYS
    assert state._metadata[""] == {"version": 1}
    assert state._metadata["1"] == {"version": 2}
    assert not state["0.weight"].requires_grad
    assert next(iter(model().state_dict(prefix="net."))) == "net.0.weight"


def test_it_shares_memory_with_the_module():
    net = model()
    net.state_dict()["0.bias"].fill_(4)
    assert net[0].bias.tolist() == [4.0, 4.0, 4.0]
    assert net.state_dict(keep_vars=True)["0.bias"] is net[0].bias


def test_round_trip():
    net, other = model(), model()
    assert repr(other.load_state_dict(net.state_dict())) == "<All keys matched successfully>"
    assert all(
        torch.equal(a, b) for a, b in zip(net.state_dict().values(), other.state_dict().values())
    )


def test_every_misfit_is_named_at_once():
    state = model().state_dict()
    del state["0.bias"]
    state["0.extra"] = state["1.weight"]
    state["0.weight"] = torch.ones(5, 2)
    with pytest.raises(RuntimeError) as caught:
        model().load_state_dict(state)
    assert str(caught.value) == (
        "Error(s) in loading state_dict for Sequential:\n"
        '\tMissing key(s) in state_dict: "0.bias". \n'
        '\tUnexpected key(s) in state_dict: "0.extra". \n'
        "\tsize mismatch for 0.weight: copying a param with shape torch.Size([5, 2]) from "
        "checkpoint, the shape in current model is torch.Size([3, 2])."
    )


def test_not_strict():
    state = model().state_dict()
    del state["0.bias"]
    state["new"] = torch.ones(1)
    result = model().load_state_dict(state, strict=False)
    assert result.missing_keys == ["0.bias"]
    assert result.unexpected_keys == ["new"]


def test_assign_takes_the_tensors():
    net = model()
    state = {key: value.clone() for key, value in net.state_dict().items()}
    other = model()
    other.load_state_dict(state, assign=True)
    assert other[1].running_mean is state["1.running_mean"]
    assert isinstance(other[0].weight, nn.Parameter)
    assert other[0].weight.requires_grad


def test_old_batch_norm_states_have_no_count():
    state = model().state_dict()
    del state["1.num_batches_tracked"]
    del state._metadata
    model().load_state_dict(state)


def test_hooks():
    net = nn.Linear(1, 1)
    net.register_state_dict_post_hook(lambda module, state, prefix, meta: state.update(extra=1))
    assert list(net.state_dict()) == ["weight", "bias", "extra"]

    def rename(module, state, prefix, *rest):
        state[prefix + "weight"] = state.pop(prefix + "w")

    net.register_load_state_dict_pre_hook(rename)
    given = {"w": torch.full((1, 1), 5.0), "bias": torch.zeros(1)}
    net.load_state_dict(given)
    assert float(net.weight.detach()) == 5.0
    assert list(given) == ["w", "bias"]


def test_post_hook_may_forgive():
    net = nn.Linear(1, 1)
    net.register_load_state_dict_post_hook(lambda module, keys: keys.missing_keys.clear())
    net.load_state_dict({})


def test_extra_state():
    class Extra(nn.Module):
        def __init__(self, value):
            super().__init__()
            self.value = value

        def get_extra_state(self):
            return self.value

        def set_extra_state(self, state):
            self.value = state

    target = nn.Sequential(Extra(1))
    state = nn.Sequential(Extra(2)).state_dict()
    assert state == {"0._extra_state": 2}
    target.load_state_dict(state)
    assert target[0].value == 2
    with pytest.raises(RuntimeError, match='Missing key.* "0._extra_state"'):
        target.load_state_dict({})
