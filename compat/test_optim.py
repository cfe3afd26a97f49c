"""Optimizers beside real torch: the same numbers over twenty steps, the same state dicts, the same
words.
"""

from __future__ import annotations

import copy
import importlib
import itertools
import pickle

import numpy as np
import pytest
import torch

import jtorch

from .programs._outcome import differences, error, run

SHAPES = [(3, 4), (5,), ()]
STEPS = 20
TOLERANCE = {"float32": 1e-6, "float64": 1e-13, "complex64": 1e-6, "bfloat16": 0.03}

CONFIGS = [
    *(
        ("SGD", dict(lr=0.1, momentum=m, dampening=d, nesterov=n, weight_decay=w, maximize=x))
        for m, d, n, w, x in [
            (0, 0, False, 0, False),
            (0, 0, False, 0.1, True),
            (0.9, 0, False, 0, False),
            (0.9, 0.3, False, 0.1, False),
            (0.9, 0, True, 0.1, True),
        ]
    ),
    *(
        (cls, dict(lr=0.01, amsgrad=a, weight_decay=w, maximize=x, betas=(0.8, 0.99)))
        for cls in ("Adam", "AdamW")
        for a, w, x in itertools.product([False, True], [0, 0.1], [False, True])
    ),
    ("Adam", dict(decoupled_weight_decay=True, weight_decay=0.2, eps=1e-3)),
    *(
        ("RMSprop", dict(lr=0.01, centered=c, momentum=m, weight_decay=w, maximize=bool(w)))
        for c, m, w in itertools.product([False, True], [0, 0.9], [0, 0.1])
    ),
    ("Adagrad", dict(lr=0.05)),
    ("Adagrad", dict(lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.3, maximize=True)),
]


def ident(case):
    return "-".join([case[0], *(f"{k}={v}" for k, v in case[1].items())])


class Side:
    """One library, with tensors made from the same numbers."""

    def __init__(self, lib):
        self.lib = lib

    def tensor(self, array, dtype="float32"):
        return self.lib.tensor(array, dtype=getattr(self.lib, dtype))

    def params(self, dtype="float32", shapes=SHAPES, seed=0):
        return [
            self.tensor(a, dtype).requires_grad_()
            for a in numbers(np.random.default_rng(seed), dtype, shapes)
        ]


SIDES = Side(torch), Side(jtorch)


def numbers(rng, dtype, shapes):
    out = [rng.standard_normal(s) for s in shapes]
    return [a + 1j * rng.standard_normal(a.shape) for a in out] if dtype == "complex64" else out


def as_array(t):
    t = t.detach()
    wide = "complex128" if t.is_complex() else "float64"
    return np.asarray(t.tolist(), wide)


def assert_close(ours, theirs, tolerance, what=""):
    ours, theirs = as_array(ours), as_array(theirs)
    assert ours.shape == theirs.shape, what
    floor = 1.0 if tolerance > 1e-3 else 1e-30  # a step rounds by what the parameter was
    scale = np.abs(theirs).max(initial=floor)
    assert np.abs(ours - theirs).max(initial=0) <= tolerance * scale, what


def assert_same_state(ours, theirs, tolerance):
    """State dicts: the same keys in the same order, dtypes and settings, and close numbers."""
    assert list(ours) == list(theirs)
    assert [list(g.items()) for g in ours["param_groups"]] == [
        list(g.items()) for g in theirs["param_groups"]
    ]
    assert list(ours["state"]) == list(theirs["state"])
    for key, state in theirs["state"].items():
        assert list(ours["state"][key]) == list(state)
        for name, value in state.items():
            assert str(ours["state"][key][name].dtype) == str(value.dtype), (key, name)
            assert_close(ours["state"][key][name], value, tolerance, (key, name))


def play(side, case, dtype="float32", steps=STEPS, options=None):
    """Params and optimizer after some steps; the learning rate changes on the way."""
    params = side.params(dtype)
    name, kwargs = case
    optimizer = getattr(side.lib.optim, name)(params, **kwargs, **(options or {}))
    rng = np.random.default_rng(1)
    for step in range(steps):
        for p, g in zip(params, numbers(rng, dtype, SHAPES)):
            p.grad = side.tensor(0.1 * g, dtype)
        optimizer.step()
        if step == 7:
            optimizer.param_groups[0]["lr"] *= 0.5
    return params, optimizer


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", CONFIGS, ids=ident)
def test_numbers(case, dtype):
    (theirs, their_opt), (ours, our_opt) = (play(side, case, dtype) for side in SIDES)
    for a, b in zip(ours, theirs):
        assert_close(a, b, TOLERANCE[dtype], "parameter")
    assert_same_state(our_opt.state_dict(), their_opt.state_dict(), TOLERANCE[dtype])
    assert repr(our_opt) == repr(their_opt)


@pytest.mark.parametrize(
    "options", [{"foreach": True}, {"foreach": False}, {"fused": True}], ids=str
)
@pytest.mark.parametrize(
    "case", [("SGD", {"momentum": 0.9}), ("Adam", {}), ("AdamW", {})], ids=ident
)
def test_hints_change_nothing(case, options):
    (theirs, _), (ours, _) = (play(side, case, options=options) for side in SIDES)
    for a, b in zip(ours, theirs):
        assert_close(a, b, 2e-6)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"])
def test_groups_and_missing_gradients(name):
    """Groups with their own settings; a parameter with a late gradient counts its own steps."""

    def program(side):
        params = side.params(shapes=[(2,), (3,), (2, 2), (1,)])
        optimizer = getattr(side.lib.optim, name)(
            [{"params": params[:2], "lr": 0.2}, {"params": params[2:], "weight_decay": 0.1}],
            lr=0.05,
        )
        rng = np.random.default_rng(2)
        for step in range(10):
            for i, p in enumerate(params):
                g = side.tensor(rng.standard_normal(tuple(p.shape)))
                p.grad = None if (i == 1 and step < 4) or i == 3 else g
            optimizer.step()
        return params, optimizer

    (theirs, their_opt), (ours, our_opt) = map(program, SIDES)
    for a, b in zip(ours, theirs):
        assert_close(a, b, 1e-6)
    assert_same_state(our_opt.state_dict(), their_opt.state_dict(), 1e-6)


@pytest.mark.parametrize("case", CONFIGS[2:], ids=ident)
def test_state_dicts_go_both_ways(case):
    """Ten steps in one library, ten in the other: as twenty in one."""
    (whole, _), _ = play(SIDES[0], case), None
    for first, second in (SIDES, SIDES[::-1]):
        params, optimizer = play(first, case, steps=10)
        state = carry(optimizer.state_dict(), second)
        others = [second.tensor(as_array(p).tolist()).requires_grad_() for p in params]
        other = getattr(second.lib.optim, case[0])(others, **case[1])
        other.load_state_dict(state)
        rng = np.random.default_rng(1)
        for step in range(STEPS):
            grads = numbers(rng, "float32", SHAPES)
            if step < 10:
                continue
            for p, g in zip(others, grads):
                p.grad = second.tensor(0.1 * g)
            other.step()
        for a, b in zip(others, whole):
            assert_close(a, b, 2e-6)


def carry(x, side):
    """A state dict with the other library's tensors."""
    if isinstance(x, dict):
        return {k: carry(v, side) for k, v in x.items()}
    if isinstance(x, (torch.Tensor, jtorch.Tensor)):
        return side.tensor(as_array(x).tolist(), str(x.dtype).split(".")[1])
    return [carry(v, side) for v in x] if isinstance(x, list) else x


# -- programs: values, errors and words --


def optimizer_module(torch):
    return importlib.import_module(f"{torch.__name__}.optim.optimizer")


def ones(torch, *shape, **options):
    return torch.ones(*(shape or (2,)), **options).requires_grad_()


BAD_ARGUMENTS = {
    "SGD": [
        dict(lr=-1), dict(momentum=-1), dict(weight_decay=-1), dict(nesterov=True),
        dict(nesterov=True, momentum=0.9, dampening=0.1), dict(fused=True, foreach=True),
        dict(fused=True, differentiable=True), dict(verbose=True),
    ],
    "Adam": [
        dict(lr=-1), dict(eps=-1), dict(betas=(-1, 0.9)), dict(betas=(0.9, 1.0)),
        dict(betas=(0.9,)), dict(betas=0.9), dict(weight_decay=-1), dict(lr="a"),
        dict(fused=True, foreach=True),
        dict(fused=True, differentiable=True),
    ],
    "AdamW": [dict(lr=-1), dict(decoupled_weight_decay=True)],
    "RMSprop": [
        dict(lr=-1), dict(eps=-1), dict(momentum=-1), dict(weight_decay=-1), dict(alpha=-1),
    ],
    "Adagrad": [
        dict(lr=-1), dict(lr_decay=-1), dict(eps=-1), dict(initial_accumulator_value=-1),
        dict(weight_decay=-1), dict(fused=True, foreach=True),
        dict(fused=True, differentiable=True),
    ],
}  # fmt: skip


def bad_arguments(torch):
    return [
        error(getattr(torch.optim, name), [ones(torch)], **kwargs)
        for name, cases in BAD_ARGUMENTS.items()
        for kwargs in cases
    ]


def bad_tensors_as_settings(torch):
    p, t = [ones(torch)], torch.tensor
    adam = torch.optim.Adam
    return [
        error(torch.optim.SGD, p, lr=t([0.1, 0.2])),
        error(adam, p, lr=t([0.1, 0.2])),
        error(adam, p, lr=t(0.1), foreach=True),
        error(adam, p, betas=(t(0.9), 0.99)),
        error(adam, p, betas=(t(0.9), t(0.99)), foreach=True),
    ]


def bad_params(torch):
    p, sgd = ones(torch), torch.optim.SGD
    optimizer = sgd([p])
    return [
        error(sgd, params)
        for params in (
            p, [], (x for x in []), "ab", {"a": p}, 3, [3], [None], [p * 2], [np.ones(2)],
            [{"params": [p]}, {"params": [p]}], [{"params": {p}}], [{"params": [1]}], [{"par": p}],
            [("a", p), p], [{"params": [("a", p), ones(torch)]}],
            [{"params": [("a", p)]}, {"params": [ones(torch)]}],
            [{"params": [p]}, {"params": [("a", ones(torch))]}],
        )
    ] + [
        error(optimizer.add_param_group, [p]),
        error(optimizer.add_param_group, {"params": p}),
        error(torch.optim.Optimizer, [p], {"lr": optimizer_module(torch).required}),
        error(torch.optim.Optimizer([p], {}).step),
    ]  # fmt: skip


def duplicate_params(torch):
    p = ones(torch)
    return str(torch.optim.SGD([p, p]))


def good_params(torch):
    p, q = ones(torch), ones(torch)
    sgd = torch.optim.SGD
    group = {"params": (x for x in [p])}
    optimizer = sgd([group])
    optimizer.add_param_group({"params": q, "lr": 3, "extra": [1]})
    return [
        str(optimizer), optimizer.param_groups[0] is group, group["params"][0] is p,
        str(sgd([("a", p), ("b", q)])), sgd([("a", p), ("b", q)]).state_dict(),
        str(sgd([p], lr=torch.tensor(0.1))), optimizer.defaults,
    ]  # fmt: skip


def load_errors(torch):
    p = ones(torch)
    adam = torch.optim.Adam
    a = adam([p])
    state = a.state_dict()
    return [
        error(adam([ones(torch), ones(torch)]).load_state_dict, state),
        error(adam([{"params": [ones(torch)]}, {"params": [ones(torch)]}]).load_state_dict, state),
        error(a.load_state_dict, {}),
        error(a.load_state_dict, {"state": {}}),
    ]


def loading_casts_and_shares(torch):
    p = ones(torch)
    p.grad = torch.ones(2)
    a = torch.optim.Adam([p])
    a.step()
    out = []
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        q = ones(torch, dtype=dtype)
        b = torch.optim.Adam([q], lr=5)
        b.load_state_dict(a.state_dict())
        out += [(k, str(v.dtype), v is a.state[p][k]) for k, v in b.state[q].items()]
        out.append(b.param_groups[0]["lr"])
    return out


def loading_unknown_state(torch):
    a = torch.optim.Adam([ones(torch)])
    state = a.state_dict()
    state["state"] = {7: 3, "foo": [4, "x"], 0: {"step": 2, "dict": {"step": 1}, "list": [1.5]}}
    state["param_groups"][0]["extra"] = 5
    a.load_state_dict(state)
    return [list(a.state.values()), a.param_groups[0]["extra"], type(a.state).__name__]


def named_params_loading(torch):
    p = ones(torch)
    out = []
    for mine, saved in itertools.product([p, ("mine", p)], [p, ("saved", p)]):
        a = torch.optim.SGD([mine])
        a.load_state_dict(torch.optim.SGD([saved]).state_dict())
        out.append(list(a.param_groups[0]))
        out.append(a.param_groups[0].get("param_names"))
    return out


def hooks(torch):
    seen = []
    p = ones(torch)
    p.grad = torch.ones(2)
    a = torch.optim.SGD([p])
    from_optimizer = optimizer_module(torch)
    handles = [
        a.register_step_pre_hook(lambda o, args, kw: seen.append(("pre", len(args), list(kw)))),
        a.register_step_post_hook(lambda o, args, kw: seen.append(("post", len(args), list(kw)))),
        a.register_state_dict_pre_hook(lambda o: seen.append("sd pre")),
        a.register_state_dict_post_hook(lambda o, d: seen.append(("sd post", list(d)))),
        a.register_state_dict_post_hook(lambda o, d: {**d, "more": 1}, prepend=True),
        a.register_load_state_dict_pre_hook(lambda o, d: seen.append(("load pre", list(d)))),
        a.register_load_state_dict_post_hook(lambda o: seen.append("load post")),
        from_optimizer.register_optimizer_step_pre_hook(lambda *x: seen.append("global pre")),
        from_optimizer.register_optimizer_step_post_hook(lambda *x: seen.append("global post")),
    ]
    a.step()
    a.step(None)
    a.step(closure=lambda: 3)
    a.load_state_dict(a.state_dict())
    for handle in handles:
        handle.remove()
    a.step()
    a.load_state_dict(a.state_dict())
    return seen


def pre_hook_changes_arguments(torch):
    a = torch.optim.SGD([ones(torch)])
    h = a.register_step_pre_hook(lambda o, args, kw: ((o, (5).__int__), {}))
    out = [a.step()]
    h.remove()
    a.register_step_pre_hook(lambda o, args, kw: 3)
    out.append(error(a.step))
    return out


def closures(torch):
    p = ones(torch)
    a = torch.optim.SGD([p], lr=0.1)

    def closure():
        a.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        first = a.step(closure)
    return [first, a.step(closure), a.step(torch.is_grad_enabled), p, error(a.step, 1, 2)]


def zeroing(torch):
    p = ones(torch)
    a = torch.optim.SGD([p])
    (p * 2).sum().backward()
    g = p.grad
    a.zero_grad(set_to_none=False)
    out = [p.grad, p.grad is g]
    a.zero_grad()
    return [*out, p.grad, a.zero_grad()]


def versions(torch):
    p = ones(torch)
    p.grad = torch.ones(2)
    a = torch.optim.SGD([p], lr=0.1, momentum=0.9, weight_decay=0.1)
    a.step()
    return [p._version > 0, p.grad._version, p.grad, a.state[p]["momentum_buffer"] is p.grad]


def subclass(torch):
    calls = []

    class Plain(torch.optim.Optimizer):
        def __init__(self, params, lr=0.5):
            super().__init__(params, {"lr": lr})

        def step(self, closure=None):
            calls.append(torch.is_grad_enabled())
            for group in self.param_groups:
                for p in group["params"]:
                    p.data.add_(p.grad, alpha=-group["lr"])

    p = ones(torch)
    p.grad = torch.ones(2)
    a = Plain([p])
    a.register_step_post_hook(lambda *x: calls.append("post"))
    a.step()
    return [calls, p, str(a), a.state_dict(), Plain.step.hooked, Plain.step.__name__]


def capturable_is_for_accelerators(torch):
    p = ones(torch)
    p.grad = torch.ones(2)
    return [
        error(torch.optim.Adam([p], capturable=True).step),
        error(torch.optim.AdamW([p], capturable=True, foreach=True).step),
        error(torch.optim.RMSprop([p], capturable=True).step),
    ]


def changed_settings(torch):
    """Settings are read at each step."""
    out = []
    for name, changes in {
        "SGD": dict(momentum=0.5, weight_decay=0.2, lr=0.3, maximize=True),
        "Adam": dict(betas=(0.5, 0.6), eps=0.1, lr=0.2, weight_decay=0.3),
        "RMSprop": dict(alpha=0.5, eps=0.1, lr=0.2),
        "Adagrad": dict(lr_decay=0.5, eps=0.1, lr=0.2),
    }.items():
        p = ones(torch)
        a = getattr(torch.optim, name)([p])
        for key, value in [("lr", 0.1), *changes.items()]:
            a.param_groups[0][key] = value
            p.grad = torch.tensor([0.3, -0.2])
            a.step()
        out.append(p)
    return out


def tensor_settings(torch):
    t = torch.tensor
    out = []
    for make in (
        lambda p: torch.optim.SGD(p, lr=t(0.1)),
        lambda p: torch.optim.SGD(p, lr=t([0.1]), weight_decay=t(0.1)),
        lambda p: torch.optim.Adam(p, lr=t(0.1), betas=(t(0.9), t(0.99))),
        lambda p: torch.optim.RMSprop(p, lr=t(0.1)),
        lambda p: torch.optim.Adagrad(p, lr=t(0.1)),
    ):
        p = ones(torch)
        a = make([p])
        for _ in range(3):
            p.grad = t([0.3, -0.2])
            a.step()
            a.param_groups[0]["lr"].mul_(0.5)
        out.append(p)
    return out


def copies(torch):
    p = ones(torch)
    p.grad = torch.ones(2)
    a = torch.optim.Adam([p], lr=0.1)
    a.step()
    out = []
    for b in (copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
        q = b.param_groups[0]["params"][0]
        q.grad = torch.ones(2)
        b.step()
        out += [str(b), q is p, q, b.state_dict(), q in b.state]
    return [*out, p]


def later_momentum(torch):
    p = ones(torch)
    a = torch.optim.SGD([p], lr=0.1)
    for momentum in (0, 0.9, 0.9, 0):
        a.param_groups[0]["momentum"] = momentum
        p.grad = torch.ones(2)
        a.step()
    return [p, a.state_dict()]


def missing_state(torch):
    p = ones(torch)
    p.grad = torch.ones(2)
    a = torch.optim.Adam([p])
    a.step()
    a.param_groups[0]["amsgrad"] = True
    b = torch.optim.RMSprop([p])
    b.step()
    b.param_groups[0]["momentum"] = 0.5
    return [error(a.step), error(b.step)]


def adagrad_groups_added_later(torch):
    p, q = ones(torch), ones(torch)
    a = torch.optim.Adagrad([p], initial_accumulator_value=0.2)
    a.add_param_group({"params": [q], "initial_accumulator_value": 0.5})
    q.grad = torch.ones(2)
    a.step()
    return [a.state_dict(), p, q]


def views_and_data(torch):
    """Parameters that alias other tensors, or get other data, are written through."""
    base = torch.ones(4)
    p = base[:2].requires_grad_()
    q = ones(torch)
    alias = q.data
    a = torch.optim.SGD([p, q], lr=0.5)
    p.grad, q.grad = torch.ones(2), torch.ones(2)
    a.step()
    q.data = torch.full((2,), 7.0)
    a.step()
    return [base, p, q, alias]


PROGRAMS = [
    adagrad_groups_added_later, bad_arguments, bad_params, bad_tensors_as_settings,
    capturable_is_for_accelerators, changed_settings, closures, copies, duplicate_params,
    good_params, hooks, later_momentum, load_errors, loading_casts_and_shares,
    loading_unknown_state, missing_state, named_params_loading, pre_hook_changes_arguments,
    subclass, tensor_settings, versions, views_and_data, zeroing,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_program(program):
    found = differences(run(program, torch), run(program, jtorch))
    assert not found, "\n".join(found)
