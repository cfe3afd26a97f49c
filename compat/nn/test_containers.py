"""The containers beside real torch: every method, text and error."""

from collections import OrderedDict

import pytest

from compat.nn._show import compare

CASES = []
case = CASES.append


@case
def sequential(torch, show):
    nn = torch.nn
    s = nn.Sequential(nn.ReLU(), nn.Tanh())
    for index in (5, -1, -3, slice(0, 1), "a", "0", True):
        show(lambda index=index: s[index])
    show(lambda: s + 3)
    show(lambda: s + s)
    for factor in (2, 0, -1, 1.5):
        show(lambda factor=factor: s * factor)
    show(lambda: 2 * s)
    show(lambda: s.append(3))
    show(lambda: s.insert(0, 3))
    show(lambda: s.insert(7, nn.ReLU()))
    show(lambda: s.insert(-1, nn.GELU()))
    show(lambda: s.extend([nn.ELU()]))
    show(lambda: s.extend(3))
    show(lambda: s.pop(0))
    show(lambda: s.pop("a"))
    show(lambda: s.__delitem__(0))
    show(lambda: s)
    show(lambda: s.__setitem__(0, nn.Softmax(1)))
    show(lambda: s.__setitem__(5, nn.Softmax(1)))
    show(lambda: s.__iadd__(nn.Sequential(nn.ReLU())))
    show(lambda: s.__imul__(2))
    show(lambda: s.__delitem__(slice(0, 2)))
    show(lambda: (s, len(s), [type(m).__name__ for m in s]))
    show(lambda: nn.Sequential(3))
    show(lambda: nn.Sequential([nn.ReLU()]))
    t = nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh()))
    show(lambda: (t, t[0], t[0:1], t.a))
    show(lambda: t.__setitem__(0, nn.ELU()))
    show(lambda: t.append(nn.ReLU()))
    show(lambda: t.__delitem__(0))
    show(lambda: t)
    show(lambda: nn.Sequential(nn.ReLU(), nn.Sigmoid())(torch.ones(2)))


@case
def module_list(torch, show):
    nn = torch.nn
    m = nn.ModuleList([nn.ReLU()])
    for index in (5, -1, "0", 1.5, slice(0, 2)):
        show(lambda index=index: m[index])
    show(lambda: m.append(3))
    show(lambda: m.extend(3))
    show(lambda: m.extend([3]))
    show(lambda: nn.ModuleList(3))
    show(lambda: nn.ModuleList([3]))
    show(lambda: m.insert(0, nn.ELU()))
    show(lambda: m.__add__([nn.ReLU()]))
    show(lambda: m + m)
    show(lambda: m.__iadd__([nn.GELU(), nn.ReLU()]))
    show(lambda: m.pop(0))
    show(lambda: m.pop(slice(0, 1)))
    show(lambda: m.__delitem__(slice(0, 1)))
    show(lambda: m(3))
    show(lambda: m.__setitem__(0, 3))
    show(lambda: m.__setitem__(9, nn.ReLU()))
    show(lambda: m.__setitem__(0, nn.Linear(1, 1)))
    show(lambda: m.insert(100, nn.ReLU()))
    show(lambda: m.append(None))
    show(lambda: m)
    show(lambda: m.__delitem__(5))
    show(lambda: (nn.ReLU() in m, len(m)))
    show(
        lambda: nn.ModuleList([nn.Linear(2, 2) for _ in range(3)] + [nn.Sequential(nn.ReLU())] * 2)
    )
    show(lambda: list(nn.ModuleList([nn.Linear(1, 1)]).state_dict()))


@case
def module_dict(torch, show):
    nn = torch.nn
    d = nn.ModuleDict({"a": nn.ReLU()})
    show(lambda: d["z"])
    show(lambda: d.__setitem__("b", 3))
    show(lambda: d.__setitem__(1, nn.ReLU()))
    show(lambda: d.__setitem__("keys", nn.ReLU()))
    show(lambda: d.__setitem__("a.b", nn.ReLU()))
    for update in (
        3,
        [3],
        [(1,)],
        [(1, 2, 3)],
        [(1, nn.ReLU())],
        [("b", nn.ReLU())],
        {"a": nn.ELU()},
    ):
        show(lambda update=update: d.update(update))
    show(lambda: d)
    show(lambda: d.pop("a"))
    show(lambda: (d.keys(), d.values(), list(d.items()), "b" in d, len(d), list(d)))
    show(d.clear)
    show(lambda: d)
    show(lambda: nn.ModuleDict([["x", nn.ReLU()]]))
    show(lambda: nn.ModuleDict(nn.ModuleDict({"b": nn.ReLU(), "a": nn.ReLU()})))
    show(lambda: d("x"))


@case
def parameter_list(torch, show):
    nn, t = torch.nn, torch.ones(2)
    p = nn.ParameterList([t])
    show(lambda: (type(p[0]).__name__, p[0].requires_grad))
    show(lambda: p[3])
    show(lambda: p["a"])
    show(lambda: p.append(3))
    show(lambda: p.extend(3))
    show(lambda: p.extend(t))
    show(lambda: p.extend([t]))
    show(lambda: p[0:1])
    show(lambda: p.__setitem__(0, t * 2))
    show(lambda: p.__setitem__(9, t * 2))
    show(lambda: p.__iadd__([1]))
    show(lambda: (len(p), list(p)))
    show(lambda: p(3))
    show(lambda: nn.ParameterList([t, t]).state_dict())
    show(lambda: nn.ParameterList(3))
    show(lambda: nn.ParameterList([nn.Linear(2, 2), nn.Parameter(t), t.double(), "x"]))


@case
def parameter_dict(torch, show):
    nn, t = torch.nn, torch.ones(2)
    q = nn.ParameterDict({"b": t, "a": nn.Parameter(t)})
    show(lambda: q)
    show(lambda: q["z"])
    for update in (3, [3], [(1, 2, 3)]):
        show(lambda update=update: q.update(update))
    show(lambda: q.__setitem__("c", 3))
    show(lambda: q.pop("b"))
    show(q.popitem)
    show(lambda: list(q.items()))
    show(lambda: q.setdefault("k"))
    show(lambda: q.setdefault("m", t))
    show(lambda: (q.get("zz"), q.get("zz", 1)))
    show(lambda: q.fromkeys(["a", "b"]))
    show(lambda: q.fromkeys(["a", "b"], t))
    show(lambda: q | {"t": t})
    show(lambda: {"t": t} | q)
    show(lambda: q.__ior__({"t": t}))
    show(lambda: (list(reversed(q)), len(q), "t" in q))
    show(q.copy)
    show(q.state_dict)
    show(lambda: q(3))
    show(q.keys)
    show(lambda: q | 3)
    show(lambda: q.__delitem__("x"))
    show(q.clear)
    show(lambda: q)
    show(lambda: nn.ParameterDict([("b", t), ("a", t)]).keys())
    show(lambda: nn.ParameterDict(OrderedDict(b=t, a=t)).keys())


@pytest.mark.parametrize("fn", CASES, ids=lambda fn: fn.__name__)
def test_same_as_torch(fn):
    compare(fn)
