"""What the transformations refuse, and in which words; functional_call and stack_module_state."""

from __future__ import annotations


def _x(torch):
    return torch.tensor([0.5, -1.25, 2.0])


def _rows(torch):
    return torch.ones(4, 3)


def _with(call):
    """A program of torch.func, a vector and a matrix."""
    return lambda torch: call(torch.func, _x(torch), _rows(torch))


def _sin(x):
    return x.sin()


GRAD = {
    "vector": lambda F, x, X: F.grad(_sin)(x),
    "number": lambda F, x, X: F.grad(lambda x: 3)(x),
    "tuple": lambda F, x, X: F.grad(lambda x: (x.sum(), x))(x),
    "aux": lambda F, x, X: F.grad(lambda x: x.sum(), has_aux=True)(x),
    "aux_three": lambda F, x, X: F.grad(lambda x: (x.sum(), 1, 2), has_aux=True)(x),
    "aux_text": lambda F, x, X: F.grad(lambda x: (x.sum(), "a"), has_aux=True)(x),
    "argnums_large": lambda F, x, X: F.grad(lambda x: x.sum(), argnums=1)(x),
    "argnums_empty": lambda F, x, X: F.grad(lambda x: x.sum(), argnums=())(x),
    "argnums_float": lambda F, x, X: F.grad(lambda x: x.sum(), argnums=1.5)(x),
    "argnums_twice": lambda F, x, X: F.grad(lambda x, y: x.sum(), argnums=(0, 0))(x, x),
    "integers": lambda F, x, X: F.grad(lambda x: x.sum())(x.long()),
    "dict": lambda F, x, X: F.grad(lambda d: d["a"].sum())({"a": x, "b": x}),
    "list_with_number": lambda F, x, X: F.grad(lambda d: d[0].sum())([x, 2]),
    "list_with_none": lambda F, x, X: F.grad(lambda d: d[0].sum())([x, None]),
    "backward_inside": lambda F, x, X: F.grad(lambda x: x.sum().backward())(x),
    "requires_grad_inside": lambda F, x, X: F.grad(lambda x: x.clone().requires_grad_().sum())(x),
    "retain_grad_inside": lambda F, x, X: F.grad(lambda x: (x * 2).retain_grad())(x),
    "in_place_on_input": lambda F, x, X: F.grad(lambda x: x.sin_().sum())(x),
}
JVP = {
    "no_tuple": lambda F, x, X: F.jvp(_sin, x, (x,)),
    "no_tuple_of_tangents": lambda F, x, X: F.jvp(_sin, (x,), x),
    "empty": lambda F, x, X: F.jvp(_sin, (), ()),
    "length": lambda F, x, X: F.jvp(lambda x, y: x, (x, x), (x,)),
    "shape": lambda F, x, X: F.jvp(_sin, (x,), (X,)),
    "integers": lambda F, x, X: F.jvp(_sin, (x.long(),), (x.long(),)),
    "constant": lambda F, x, X: F.jvp(lambda x: X, (x,), (x,)),
    "constant_strict": lambda F, x, X: F.jvp(lambda x: X, (x,), (x,), strict=True),
    "returns_number": lambda F, x, X: F.jvp(lambda x: 1, (x,), (x,)),
    "returns_dict": lambda F, x, X: F.jvp(lambda x: {"a": x}, (x,), (x,)),
    "aux": lambda F, x, X: F.jvp(lambda x: (x, x * 2), (x,), (x,), has_aux=True),
    "aux_missing": lambda F, x, X: F.jvp(_sin, (x,), (x,), has_aux=True),
    "number": lambda F, x, X: F.jvp(_sin, (2.0,), (1.0,)),
}
VJP = {
    "number": lambda F, x, X: F.vjp(_sin, 2.0),
    "twice": lambda F, x, X: list(map(F.vjp(_sin, x)[1], (x, x))),
    "shape": lambda F, x, X: F.vjp(_sin, x)[1](X),
    "structure": lambda F, x, X: F.vjp(_sin, x)[1]((x, x)),
    "structure_short": lambda F, x, X: F.vjp(lambda x: (x, x), x)[1]((x,)),
    "structure_list": lambda F, x, X: F.vjp(lambda x: (x, x), x)[1]([x, x]),
    "cotangent_number": lambda F, x, X: F.vjp(_sin, x)[1](1.0),
    "returns_number": lambda F, x, X: F.vjp(lambda x: 1, x),
    "returns_nothing": lambda F, x, X: F.vjp(lambda x: (), x),
    "returns_none": lambda F, x, X: F.vjp(lambda x: None, x),
    "constant": lambda F, x, X: F.vjp(lambda x: X, x)[1](X),
    "aux_missing": lambda F, x, X: F.vjp(_sin, x, has_aux=True),
    "nested": lambda F, x, X: F.vjp(lambda d: {"o": d["a"] * 2}, {"a": x})[1]({"o": x}),
}
JACOBIANS = {
    "argnums": lambda F, x, X: F.jacrev(_sin, argnums=3)(x),
    "argnums_text": lambda F, x, X: F.jacrev(_sin, argnums="a")(x),
    "returns_number": lambda F, x, X: F.jacrev(lambda x: 1)(x),
    "chunk_zero": lambda F, x, X: F.jacrev(_sin, chunk_size=0)(x),
    "integers": lambda F, x, X: F.jacrev(_sin)(x.long()),
    "number": lambda F, x, X: F.jacrev(_sin)(2.0),
    "forward_returns_number": lambda F, x, X: F.jacfwd(lambda x: 1)(x),
    "forward_argnums": lambda F, x, X: F.jacfwd(_sin, argnums=3)(x),
    "forward_aux": lambda F, x, X: F.jacfwd(_sin, has_aux=True)(x),
    "forward_integers": lambda F, x, X: F.jacfwd(_sin)(x.long()),
    "forward_randomness": lambda F, x, X: F.jacfwd(_sin, randomness="zz")(x),
    "functionalize": lambda F, x, X: F.functionalize(lambda x: x.clone().add_(1))(x),
    "functionalize_what": lambda F, x, X: F.functionalize(_sin, remove="x")(x),
}
CASES = {
    f"{area}_{name}": _with(call)
    for area, table in (("grad", GRAD), ("jvp", JVP), ("vjp", VJP), ("jacobian", JACOBIANS))
    for name, call in table.items()
}


def _layer(torch):
    layer = torch.nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(6.0).reshape(2, 3))
        layer.bias.zero_()
    return layer


def _called(*args, **kwargs):
    """functional_call of a layer with arguments made of torch."""
    return lambda torch: torch.func.functional_call(
        _layer(torch),
        *[a(torch) if callable(a) else a for a in args],
        **{k: v(torch) if callable(v) else v for k, v in kwargs.items()},
    )


CASES |= {
    "call_both": _called(lambda torch: {"weight": _rows(torch)[:2], "bias": torch.ones(2)}, _x),
    "call_one": _called(lambda torch: {"weight": _rows(torch)[:2]}, _x),
    "call_unknown": _called(lambda torch: {"foo": _x(torch)}, _x),
    "call_strict_missing": _called(lambda torch: {"weight": _rows(torch)[:2]}, _x, strict=True),
    "call_two_dicts": _called(
        lambda torch: ({"weight": _rows(torch)[:2]}, {"bias": torch.ones(2)}), _x
    ),
    "call_repeated": _called(lambda torch: ({"weight": _x(torch)}, {"weight": _x(torch)}), _x),
    "call_number": _called(3, _x),
    "call_numbers": _called((1, 2), _x),
    "call_value": _called({"weight": 3}, _x),
    "call_keywords": _called({}, (), lambda torch: {"input": _x(torch)}),
}


def _stacked(make):
    return lambda torch: torch.func.stack_module_state(make(torch))


CASES |= {
    "stack_none": _stacked(lambda torch: []),
    "stack_kinds": _stacked(lambda torch: [torch.nn.Linear(3, 2), torch.nn.ReLU()]),
    "stack_modes": _stacked(lambda torch: [torch.nn.Linear(3, 2), torch.nn.Linear(3, 2).eval()]),
    "stack_norms": _stacked(lambda torch: [torch.nn.BatchNorm1d(3), torch.nn.BatchNorm1d(3)]),
}
