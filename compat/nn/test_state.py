"""state_dict and load_state_dict beside real torch: contents, hooks, errors."""

import pytest

from compat.nn._show import compare, net

CASES = []
case = CASES.append


@case
def state_dict_contents(torch, show):
    m = net(torch)
    state = m.state_dict()
    show(lambda: state)
    show(lambda: type(state))
    show(lambda: state._metadata)
    show(lambda: list(m.state_dict(prefix="a.")))
    show(lambda: m.state_dict(prefix="a.")._metadata)
    show(lambda: m.state_dict(keep_vars=True)["scale"] is m.scale)
    show(lambda: state["scale"].requires_grad)
    show(lambda: m.state_dict({}, "pre."))
    state["scale"].fill_(7)
    show(lambda: m.scale)
    show(lambda: torch.nn.BatchNorm1d(2).state_dict())
    show(lambda: torch.nn.BatchNorm1d(2).state_dict()._metadata)


@case
def load_errors(torch, show):
    m = net(torch)
    show(lambda: m.load_state_dict(3))
    for state in (
        {},
        {"scale": 3},
        {"first.weight": torch.ones(7), "extra": 1, "first.extra": 2, "none.at": 3},
        {"first.weight": torch.ones(3, 2)},
        dict(m.state_dict()),
        {**m.state_dict(), "first.weight": torch.ones(4, 2), "second.1.bias": torch.ones(2)},
        {**m.state_dict(), "scale": torch.tensor(3.0)},
        {**m.state_dict(), "scale": torch.ones(1).double()},
    ):
        for strict in (True, False):
            show(lambda state=state, strict=strict: m.load_state_dict(state, strict=strict))
    try:
        m.load_state_dict({"first.weight": torch.ones(7), "extra": 1, "scale": 3})
    except RuntimeError as error:
        text = str(error)
        show(lambda: text)
    scalar = torch.nn.Module()
    scalar.register_buffer("x", torch.tensor(1.0))
    show(lambda: scalar.load_state_dict({"x": torch.tensor([4.0])}))
    show(lambda: scalar.x)


@case
def load_assign(torch, show):
    m = net(torch)
    state = {
        k: torch.nn.Parameter(v * 2) if k == "scale" else v * 2 for k, v in m.state_dict().items()
    }
    m.first.weight.requires_grad_(False)
    show(lambda: m.load_state_dict(state, assign=True))
    show(lambda: m.scale is state["scale"])
    show(lambda: (type(m.first.weight).__name__, m.first.weight.requires_grad))
    show(lambda: m.kept is state["kept"])
    meta = torch.nn.Linear(2, 2, device="meta")
    show(lambda: meta.load_state_dict(torch.nn.Linear(2, 2).state_dict()))
    show(lambda: meta.weight.is_meta)
    show(lambda: meta.load_state_dict(torch.nn.Linear(2, 2).state_dict(), assign=True))
    show(lambda: meta.weight.is_meta)


@case
def state_dict_hooks(torch, show):
    m = net(torch)
    log = []
    m.register_state_dict_pre_hook(lambda module, prefix, keep: log.append((prefix, keep)))
    m.first.register_state_dict_post_hook(
        lambda module, state, prefix, meta: state.pop(prefix + "bias") and None
    )
    show(lambda: list(m.state_dict()))
    show(lambda: log)
    handle = m.first.register_state_dict_post_hook(lambda *args: 3)
    show(m.state_dict)
    handle.remove()
    m.second._register_state_dict_hook(lambda module, state, prefix, meta: {"replaced": 1})
    show(lambda: torch.nn.Sequential(m.second).state_dict())
    show(m.second.state_dict)


@case
def load_hooks(torch, show):
    m = net(torch)
    log = []

    def rename(module, state, prefix, meta, strict, missing, unexpected, errors):
        log.append((type(module).__name__, prefix, strict))
        if prefix + "old" in state:
            state[prefix + "weight"] = state.pop(prefix + "old")

    m.first.register_load_state_dict_pre_hook(rename)
    state = dict(m.state_dict())
    state["first.old"] = state.pop("first.weight")
    show(lambda: m.load_state_dict(state))
    show(lambda: log)
    show(lambda: list(state))
    m._register_load_state_dict_pre_hook(lambda state, *rest: log.append(len(rest)))
    m.register_load_state_dict_post_hook(
        lambda module, keys: keys.missing_keys.clear() if keys.missing_keys else None
    )
    show(lambda: m.load_state_dict({}))
    show(lambda: log)
    m.register_load_state_dict_post_hook(lambda *args: 3)
    show(lambda: m.load_state_dict(m.state_dict()))


@case
def extra_state(torch, show):
    class Extra(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = torch.nn.Linear(1, 1, bias=False)
            self.version = 1

        def get_extra_state(self):
            return {"version": self.version}

        def set_extra_state(self, state):
            self.version = state["version"]

    m = Extra()
    torch.nn.init.ones_(m.inner.weight)
    m.version = 5
    state = m.state_dict()
    show(lambda: state)
    other = Extra()
    show(lambda: other.load_state_dict(state))
    show(lambda: other.version)
    show(lambda: other.load_state_dict({"inner.weight": torch.ones(1, 1)}))
    show(lambda: torch.nn.Linear(1, 1).load_state_dict({"_extra_state": 1}))
    show(lambda: torch.nn.Linear(1, 1).get_extra_state())


@pytest.mark.parametrize("fn", CASES, ids=lambda fn: fn.__name__)
def test_same_as_torch(fn):
    compare(fn)
