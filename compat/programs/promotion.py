"""Result dtypes: tensors with tensors, 0-d tensors and numbers, across the dtypes."""

from __future__ import annotations

from ._outcome import error

NAMES = (
    "bool", "uint8", "int8", "int16", "int32", "int64",
    "float16", "bfloat16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
NUMBERS = {"true": True, "int": 2, "float": 1.5, "complex": 1 + 2j}


def _half_complex(a, b):
    """float16 with complex gives complex32, which JAX lacks: one program is about that."""
    kinds = {a, b} if isinstance(b, str) else {a, "complex64" if isinstance(b, complex) else ""}
    return "float16" in kinds and bool(kinds & {"complex64", "complex128"})


PAIRS = [(a, b) for a in NAMES for b in NAMES if not _half_complex(a, b)]


def _ones(torch, name, shape=(2,)):
    return torch.ones(shape, dtype=getattr(torch, name))


def _table(op, left=(2,), right=(2,)):
    """Dtypes of op over all pairs."""

    def program(torch):
        return [
            error(
                lambda a=a, b=b: str(op(torch)(_ones(torch, a, left), _ones(torch, b, right)).dtype)
            )
            for a, b in PAIRS
        ]

    return program


def _with_number(op, number, shape=(2,), swap=False):
    def program(torch):
        f = op(torch)
        ones = [_ones(torch, a, shape) for a in NAMES if not _half_complex(a, number)]
        return [
            error(lambda a=a: str((f(number, a) if swap else f(a, number)).dtype)) for a in ones
        ]

    return program


def _operator(name):
    return lambda torch: getattr(torch, name)


CASES = {
    f"{name}_{kind}": _table(_operator(name), *shapes)
    for name in ("add", "mul", "div", "floor_divide", "pow", "eq", "maximum", "where_like")
    if name != "where_like"
    for kind, shapes in {
        "dims": ((2,), (2,)),
        "dims_0d": ((2,), ()),
        "0d_dims": ((), (2,)),
        "0d_0d": ((), ()),
    }.items()
}
CASES |= {
    f"{name}_{(shape and 'dims') or '0d'}_{kind}{'_swapped' if swap else ''}": _with_number(
        _operator(name), number, shape, swap
    )
    for name in ("add", "mul", "div", "pow")
    for kind, number in NUMBERS.items()
    for shape in ((2,), ())
    for swap in (False, True)
    if not (swap and name != "pow")
}
CASES |= {
    f"unary_{name}": (
        lambda torch, name=name: [
            error(lambda a=a: str(getattr(torch, name)(_ones(torch, a)).dtype)) for a in NAMES
        ]
    )
    for name in (
        "sin",
        "sqrt",
        "exp",
        "abs",
        "neg",
        "sum",
        "mean",
        "prod",
        "round",
        "sign",
    )
}


def where_pairs(torch):
    c = torch.tensor([True, False])
    return [str(torch.where(c, _ones(torch, a), _ones(torch, b)).dtype) for a, b in PAIRS]


def where_numbers(torch):
    c = torch.tensor([True, False])
    return [
        str(torch.where(c, _ones(torch, a), n).dtype)
        for a in NAMES
        for n in NUMBERS.values()
        if not _half_complex(a, n)
    ]


def where_0d(torch):
    c = torch.tensor([True, False])
    return [str(torch.where(c, _ones(torch, a), _ones(torch, b, ())).dtype) for a, b in PAIRS]


def cat_pairs(torch):
    return [str(torch.cat([_ones(torch, a), _ones(torch, b)]).dtype) for a, b in PAIRS]


def stack_pairs(torch):
    return [str(torch.stack([_ones(torch, a), _ones(torch, b)]).dtype) for a, b in PAIRS]


def result_type_table(torch):
    return [
        str(torch.result_type(_ones(torch, a, s), _ones(torch, b)))
        for s in ((2,), ())
        for a, b in PAIRS
    ]


def promote_types_table(torch):
    return [str(torch.promote_types(getattr(torch, a), getattr(torch, b))) for a, b in PAIRS]


def can_cast_table(torch):
    return [torch.can_cast(getattr(torch, a), getattr(torch, b)) for a, b in PAIRS]


def default_dtype_double(torch):
    torch.set_default_dtype(torch.float64)
    return [
        torch.tensor(1.5),
        torch.ones(2),
        torch.arange(3) / 2,
        torch.tensor([1, 2]) * 1.5,
        torch.tensor(1j),
    ]


def default_dtype_numbers(torch):
    torch.set_default_dtype(torch.float64)
    return [torch.ones(2, dtype=torch.float32) * 1.5, torch.ones(2, dtype=torch.int32) + 0.5]


def integer_division_by_number(torch):
    x = torch.tensor([7, -7, 3])
    return [x / 2, x // 2, x % 3, -x // 2, x % -3, 7 // x, 7 % x, 2 / x]


def float_floor_and_modulo(torch):
    x = torch.tensor([7.5, -7.5, 0.0])
    return [x // 2, x % 2, x % -2, torch.fmod(x, 2), torch.remainder(x, -2), torch.trunc(x / 2)]


def integer_zero_division_raises(torch):
    return torch.tensor([1, 2]) // torch.tensor([0, 1])


def pow_negative_integer_raises(torch):
    return torch.tensor([2, 3]) ** -1


def integer_overflow_wraps(torch):
    return [
        torch.tensor([200], dtype=torch.uint8) + 100,
        torch.tensor([127], dtype=torch.int8) + 1,
        torch.tensor([2**31 - 1], dtype=torch.int32) + 1,
        torch.tensor([2**62]) * 4,
    ]


def uint8_plus_negative(torch):
    return torch.tensor([1, 2], dtype=torch.uint8) + -3


def bool_arithmetic(torch):
    a, b = torch.tensor([True, False]), torch.tensor([True, True])
    return [a + b, a * b, a & b, a | b, a ^ b, ~a, error(lambda: a - b), error(lambda: -a)]


def bool_with_numbers(torch):
    a = torch.tensor([True, False])
    return [a + 1, a * 2.5, a + True, a & True, a == 1, a < 2]


def comparison_across_dtypes(torch):
    a = torch.tensor([1, 2, 3], dtype=torch.uint8)
    return [a == 2.0, a < 2.5, a > -1, a != torch.tensor([1.0, 2.5, 3.0]), a >= torch.tensor(2)]


def scalar_tensor_stays_weak(torch):
    return [
        torch.ones(2, dtype=torch.float16) * torch.tensor(2.0, dtype=torch.float64),
        torch.ones(2, dtype=torch.int8) + torch.tensor(300),
        torch.ones(2, dtype=torch.int32) * torch.tensor(0.5, dtype=torch.float64),
    ]


def python_operators_reflected(torch):
    x = torch.tensor([1.0, 2.0, 4.0])
    return [1 - x, 2 / x, 2**x, 5 // x, 5 % x, 1 + x, 3 * x, abs(-x), -x, +x]


def bitwise_operators(torch):
    x = torch.tensor([5, 6], dtype=torch.int32)
    return [x & 3, x | 8, x ^ 1, ~x, x << 2, x >> 1, 1 << x, error(lambda: x & 1.5)]


def matmul_dtype_mismatch_raises(torch):
    return torch.ones(2, 2) @ torch.ones(2, 2, dtype=torch.float64)


def mean_of_integers_raises(torch):
    return torch.arange(3).mean()


def sum_keeps_or_widens(torch):
    return [_ones(torch, n).sum() for n in NAMES]


def sum_with_dtype(torch):
    x = torch.ones(3, dtype=torch.int32)
    return [
        x.sum(dtype=torch.float32),
        x.sum(dtype=torch.int8),
        torch.ones(2).sum(dtype=torch.int64),
    ]


def true_divide_rounding_modes(torch):
    a, b = torch.tensor([7, -7]), torch.tensor([2, 2])
    return [torch.div(a, b, rounding_mode=m) for m in (None, "trunc", "floor")]


def type_as_and_to(torch):
    x = torch.tensor([1.7, -1.7])
    return [x.to(torch.int32), x.type_as(torch.tensor(1)), x.long(), x.bool(), x.half(), x.to(x)]


def to_same_dtype_is_self(torch):
    x = torch.ones(2)
    return [
        x.to(torch.float32) is x,
        x.float() is x,
        x.to(torch.float32, copy=True) is x,
        x.double() is x,
    ]


def casting_complex_warns(torch):
    return torch.tensor([1 + 2j]).to(torch.float32)


def float_to_int_truncates(torch):
    return torch.tensor([1.9, -1.9, 0.5]).to(torch.int64)


def clamp_promotes(torch):
    x = torch.tensor([1, 5, 9])
    return [
        x.clamp(2, 6),
        x.clamp(2.5, 6),
        x.clamp(min=3),
        x.clamp(torch.tensor(2), torch.tensor(6)),
    ]


def linspace_arange_dtypes(torch):
    return [
        torch.arange(3),
        torch.arange(3.0),
        torch.arange(0, 1, 0.25),
        torch.linspace(0, 1, 3),
        torch.full((2,), 1),
        torch.full((2,), True),
        torch.full((2,), 1.0),
    ]


def float16_with_complex(torch):
    return torch.ones(2, dtype=torch.float16) * 1j


def missing_argument_raises(torch):
    torch.cumsum(torch.ones(2))
