"""torch.func: grad, vjp, jvp, Jacobians, in each other and under backward()."""

from __future__ import annotations


def _x(torch):
    return torch.tensor([0.5, -1.25, 2.0])


def _batch(torch):
    return torch.linspace(-1.5, 2.0, 12).reshape(4, 3)


def _f(x):
    return (x.sin() * x).sum()


NESTS = {
    "grad": lambda F, f=_f: F.grad(f),
    "grad_and_value": lambda F, f=_f: F.grad_and_value(f),
    "jacrev": lambda F, f=_f: F.jacrev(lambda x: x.sin() * x.sum()),
    "jacfwd": lambda F, f=_f: F.jacfwd(lambda x: x.sin() * x.sum()),
    "jacrev_chunks": lambda F, f=_f: F.jacrev(lambda x: x.sin() * x.sum(), chunk_size=2),
    "hessian": lambda F, f=_f: F.hessian(f),
    "jacfwd_jacfwd": lambda F, f=_f: F.jacfwd(F.jacfwd(f)),
    "jacrev_jacfwd": lambda F, f=_f: F.jacrev(F.jacfwd(f)),
    "jacrev_jacrev": lambda F, f=_f: F.jacrev(F.jacrev(f)),
    "third": lambda F, f=_f: F.jacfwd(F.jacrev(F.grad(f))),
    "grad_of_grad": lambda F, f=_f: F.grad(lambda x: F.grad(f)(x).pow(2).sum()),
    "jvp_of_grad": lambda F, f=_f: lambda x: F.jvp(F.grad(f), (x,), (x.cos(),)),
    "grad_of_jvp": lambda F, f=_f: F.grad(lambda x: F.jvp(f, (x,), (x.cos(),))[1]),
    "vjp_of_jvp": lambda F, f=_f: (
        lambda x: F.vjp(lambda y: F.jvp(f, (y,), (x,)), x)[1]((x[0], x[1]))
    ),
    "jvp_of_jvp": lambda F, f=_f: (
        lambda x: F.jvp(lambda y: F.jvp(lambda z: (z**3).sum(), (y,), (x,))[1], (x,), (x * 2,))
    ),
    "linearize": lambda F, f=_f: lambda x: F.linearize(lambda y: y.sin() * y, x)[1](x),
}


def _case(make):
    return lambda torch: make(torch.func)(_x(torch))


def _batched_case(make):
    return lambda torch: torch.func.vmap(make(torch.func))(_batch(torch))


def _backward_case(make):
    """The transformation of a function with a captured leaf, and backward() through it."""

    def program(torch):
        w = torch.tensor([1.0, 0.5, -0.75], requires_grad=True)
        out = make(torch.func, lambda x: ((x * w).sin() * x).sum())(_x(torch))
        parts = out if isinstance(out, tuple) else (out,)
        total = sum(p.sin().sum() for p in parts)
        if total.requires_grad:
            total.backward()
        return [*parts, w.grad]

    return program


CASES = {f"plain_{name}": _case(make) for name, make in NESTS.items()}
CASES |= {
    f"batched_{name}": _batched_case(make) for name, make in NESTS.items() if name != "linearize"
}
CASES |= {
    f"backward_{name}": _backward_case(make)
    for name, make in NESTS.items()
    if name not in ("jacrev", "jacfwd", "jacrev_chunks", "jvp_of_jvp", "linearize")
}
CASES |= {
    "grad_of_vmap": lambda torch: torch.func.grad(lambda X: torch.vmap(_f)(X).sum())(_batch(torch)),
    "jacrev_of_vmap": lambda torch: torch.func.jacrev(torch.vmap(_f))(_batch(torch)),
    "jacfwd_of_vmap": lambda torch: torch.func.jacfwd(torch.vmap(_f))(_batch(torch)),
    "vmap_of_jacrev_of_vmap": lambda torch: torch.vmap(
        torch.func.jacrev(torch.vmap(torch.sin)), in_dims=1
    )(_batch(torch).reshape(2, 2, 3)),
    "argnums": lambda torch: torch.func.grad(lambda x, y: (x * y * y).sum(), argnums=(0, 1))(
        _x(torch), _x(torch)
    ),
    "argnums_negative": lambda torch: torch.func.jacrev(lambda x, y: x * y * y, argnums=-1)(
        _x(torch), _x(torch)
    ),
    "hessian_argnums": lambda torch: torch.func.hessian(
        lambda x, y: (x * y * y).sum(), argnums=(0, 1)
    )(_x(torch), _x(torch)),
    "has_aux": lambda torch: torch.func.grad(lambda x: (x.sum(), x * 2), has_aux=True)(_x(torch)),
    "jacfwd_aux": lambda torch: torch.func.jacfwd(lambda x: (x * x, x * 2), has_aux=True)(
        _x(torch)
    ),
    "nested_in_and_out": lambda torch: torch.func.jacrev(
        lambda d: {"o": d["a"] * d["b"][0], "p": [d["a"].sum()]}
    )({"a": _x(torch), "b": (_x(torch),)}),
    "unused": lambda torch: torch.func.grad(lambda x, y: x.sum(), argnums=1)(_x(torch), _x(torch)),
    "constant_jacfwd": lambda torch: torch.func.jacfwd(lambda x: torch.ones(2))(_x(torch)),
    "complex": lambda torch: torch.func.grad(lambda z: (z * z.conj() * z).abs().sum())(
        torch.tensor([1 + 2j, 0.5 - 1j])
    ),
    "complex_jvp": lambda torch: torch.func.jvp(
        lambda z: z.exp() * z.abs(), (torch.tensor([1 + 2j]),), (torch.tensor([0.5 + 1j]),)
    ),
    "double": lambda torch: torch.func.hessian(lambda x: x.exp().prod())(_x(torch).double()),
    "in_place_inside": lambda torch: torch.func.grad(_writes)(_x(torch)),
    "in_place_jvp": lambda torch: torch.func.jvp(_writes, (_x(torch),), (_x(torch),)),
    "detach": lambda torch: torch.func.grad(lambda x: (x.detach() * x).sum())(_x(torch)),
    "detach_jvp": lambda torch: torch.func.jvp(
        lambda x: x.detach() * x, (_x(torch),), (_x(torch),)
    ),
    "no_grad_inside": lambda torch: torch.func.grad(
        lambda x: (x * torch.no_grad()(lambda y: y * y)(x)).sum()
    )(_x(torch)),
    "no_grad_outside": lambda torch: torch.no_grad()(torch.func.grad(_f))(
        _x(torch).requires_grad_()
    ),
    "input_requires_grad": lambda torch: torch.func.grad(_f)(_x(torch).requires_grad_()).detach(),
    "ties_and_kinks": lambda torch: torch.func.jvp(
        lambda x: x.relu() + x.abs() + x.clamp(0, 1) + torch.nn.functional.softplus(x),
        (_x(torch),),
        (_x(torch),),
    ),
    "reductions": lambda torch: torch.func.jvp(
        lambda x: x.max() * x.min() + x.sort()[0][1] + x.median() + x.topk(2)[0].sum(),
        (_x(torch),),
        (_x(torch),),
    ),
}


def _writes(x):
    y = x.clone()
    y[0] = 5
    y.mul_(x)
    y[1:].add_(x[:2])
    return y.sum()


def backward_through_input(torch):
    x = _x(torch).requires_grad_()
    g = torch.func.grad(_f)(x)
    g.sum().backward()
    return [g.detach(), x.grad]


def per_sample_gradients(torch):
    weight, bias = torch.ones(2, 3) / 2, torch.zeros(2)
    layer = torch.nn.Linear(3, 2)

    def loss(params, x):
        return torch.func.functional_call(layer, params, (x,)).pow(2).sum()

    params = {"weight": weight, "bias": bias}
    return torch.vmap(torch.func.grad(loss), in_dims=(None, 0))(params, _batch(torch))


def hessian_with_captured_weights(torch):
    w = torch.tensor([1.0, 0.5, -0.75], requires_grad=True)
    h = torch.func.hessian(lambda x: (x * w).sin().sum())(_x(torch))
    h.cos().sum().backward()
    return [h.detach(), w.grad]


def ensemble(torch):
    torch.manual_seed(3)
    models = [torch.nn.Linear(3, 2) for _ in range(3)]
    params, buffers = torch.func.stack_module_state(models)

    def call(params, buffers, x):
        return torch.func.functional_call(models[0], (params, buffers), (x,))

    out = torch.vmap(call, in_dims=(0, 0, None))(params, buffers, _x(torch))
    out.sum().backward()
    return [out.detach(), params["weight"].grad]


def gradients_of_a_gradient_penalty(torch):
    layer = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    with torch.no_grad():
        for k, p in enumerate(layer.parameters()):
            p.copy_(torch.linspace(-1, 1, p.numel()).reshape(p.shape) * (k + 1))
    slopes = torch.vmap(torch.func.grad(lambda x: layer(x).sum()))(_batch(torch))
    (slopes.norm(dim=1) - 1).pow(2).mean().backward()
    return [p.grad for p in layer.parameters()]


def rearranged(torch):
    x = torch.arange(24.0).reshape(2, 12)
    f = torch.func.rearrange
    return [
        f(x, "b (h w) -> w h b", h=3),
        f(x, "... c -> c ..."),
        f(x, "b c -> (b c)"),
        f([x, x], "n b c -> b (n c)"),
        f(x, "a b -> b 1 a"),
    ]
