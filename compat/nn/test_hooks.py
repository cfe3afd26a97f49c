"""Hooks around forward and backward beside real torch."""

import pytest

from compat.nn._show import compare, net

CASES = []
case = CASES.append


@case
def forward_hooks(torch, show):
    m = net(torch)
    log = []
    x = torch.ones(1, 2)
    m.register_forward_pre_hook(lambda module, args: log.append(("pre", args)))
    m.register_forward_pre_hook(lambda module, args: (args[0] * 2,), prepend=True)
    m.register_forward_hook(lambda module, args, out: log.append(("post", args, out)))
    handle = m.register_forward_hook(lambda module, args, out: out * 10)
    show(lambda: m(x))
    show(lambda: log)
    handle.remove()
    show(lambda: m(x))
    with m.register_forward_hook(lambda *args: "replaced"):
        show(lambda: m(x))
    show(lambda: m(x))
    one = m.register_forward_pre_hook(lambda module, args: 3)
    show(lambda: m(x))
    one.remove()
    bad = m.register_forward_pre_hook(lambda module, args, kwargs: 3, with_kwargs=True)
    show(lambda: m(x))
    bad.remove()
    m.register_forward_pre_hook(lambda module, args, kwargs: ((), {"x": x * 3}), with_kwargs=True)
    m.register_forward_hook(lambda mod, args, kwargs, out: log.append(kwargs), with_kwargs=True)
    log.clear()
    show(lambda: m(x))
    show(lambda: log)


@case
def always_called(torch, show):
    class Fails(torch.nn.Module):
        def forward(self, x):
            raise ValueError("inner")

    def raises(*args):
        raise RuntimeError("hook")

    m, log = Fails(), []
    m.register_forward_hook(lambda module, args, out: log.append(out), always_call=True)
    m.register_forward_hook(raises, always_call=True)
    m.register_forward_hook(lambda *args: log.append("not called"))
    show(lambda: m(1))
    show(lambda: log)
    ok = torch.nn.Identity()
    ok.register_forward_hook(lambda module, args, out: log.append(out), always_call=True)
    ok.register_forward_hook(raises)
    show(lambda: ok(1))
    show(lambda: log)


@case
def global_hooks(torch, show):
    module = torch.nn.modules.module
    m, log = torch.nn.Sequential(torch.nn.Identity()), []
    x = torch.ones(1, requires_grad=True)
    handles = [
        module.register_module_forward_pre_hook(lambda m, a: log.append(("pre", m._get_name()))),
        module.register_module_forward_hook(lambda m, a, o: log.append(("post", m._get_name()))),
        module.register_module_full_backward_hook(lambda m, i, o: log.append(("back", i, o))),
        module.register_module_full_backward_pre_hook(lambda m, o: log.append(("prior", o))),
    ]
    show(lambda: module.register_module_backward_hook(print))
    (m(x) * 2).sum().backward()
    show(lambda: log)
    for handle in handles:
        handle.remove()
    log.clear()
    m(x)
    show(lambda: log)
    with module.register_module_parameter_registration_hook(
        lambda m, name, p: log.append((name, tuple(p.shape)))
    ):
        torch.nn.Linear(2, 3)
    with module.register_module_buffer_registration_hook(
        lambda m, name, b: log.append((name, b is None))
    ):
        torch.nn.BatchNorm1d(2)
    with module.register_module_module_registration_hook(
        lambda m, name, c: log.append((name, c._get_name()))
    ):
        torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Tanh())
    show(lambda: log)


@case
def backward_hooks(torch, show):
    class Two(torch.nn.Module):
        def forward(self, a, b=None):
            return a * 2, a * 3

    x = torch.ones(2, requires_grad=True)
    m, log = Two(), []
    m.register_full_backward_hook(lambda mod, gi, go: log.append(("full", gi, go)))
    m.register_full_backward_pre_hook(lambda mod, go: log.append(("pre", go)))
    out = m(x)
    show(lambda: out)
    out[0].sum().backward()
    show(lambda: log)
    log.clear()
    (m(x, 3)[0] + m(x, x)[1]).sum().backward()
    show(lambda: log)
    show(lambda: x.grad)
    with torch.no_grad():
        show(lambda: m(x))


@case
def backward_hooks_change(torch, show):
    m = torch.nn.Linear(3, 2)
    torch.nn.init.ones_(m.weight)
    x = torch.ones(1, 3, requires_grad=True)

    def run(register, answer, given=x):
        x.grad = None
        m.zero_grad()
        with register(lambda *args: answer):
            m(given).sum().backward()
        return x.grad, m.weight.grad

    full, pre = m.register_full_backward_hook, m.register_full_backward_pre_hook
    show(lambda: run(full, (torch.full((1, 3), 5.0),)))
    show(lambda: run(full, (None,)))
    show(lambda: run(full, (torch.ones(1, 3), torch.ones(1, 3))))
    show(lambda: run(full, torch.ones(1, 3)))
    show(lambda: run(pre, (torch.full((1, 2), 5.0),)))
    show(lambda: run(pre, (torch.ones(1, 2), torch.ones(1, 2))))
    show(lambda: run(pre, torch.ones(1, 2)))
    show(lambda: run(full, (torch.ones(1, 3),), torch.ones(1, 3)))
    show(lambda: run(full, (None,), torch.ones(1, 3)))
    show(lambda: run(full, None, torch.ones(1, 3)))
    show(lambda: m.register_backward_hook(print))


@case
def backward_hooks_old(torch, show):
    m, log = torch.nn.ReLU(), []
    m.register_backward_hook(lambda mod, gi, go: log.append((gi, go)))
    show(lambda: m.register_full_backward_hook(print))
    x = torch.ones(2, requires_grad=True)
    m(x).sum().backward()
    show(lambda: log)

    class Dict(torch.nn.Module):
        def forward(self, a, *, k=1):
            return {"x": a * k}

    d = Dict()
    d.register_full_backward_hook(lambda *args: log.append("never"))
    show(lambda: d(x)["x"].sum().backward())
    show(lambda: log[1:])

    class Keyword(torch.nn.Module):
        def forward(self, a, *, k):
            return a * k

    k = Keyword()
    k.register_full_backward_hook(lambda mod, gi, go: log.append((gi, go)))
    k(x, k=x).sum().backward()
    show(lambda: log[1:])
    show(lambda: k(a=x, k=x).sum().backward())
    show(lambda: log[2:])


@pytest.mark.parametrize("fn", CASES, ids=lambda fn: fn.__name__)
def test_same_as_torch(fn):
    compare(fn)
