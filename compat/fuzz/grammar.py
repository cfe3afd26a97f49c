# ruff: noqa: E501 (tables of statements)
"""What the statements of a program may be. Every rule takes the Author, who picks operands among
the live tensors, and answers a statement or None where it does not apply. Knows nothing of jtorch.

A program is exact or smooth. Exact ones stay with small dyadic numbers, so that comparisons,
indices and rounding agree to the bit; smooth ones have transcendental functions and nothing discrete.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

NAMES = "abcdefghij"
SHAPES = [(2, 3), (2, 3), (2, 3), (3,), (3,), (2, 2), (), (2, 3, 2)]
FLOATS = ["float32"] * 6 + ["float64"]
DTYPES = ["float32"] * 12 + ["int64"] * 4 + ["bool", "float64", "float64", "int32", "bfloat16"]
DTYPES += ["complex64"]  # few, so that programs share what is compiled
Rule = Callable[["Any"], "str | None"]


# -- making tensors


def _numbers(at, dtype: str, shape) -> str:
    """An expression for a tensor of small numbers."""
    count = 1
    for n in shape:
        count *= n
    start = at.pick([-2, 0, 1])
    if dtype == "bool":
        return f"(torch.arange({count}) % {at.pick([2, 3])} == 0).reshape({shape})"
    text = f"torch.arange({max(start, 0) if dtype == 'uint8' else start}, {count} + {start}"
    if dtype == "uint8" and start < 0:
        text = f"torch.arange({count}"
    return f"{text}, dtype=torch.{dtype}).reshape({shape})"


def create(at) -> str:
    shape, dtype = at.pick(SHAPES), at.pick(DTYPES if not at.smooth else FLOATS)
    form = at.pick(["numbers", "numbers", "numbers", "full", "zeros", "ones", "clone"])
    made = {
        "numbers": _numbers(at, dtype, shape),
        "full": f"torch.full({shape}, {at.scalar()})",
        "zeros": f"torch.zeros({shape}, dtype=torch.{dtype})",
        "ones": f"torch.ones({shape}, dtype=torch.{dtype})",
        "clone": _numbers(at, dtype, shape) + ".clone()",
    }[form]
    if at.chance(0.5) and form != "full" and dtype[0] in "fbc" and dtype != "bool":
        made += at.pick([".clone().requires_grad_()", ".requires_grad_()"])
    return f"{at.new()} = {made}"


def copies(at) -> str:
    x = at.tensor()
    form = at.pick([
        "{x}.clone()", "torch.zeros_like({x})", "torch.empty_like({x}).fill_(2)", "{x}.new_ones(3)",
        "{x}.detach()", "{x}.detach().clone()", "{x}.contiguous()", "torch.full_like({x}, 2)",
        "torch.cat([{x}, {x}])", "torch.stack([{x}, {x}])", "{x}.repeat(2, 1)",
        "torch.tensor({x}.tolist())", "{x}.roll(1, 0)", "{x}.tril()",
    ])  # fmt: skip
    return f"{at.new()} = {form.format(x=x)}"


# -- views

_VIEWS = [
    "{x}.t()", "{x}.T", "{x}.transpose({d}, {e})", "{x}.unsqueeze({d})", "{x}.squeeze()", "{x}[{i}]",
    "{x}.squeeze({d})", "{x}.select({d}, {i})", "{x}.narrow({d}, {i}, 1)", "{x}[1:]", "{x}[..., ::2]",
    "{x}[:, 1:]", "{x}[None]", "{x}[..., {i}]", "{x}.flatten()", "{x}.reshape(-1)", "{x}.view(-1)",
    "{x}.reshape(3, -1)", "{x}.expand(2, *{x}.shape)", "{x}.diagonal()", "{x}.unfold({d}, 2, 1)",
    "{x}.unbind({d})[{i}]", "{x}.split(1, {d})[{i}]", "{x}.chunk(2, {d})[0]", "{x}.view({x}.shape)",
    "{x}.movedim({d}, {e})", "{x}.as_strided((2, 2), (2, 1))", "{x}.mT", "{x}.ravel()", "{x}.real",
    "{x}.unflatten({d}, (-1, 1))", "{x}.permute(*range({x}.ndim)[::-1])", "{x}[{i}:, {i}]",
    "{x}.view_as({x})", "{x}[...]", "{x}.tensor_split(2, {d})[0]",
    "{x}.swapaxes(0, -1)", "{x}.as_strided((3,), (1,), 1)",
]  # fmt: skip
_VIEWS_EXACT = [*_VIEWS, "{x}.view(torch.int32)", "{x}.view(torch.uint8)"]


def view(at) -> str:
    x = at.tensor()
    bits = not at.smooth and "bool" not in str(at.space[x].dtype)  # a bool is True or False here
    form = at.pick(_VIEWS_EXACT if bits else _VIEWS)
    return f"{at.new()} = {form.format(x=x, d=at.dim(), e=at.dim(), i=at.position())}"


def view_in_place(at) -> str:
    form = at.pick(["{x}.t_()", "{x}.unsqueeze_({d})", "{x}.squeeze_()", "{x}.transpose_(0, {d})"])
    return form.format(x=at.tensor(), d=at.dim())


# -- arithmetic

_BINARY = ["{x} + {y}", "{x} - {y}", "{x} * {y}", "torch.add({x}, {y}, alpha=2)", "{x}.mul({y})"]
_BINARY_EXACT = [
    "torch.maximum({x}, {x} * {y})", "{x} > {y}", "{x} == {y}", "{x} <= {y}", "{x} // 2", "{x} % 3",
    "torch.where({x} > 0, {x}, {y})", "{x} / 2", "{x} & {x}", "{x} ^ True", "{y} - {x}", "-{x} + {y}",
    "torch.minimum({x}, {x})", "{x} ** 2",
]  # fmt: skip
_BINARY_SMOOTH = [
    "{x} / 3",
    "{x} / ({y} ** 2 + 1)",
    "torch.lerp({x}, {x} + 1, 0.3)",
    "(2 ** {x}.sin()).contiguous() * 1",
]
_UNARY = ["-{x}", "{x}.neg()", "{x}.square()", "{x}.abs()", "{x} * 1", "{x}.clone()", "+{x}"]
_UNARY_EXACT = [
    "{x}.relu()", "{x}.sign()", "{x}.clamp(-1, 2)", "{x}.clamp(min=0)", "{x}.bool()", "~({x} > 1)",
    "{x}.double()", "{x}.to(torch.float32)", "{x}.round()", "{x}.floor()", "{x}.isnan()",
    "{x}.to(torch.bfloat16)", "{x}.to(torch.complex64)", "{x}.cumsum({d})", "{x}.logical_not()",
]  # fmt: skip
_UNARY_SMOOTH = [
    "{x}.sin()", "{x}.tanh()", "{x}.sigmoid()", "({x}.square() + 1).sqrt()", "(-{x}.abs()).exp()",
    "({x}.abs() + 1).log()", "{x}.softmax({d})", "{x}.cumsum({d})", "{x}.atan()", "{x}.double()",
]  # fmt: skip


def binary(at) -> str:
    forms = _BINARY + (_BINARY_SMOOTH if at.smooth else _BINARY_EXACT)
    x = at.tensor()
    return f"{at.new()} = {at.pick(forms).format(x=x, y=at.operand(x))}"


def unary(at) -> str:
    forms = _UNARY + (_UNARY_SMOOTH if at.smooth else _UNARY_EXACT)
    return f"{at.new()} = {at.pick(forms).format(x=at.tensor(), d=at.dim())}"


_REDUCTIONS = [
    "{x}.sum()", "{x}.sum({d})", "{x}.sum({d}, keepdim=True)", "{x}.sum(({d},))", "{x}.prod({d})",
    "{x}.sum(dtype=torch.float64)", "torch.sum({x} * {x})",
]  # fmt: skip
_REDUCTIONS_EXACT = [
    "{x}.max()", "{x}.min({d})[0]", "{x}.max({d}).values", "{x}.argmax({d})", "{x}.any()", "{x}.all({d})",
    "{x}.amax({d})", "{x}.sort({d})[0]", "torch.unique({x})", "{x}.nonzero()", "{x}.count_nonzero()",
    "{x}.cummax({d})[0]",
]  # fmt: skip
_REDUCTIONS_SMOOTH = [
    "{x}.mean()",
    "{x}.mean({d})",
    "{x}.var({d}, correction=0)",
    "{x}.logsumexp({d})",
]


def reduction(at) -> str:
    forms = _REDUCTIONS + (_REDUCTIONS_SMOOTH if at.smooth else _REDUCTIONS_EXACT)
    return f"{at.new()} = {at.pick(forms).format(x=at.tensor(), d=at.dim())}"


def matmul(at) -> str:
    x = at.tensor()
    form = at.pick(
        [
            "{x} @ {x}.mT",
            "torch.matmul({x}, {x}.transpose(-1, -2))",
            "{x}.dot({x})",
            "torch.einsum('...i,...i->...', {x}, {x}).clone()",
        ]
    )
    return f"{at.new()} = {form.format(x=x)}"


# -- changing tensors in place

_IN_PLACE = [
    "{x}.add_({y})", "{x}.mul_({y})", "{x}.sub_({y}, alpha=2)", "{x} += {y}", "{x} *= {y}", "{x} -= {y}",
    "{x}.copy_({y})", "{x}.zero_()", "{x}.fill_({s})", "{x}.neg_()", "{x}.square_()", "{x}.copy_({z})",
    "torch.mul({x}, {s}, out={x})", "{x}.fill_({z})", "torch.neg({x}, out={x})",
]  # fmt: skip
_IN_PLACE_EXACT = [
    "{x}.clamp_(min=0)", "{x}.relu_()", "{x}.abs_()", "{x} //= 2",
    "{x}.div_(2)", "{x} /= 2", "{x}.round_()", "{x}.clamp_(-1, 2)", "{x}.floor_()",
]  # fmt: skip
_IN_PLACE_SMOOTH = [
    "{x}.sin_()",
    "{x}.tanh_()",
    "{x}.sigmoid_()",
    "{x}.div_(3)",
    "{x}.addcmul_({x}, {z})",
]


def in_place(at) -> str:
    forms = _IN_PLACE + (_IN_PLACE_SMOOTH if at.smooth else _IN_PLACE_EXACT)
    x = at.target()
    words = dict(x=x, y=at.operand(x), z=at.apart(x), s=at.scalar(), d=at.dim())
    return at.pick(forms).format(**words)


def expanded(at) -> str | None:
    """Writes to what is expanded that torch refuses; `zero_`, `fill_` and indexed ones it makes."""
    shared = [n for n, x in at.live().items() if 0 in x.stride() and x.numel() > 1]
    form = at.pick(["{x}.add_(1)", "{x} *= 2", "{x}.neg_()", "{x}.copy_({y})", "{x}.square_()"])
    return form.format(x=at.pick(shared), y=at.tensor()) if shared else None


_INDICES = [
    "{i}", "-1", "...", ":", "1:", "::2", ":1", "..., {i}", ":, 1:", "None", "{i}, {i}", "..., None",
    "[0, 1]", "[1]", ":, [0, 1]", "torch.tensor([1, 0])", "torch.tensor({i})", "..., [1, 0]",
    "[0, 1], [1, 0]", "True", "..., 1:, 0", ":, None, 1:", "torch.tensor([], dtype=torch.long)",
]  # fmt: skip
_MASKS = ["{x} > 0", "{x} == {x}", "{x} < 2", "({x} > 0).nonzero()[:, 0]"]


def _index(at, x: str) -> str:
    if not at.smooth and at.chance(0.25):
        return at.pick(_MASKS[:3]).format(x=x)
    if min(at.space[x].shape, default=0) < 2:  # out of range: torch may have written some already
        return at.pick([k for k in _INDICES if "[" not in k]).format(i=at.position())
    return at.pick(_INDICES).format(i=at.position())


def get_item(at) -> str:
    x = at.tensor()
    return f"{at.new()} = {x}[{_index(at, x)}]"


_ITEM_FORMS = [
    "{x}[{k}] += {v}", "{x}[{k}] *= {v}", "{x}[{k}].mul_({v})", "{x}.masked_fill_({x} > 1, 0)",
]  # fmt: skip


def set_item(at) -> str | None:
    x = at.target()
    value = at.pick([at.scalar(), at.scalar(), at.apart(x), f"{at.tensor()}.sum()"])
    form = at.pick(["{x}[{k}] = {v}"] * 4 + _ITEM_FORMS)
    return form.format(x=x, k=_index(at, x), v=value)


_GATHERING = [
    "{n} = {x}.index_select({d}, torch.tensor([1, 0]))", "{n} = {x}.gather(0, torch.zeros_like({x}, dtype=torch.long))",
    "{x}.index_add_({d}, torch.tensor([0]), {x}.narrow({d}, 0, 1))", "{n} = torch.take({x}, torch.tensor([0, -1]))",
    "{x}.index_fill_({d}, torch.tensor([0]), 3)", "{x}.scatter_(0, torch.zeros_like({x}, dtype=torch.long)[:1], 7)",
    "{n} = {x}.masked_fill({x} == 0, 1)", "{x}.index_copy_({d}, torch.tensor([1]), {x}.narrow({d}, 0, 1))",
    "{x}.masked_fill_(torch.ones_like({x}, dtype=torch.bool), 2)",
]  # fmt: skip


def gathering(at) -> str:
    return at.pick(_GATHERING).format(n=at.new(), x=at.target(), d=at.dim())


# -- autograd

_LOSSES = ["{x}.sum()", "({x} * {x}).sum()", "({x} * {z}).sum()", "({x} * 3 + {z}).sum()", "{x}"]


def backward(at) -> str:
    loss = at.pick(_LOSSES).format(x=at.tensor("grad"), z=at.tensor("grad"))
    more = at.pick(["", "", "retain_graph=True", "retain_graph=True", f"torch.ones_like({loss})"])
    return f"{loss}.backward({more})"


_AUTOGRAD = [
    "{x}.requires_grad_()", "{x}.requires_grad_(False)", "{x}.grad = None", "{x}.grad.zero_()",
    "{x}.detach_()", "{x}.retain_grad()", "{n} = {x}.grad.clone()", "{x}.grad.add_(1)",
    "{n} = torch.autograd.grad(({x} * {x}).sum(), [{x}], retain_graph=True)[0].clone()",
    "{n} = torch.autograd.grad(({z} * {x}).sum(), {x}, create_graph=True)[0].clone()",
    "{n} = torch.autograd.grad({z}.sum(), {x})[0].clone()",
    "{x}.register_hook(lambda g: g * 2)", "{x}.grad = {z}.detach()",
]  # fmt: skip


def autograd(at) -> str:
    form = at.pick(_AUTOGRAD)
    return form.format(x=at.tensor("grad"), z=at.tensor("grad"), n=at.new())


def without_grad(at) -> str | None:
    statement = at.pick([in_place, set_item, view, binary, in_place])(at)
    mode = at.pick(["no_grad", "no_grad", "no_grad", "enable_grad"])
    return f"with torch.{mode}(): {statement}" if statement else None


# -- what a script does besides

_PEEKS = [
    "{x}.tolist()",
    "{x}.sum().item()",
    "float({x}.sum())",
    "repr({x})",
    "{x}.numpy()",
    "bool({x}.any())",
]


def peek(at) -> str:
    """Somebody looks at one tensor."""
    return f"peeked = {at.pick(_PEEKS[:-2] + _PEEKS[-1:]).format(x=at.tensor())}"


def forget(at) -> str | None:
    return f"del {at.tensor()}" if len(at.live()) > 4 else None


def rename(at) -> str:
    return f"{at.new()} = {at.tensor()}"


def look(at) -> str:
    return "look()"


RULES: list[tuple[Rule, int]] = [
    (create, 10), (copies, 6), (view, 20), (view_in_place, 2), (binary, 14), (unary, 8),
    (reduction, 8), (matmul, 2), (in_place, 18), (get_item, 8), (set_item, 12), (gathering, 3),
    (expanded, 2), (backward, 10), (autograd, 7), (without_grad, 7), (peek, 4), (forget, 3), (rename, 1), (look, 5),
]  # fmt: skip
WEIGHTED = [rule for rule, weight in RULES for _ in range(weight)]
