"""autograd.forward_ad, autograd.Function inside transformations, gradients of batches of "
"cotangents."""

from __future__ import annotations


def _x(torch):
    return torch.tensor([0.5, -1.25, 2.0])


def _batch(torch):
    return torch.linspace(-1.5, 2.0, 12).reshape(4, 3)


def _level(call):
    """call(forward_ad, x, torch) inside a dual level."""

    def program(torch):
        fw = torch.autograd.forward_ad
        with fw.dual_level():
            return call(fw, _x(torch), torch)

    return program


CASES = {
    "dual": _level(lambda fw, x, torch: tuple(fw.unpack_dual(fw.make_dual(x, x) * 2))),
    "plain": _level(lambda fw, x, torch: tuple(fw.unpack_dual(x))),
    "integers": _level(lambda fw, x, torch: fw.make_dual(x.long(), x.long())),
    "integer_tangent": _level(lambda fw, x, torch: fw.make_dual(x, x.long())),
    "shape": _level(lambda fw, x, torch: fw.make_dual(x, x[:2])),
    "detach": _level(lambda fw, x, torch: tuple(fw.unpack_dual(fw.make_dual(x, x).detach()))),
    "twice": _level(lambda fw, x, torch: fw.make_dual(fw.make_dual(x, x), x)),
    "item": _level(lambda fw, x, torch: fw.make_dual(x, x)[0].item()),
    "numpy": _level(lambda fw, x, torch: fw.make_dual(x, x).numpy()),
    "no_grad": _level(
        lambda fw, x, torch: torch.no_grad()(lambda y: tuple(fw.unpack_dual(y * y)))(
            fw.make_dual(x, x)
        )
    ),
    "vmap_inside": _level(
        lambda fw, x, torch: tuple(
            fw.unpack_dual(torch.vmap(lambda y: y.sin() * 2)(fw.make_dual(x, x)))
        )
    ),
    "grad_inside": _level(
        lambda fw, x, torch: tuple(
            fw.unpack_dual(torch.func.grad(lambda y: y.sin().sum())(fw.make_dual(x, x)))
        )
    ),
    "no_level": lambda torch: torch.autograd.forward_ad.make_dual(_x(torch), _x(torch)),
    "unpack_without_level": lambda torch: tuple(torch.autograd.forward_ad.unpack_dual(_x(torch))),
    "exit_without_level": lambda torch: torch.autograd.forward_ad.exit_dual_level(),
}


def nested_levels(torch):
    fw = torch.autograd.forward_ad
    try:
        with fw.dual_level(), fw.dual_level():
            return None
    finally:
        fw.exit_dual_level()


def decorator(torch):
    fw = torch.autograd.forward_ad

    @fw.dual_level()
    def slope(x):
        return fw.unpack_dual(fw.make_dual(x, x).exp()).tangent

    return slope(_x(torch))


def after_the_level(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        dual = fw.make_dual(_x(torch), _x(torch))
    with fw.dual_level():
        return tuple(fw.unpack_dual(dual * 2))


def in_place(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        y = torch.ones(3)
        y.mul_(fw.make_dual(_x(torch), torch.ones(3)))
        return tuple(fw.unpack_dual(y))


def backward_of_a_tangent(torch):
    fw = torch.autograd.forward_ad
    w = torch.ones(3, requires_grad=True)
    with fw.dual_level():
        y = (fw.make_dual(_x(torch), w).sin() * w).sum()
        primal, tangent = fw.unpack_dual(y)
        (g,) = torch.autograd.grad(tangent, w)
        return [primal.detach(), tangent.detach(), g]


def tangent_of_a_gradient(torch):
    fw = torch.autograd.forward_ad
    w = _x(torch).requires_grad_()
    with fw.dual_level():
        y = (fw.make_dual(w, torch.ones(3)) ** 3).sum()
        (g,) = torch.autograd.grad(y, w, create_graph=True)
        return [part.detach() for part in fw.unpack_dual(g)]


def module(torch):
    fw = torch.autograd.forward_ad
    layer = torch.nn.Linear(3, 2)
    with torch.no_grad():
        for p in layer.parameters():
            p.fill_(0.5)
    with fw.dual_level():
        duals = {n: fw.make_dual(p, torch.ones_like(p)) for n, p in layer.named_parameters()}
        out = torch.func.functional_call(layer, duals, (_x(torch),))
        return fw.unpack_dual(out).tangent.detach()


# -- Functions


def _functions(torch):
    class Old(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, k):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2, None

    class Plain(torch.autograd.Function):
        @staticmethod
        def forward(x, k):
            return x * x * k

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0])
            ctx.save_for_forward(inputs[0])
            ctx.k = inputs[1]

        @staticmethod
        def backward(ctx, g):
            return g * 2 * ctx.k * ctx.saved_tensors[0], None

        @staticmethod
        def jvp(ctx, t, _):
            return t * 2 * ctx.k * ctx.saved_tensors[0]

    class Generated(Plain):
        generate_vmap_rule = True

    class Own(Plain):
        @staticmethod
        def vmap(info, in_dims, x, k):
            print(info.batch_size, info.randomness, in_dims[1])
            return Own.apply(x, k), in_dims[0]

    return {"Old": Old, "Plain": Plain, "Generated": Generated, "Own": Own}


USES = {
    "grad": lambda F, f, x, X: F.grad(lambda x: f(x).sum())(x),
    "second": lambda F, f, x, X: F.grad(lambda x: F.grad(lambda x: f(x).sum())(x).sum())(x),
    "vmap": lambda F, f, x, X: F.vmap(f)(X),
    "vmap_grad": lambda F, f, x, X: F.vmap(F.grad(lambda x: f(x).sum()))(X),
    "jvp": lambda F, f, x, X: F.jvp(f, (x,), (x,)),
    "jacrev": lambda F, f, x, X: F.jacrev(f)(x),
}
MORE = {
    "jacfwd": lambda F, f, x, X: F.jacfwd(f)(x),
    "hessian": lambda F, f, x, X: F.hessian(lambda x: f(x).sum())(x),
}


def _use(kind, call):
    def program(torch):
        function = _functions(torch)[kind]
        f = lambda x: function.apply(x, 2)  # noqa: E731
        return call(torch.func, f, _x(torch), _batch(torch))

    return program


CASES |= {
    f"{kind}_{name}": _use(kind, call)
    for kind in ("Old", "Plain", "Generated", "Own")
    for name, call in (USES | (MORE if kind == "Generated" else {})).items()
}
CASES |= {
    "batched_cotangents": lambda torch: _batched_grad(torch, torch.eye(3)),
}


def _batched_grad(torch, rows):
    w = _x(torch).requires_grad_()
    return torch.autograd.grad(w * w, w, rows, is_grads_batched=True)
