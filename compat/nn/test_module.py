"""Module beside real torch: registration, lookup, walks, conversion, copies, text and errors."""

import copy
import pickle

import pytest

from compat.nn._show import compare, net

CASES = []
case = CASES.append


@case
def assignment_errors(torch, show):
    m, b = torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)
    s = torch.nn.Sequential(m)
    show(lambda: setattr(m, "weight", torch.ones(2)))
    show(lambda: setattr(m, "weight", 3))
    show(lambda: setattr(s, "0", 3))
    show(lambda: setattr(s, "0", torch.ones(2)))
    show(lambda: setattr(b, "running_mean", 3))
    show(lambda: setattr(b, "running_mean", None))
    show(lambda: b.running_mean)
    show(lambda: setattr(m, "bias", None))
    show(lambda: m)
    show(lambda: m.nothing)
    show(lambda: delattr(m, "nothing"))
    show(lambda: delattr(m, "weight"))
    show(lambda: m.weight)


@case
def registration_errors(torch, show):
    m = torch.nn.Linear(2, 3)
    q = torch.nn.Parameter(torch.ones(2))
    for register in (m.register_buffer, m.register_parameter, m.add_module, m.register_module):
        for args in (
            ("a.b", None),
            ("", None),
            ("weight", None),
            ("training", None),
            ("x", 3),
            (3, None),
            (3, 3),
            ("x", torch.ones(2)),
            ("y", q * 2),
            ("ok", None),
        ):
            show(lambda register=register, args=args: register(*args))
    show(lambda: m.ok)


@case
def before_init(torch, show):
    class Bare(torch.nn.Module):
        def __init__(self):
            pass

    x, q = Bare(), torch.nn.Parameter(torch.ones(2))
    show(lambda: setattr(x, "p", q))
    show(lambda: setattr(x, "m", torch.nn.ReLU()))
    show(lambda: setattr(x, "b", torch.nn.Buffer(torch.ones(2))))
    show(lambda: x(3))
    show(lambda: x.register_buffer("a", None))
    show(lambda: x.register_parameter("a", None))
    show(lambda: x.foo)
    show(lambda: list(x.parameters()))
    show(lambda: setattr(x, "plain", 3))
    show(lambda: x.plain)


@case
def constructors(torch, show):
    class Empty(torch.nn.Module):
        pass

    show(Empty)
    show(lambda: Empty()(3))
    show(lambda: Empty(3))
    show(lambda: Empty(a=3))
    show(lambda: torch.nn.Module(1, 2))

    class Base:
        def __init__(self, a):
            self.a = a

    class Both(torch.nn.Module, Base):
        call_super_init = True

    show(lambda: Both(3).a)
    show(lambda: Both.__mro__[0].__name__)


@case
def lookup(torch, show):
    m = net(torch)
    for target in ("", "first", "second.1", "second.7", "first.weight", "nothing.at"):
        show(lambda target=target: m.get_submodule(target))
    for target in ("first.weight", "scale", "first.weighty", "first.training", "kept"):
        show(lambda target=target: m.get_parameter(target))
    for target in ("kept", "lost", "first.weight", "first.none", "nothing"):
        show(lambda target=target: m.get_buffer(target))
    relu = torch.nn.ReLU()
    for target, module, strict in (
        ("", relu, False),
        ("first.a", relu, False),
        ("b", relu, True),
        ("b", 3, False),
        ("c.b", relu, False),
        ("first.weight", relu, False),
        ("first.in_features.z", relu, False),
        ("second.0", torch.nn.Tanh(), True),
    ):
        show(
            lambda target=target, module=module, strict=strict: m.set_submodule(
                target, module, strict
            )
        )
    show(lambda: m)


@case
def walks(torch, show):
    m = net(torch)
    m.again = m.first
    m.shared = torch.nn.Linear(3, 1)
    m.shared.weight = m.second[1].weight
    m.nothing = None
    m.register_module("empty", None)
    for walk in ("parameters", "buffers", "modules"):
        for kwargs in (
            {},
            {"prefix": "p"},
            {"remove_duplicate": False},
            {"prefix": "p", "remove_duplicate": False},
        ):
            show(
                lambda walk=walk, kwargs=kwargs: [
                    name for name, _ in getattr(m, f"named_{walk}")(**kwargs)
                ]
            )
    show(lambda: [n for n, _ in m.named_parameters(recurse=False)])
    show(lambda: [n for n, _ in m.named_buffers(recurse=False)])
    show(lambda: [n for n, _ in m.named_children()])
    show(lambda: [type(c).__name__ for c in m.children()])
    show(lambda: [type(c).__name__ for c in m.modules()])
    show(lambda: (len(list(m.parameters())), len(list(m.buffers()))))
    seen = []
    m.apply(lambda module: seen.append(type(module).__name__))
    show(lambda: seen)


@case
def directory(torch, show):
    ours = {"ipu", "xpu", "mtia"}  # devices that no jtorch backend has
    m = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    show(lambda: [n for n in dir(m) if not n.startswith("_") and n not in ours])
    show(lambda: [n for n in dir(m[1]) if not n.startswith("_") and n not in ours])


@case
def modes(torch, show):
    m = net(torch)
    show(lambda: m.train(3))
    show(lambda: [x.training for x in m.eval().modules()])
    show(lambda: [x.training for x in m.train().modules()])
    show(lambda: [p.requires_grad for p in m.requires_grad_(False).parameters()])
    m.requires_grad_()
    m(torch.ones(1, 2)).sum().backward()
    show(lambda: m.scale.grad)
    m.zero_grad(set_to_none=False)
    show(lambda: m.scale.grad)
    m.zero_grad()
    show(lambda: m.scale.grad)


@case
def conversion(torch, show):
    m = net(torch)
    m.register_buffer("count", torch.tensor(3))
    before = m.scale
    m(torch.ones(1, 2)).sum().backward()
    show(lambda: m.double().scale)
    show(lambda: (m.scale is before, m.scale.grad.dtype, m.count.dtype, m.kept.dtype))
    show(lambda: m.to(torch.float16).kept)
    show(lambda: m.bfloat16().scale)
    show(lambda: m.half().scale.dtype)
    show(lambda: m.float().scale.dtype)
    show(lambda: m.type("torch.DoubleTensor").count.dtype)
    show(lambda: m.type("nothing"))
    show(lambda: m.to("cpu", torch.float32).scale.dtype)
    show(lambda: m.to(torch.ones(1).double()).scale.dtype)
    show(lambda: m.to("float16"))
    show(lambda: m.to(torch.int32))
    show(lambda: m.to(3, 4, 5, 6))
    show(lambda: m.to("cpu", copy=True))
    show(lambda: m.to([1]))
    show(lambda: m.to(foo=3))
    show(lambda: m.to(dtype=torch.float32, device="cpu").scale.dtype)
    show(lambda: m.to() is m)
    show(lambda: m.cpu() is m)
    show(lambda: m.to(torch.complex64).scale)


@case
def meta(torch, show):
    m = torch.nn.Linear(2, 3, device="meta")
    weight = m.weight
    show(lambda: weight)
    show(lambda: m(torch.ones(1, 2, device="meta")).shape)
    show(lambda: m.to("cpu"))
    show(lambda: m.to_empty(device="cpu").weight.shape)
    show(lambda: (m.weight is weight, m.weight.device, m.weight.requires_grad))
    m = torch.nn.Linear(2, 3)
    show(lambda: m.to("meta").weight)


@case
def compiling(torch, show):
    m = net(torch)
    show(lambda: m.compile(foo=3))


@case
def lazy(torch, show):
    nn = torch.nn
    show(
        lambda: (
            nn.LazyLinear(3),
            nn.LazyConv2d(4, 3),
            nn.LazyBatchNorm2d(),
            nn.LazyConv1d(2, 3, bias=False),
        )
    )
    m = nn.LazyLinear(3)
    show(lambda: m.weight)
    show(lambda: m.weight.shape)
    show(m.state_dict)
    show(m.has_uninitialized_params)
    m(torch.ones(2, 5))
    show(lambda: (m, m.weight.shape, type(m.weight).__name__, m.has_uninitialized_params))
    c = nn.LazyConv2d(4, 3)
    show(lambda: c(torch.ones(3)))
    show(lambda: c(torch.ones(1, 3, 5, 5)).shape)
    show(lambda: c)
    b = nn.LazyBatchNorm1d()
    show(lambda: b(torch.ones(2, 3)))
    show(lambda: b)
    other = nn.LazyLinear(3)
    show(lambda: other.load_state_dict(m.state_dict()))
    show(lambda: other.weight.shape)
    show(lambda: nn.Linear(5, 3).load_state_dict(nn.LazyLinear(3).state_dict()))


@case
def parameters(torch, show):
    nn = torch.nn
    t = torch.ones(2)
    p = nn.Parameter(t)
    show(lambda: (p, nn.Parameter(t, requires_grad=False), nn.Parameter()))
    show(lambda: nn.Parameter(torch.ones(2, dtype=torch.int64)))
    show(lambda: nn.Parameter(torch.ones(2, dtype=torch.int64), requires_grad=False))
    show(lambda: nn.Parameter([1.0]))
    p.data.add_(1)
    show(lambda: t)
    show(lambda: [type(x).__name__ for x in (p * 2, p.data, p.detach(), p.clone(), p[0])])
    show(lambda: [isinstance(x, nn.Parameter) for x in (p, t, p.data)])
    show(lambda: [isinstance(x, torch.Tensor) for x in (p, nn.Buffer(t))])
    show(lambda: [isinstance(x, nn.Buffer) for x in (p, t, nn.Buffer(t))])
    show(lambda: (copy.deepcopy(p), copy.copy(p)))
    show(lambda: pickle.loads(pickle.dumps(p)))
    show(lambda: (p.is_leaf, p.grad_fn, p.requires_grad))
    show(lambda: nn.Parameter(p).requires_grad)
    m = nn.Module()
    m.b = nn.Buffer(t)
    m.c = nn.Buffer(t, persistent=False)
    show(lambda: (list(m.state_dict()), [n for n, _ in m.named_buffers()]))
    m.b = torch.zeros(1)
    show(lambda: (m.b, [n for n, _ in m.named_buffers()]))


@case
def copies(torch, show):
    m = net(torch)
    m.first.weight.note = "kept"
    c = copy.deepcopy(m)
    show(lambda: [torch.equal(a, b) for a, b in zip(m.parameters(), c.parameters())])
    show(lambda: [a is b for a, b in zip(m.parameters(), c.parameters())])
    with torch.no_grad():
        c.scale.fill_(9)
    show(lambda: (m.scale, c.scale))
    shallow = copy.copy(m)
    show(lambda: shallow.scale is m.scale)
    s = pickle.loads(pickle.dumps(torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.ReLU())))
    show(lambda: s)
    tied = torch.nn.ModuleList([torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)])
    tied[1].weight = tied[0].weight
    again = copy.deepcopy(tied)
    show(lambda: again[1].weight is again[0].weight)


@pytest.mark.parametrize("fn", CASES, ids=lambda fn: fn.__name__)
def test_same_as_torch(fn):
    compare(fn)
