"""autograd.functional: every function, in its modes, and what it refuses."""

from __future__ import annotations


def _x(torch):
    return torch.tensor([0.5, -1.25, 2.0])


def _f(x):
    return x.sin() * x.cos()


def _two(x, y):
    return (x * y).sum(), x.exp()


def _number(x, y=None):
    return (x**3).sum() if y is None else (x * x * y).sum()


def _case(name, *args, **kwargs):
    """A program that calls autograd.functional.`name`; "x" stands for a vector, "X" for a "
    "matrix."""

    def program(torch):
        values = {"x": _x(torch), "X": torch.ones(4, 3), "1": torch.tensor(1.5)}

        def real(a):
            if isinstance(a, (tuple, list)):
                return type(a)(map(real, a))
            return values.get(a, a) if isinstance(a, str) else a

        return getattr(torch.autograd.functional, name)(*map(real, args), **kwargs)

    return program


PAIR = ("x", "x")
CASES = {}
for v in (False, True):
    how = "_vectorized" if v else ""
    CASES |= {
        f"jacobian{how}": _case("jacobian", _f, "x", vectorize=v),
        f"jacobian_graph{how}": _case("jacobian", _f, "x", create_graph=True, vectorize=v),
        f"jacobian_pair{how}": _case("jacobian", _two, PAIR, vectorize=v),
        f"jacobian_strict{how}": _case("jacobian", _two, PAIR, strict=True, vectorize=v),
        f"jacobian_forward_strict{how}": _case(
            "jacobian", _two, PAIR, strict=True, vectorize=v, strategy="forward-mode"
        ),
        f"jacobian_forward_graph{how}": _case(
            "jacobian", _f, "x", create_graph=True, vectorize=v, strategy="forward-mode"
        ),
        f"jacobian_forward{how}": _case("jacobian", _f, "x", vectorize=v, strategy="forward-mode"),
        f"hessian{how}": _case("hessian", _number, "x", vectorize=v),
        f"hessian_pair{how}": _case("hessian", _number, PAIR, vectorize=v),
        f"hessian_strict{how}": _case("hessian", _number, "x", strict=True, vectorize=v),
    }
CASES |= {
    "jacobian_strategy": _case("jacobian", _f, "x", strategy="x"),
    "jacobian_constant": _case("jacobian", lambda x: x.detach(), "x"),
    "jacobian_constant_strict": _case("jacobian", lambda x: x.detach(), "x", strict=True),
    "jacobian_unused_strict": _case("jacobian", lambda x, y: x * 2, PAIR, strict=True),
    "hessian_linear_strict": _case("hessian", lambda x: x.sum(), "x", strict=True),
    "hessian_unused_strict": _case("hessian", lambda x, y: _number(x), PAIR, strict=True),
    "hessian_vector": _case("hessian", _f, "x"),
    "hessian_tuple": _case("hessian", lambda x: (x, x), "x"),
    "hessian_forward": _case(
        "hessian", _number, "x", vectorize=True, outer_jacobian_strategy="forward-mode"
    ),
}
for name, pair in (("vjp", ("1", "x")), ("jvp", PAIR)):
    CASES |= {
        name: _case(name, _f, "x", "x"),
        f"{name}_pair": _case(name, _two, PAIR, pair),
        f"{name}_graph": _case(name, _f, "x", "x", create_graph=True),
        f"{name}_no_vector": _case(name, _f, "x"),
        f"{name}_of_a_number": _case(name, lambda x: x * 2, "1"),
        f"{name}_shape": _case(name, _f, "x", "X"),
        f"{name}_length": _case(name, _f, "x", PAIR),
        f"{name}_constant": _case(name, lambda x: x.detach(), "x", "x"),
        f"{name}_constant_strict": _case(name, lambda x: x.detach(), "x", "x", strict=True),
        f"{name}_unused_strict": _case(
            name, lambda x, y: x * 2, PAIR, "x" if name == "vjp" else PAIR, strict=True
        ),
        f"{name}_list": _case(name, _f, ["x"], "x"),
        f"{name}_returns_number": _case(name, lambda x: 1, "x", "x"),
        f"{name}_of_int": _case(name, _f, 1, "x"),
    }
for name in ("hvp", "vhp"):
    CASES |= {
        name: _case(name, _number, "x", "x"),
        f"{name}_pair": _case(name, _number, PAIR, PAIR),
        f"{name}_graph": _case(name, _number, "x", "x", create_graph=True),
        f"{name}_no_vector": _case(name, _number, "x"),
        f"{name}_shape": _case(name, _number, "x", "X"),
        f"{name}_vector": _case(name, _f, "x", "x"),
        f"{name}_linear": _case(name, lambda x: x.sum(), "x", "x"),
        f"{name}_linear_strict": _case(name, lambda x: x.sum(), "x", "x", strict=True),
        f"{name}_unused_strict": _case(name, lambda x, y: _number(x), PAIR, PAIR, strict=True),
    }
