"""torch.library: operators of one's own, their kernels by key, their gradients."""

from typing import NamedTuple

import pytest

import jtorch as torch
from jtorch import library


@pytest.fixture
def lib():
    made = library.Library("mine", "DEF")
    yield made
    made._destroy()
    torch.ops.mine._packets.clear()


def scaled(x: torch.Tensor, k: float = 2.0) -> torch.Tensor:
    return x * k


# -- custom_op


def test_custom_op_is_called_by_its_name():
    op = library.custom_op("mine::scaled", scaled, mutates_args=())
    x = torch.ones(3)
    assert torch.equal(op(x), x * 2) and torch.equal(torch.ops.mine.scaled(x, 3.0), x * 3)
    assert torch.ops.mine.scaled.default is op._opoverload
    assert (
        str(torch.ops.mine.scaled.default._schema) == "mine::scaled(Tensor x, float k=2.) -> Tensor"
    )
    assert repr(op) == "<CustomOpDef(mine::scaled)>"


def test_custom_op_as_decorator_with_a_formula():
    @library.custom_op("mine::half", mutates_args=())
    def half(x: torch.Tensor, parts: list[torch.Tensor]) -> tuple[torch.Tensor, int]:
        return x / 2 + sum(parts), 7

    def setup_context(ctx, inputs, output):
        ctx.count = len(inputs[1])

    def backward(ctx, grad, _):
        return grad / 2, [grad * (k + 1) for k in range(ctx.count)]

    x, a, b = (torch.ones(2, requires_grad=True) for _ in range(3))
    with pytest.raises(RuntimeError, match="Trying to backward through mine.half.default but no"):
        half(x, [a, b])[0].sum().backward()
    half.register_autograd(backward, setup_context=setup_context)
    out, number = half(x, [a, b])
    assert number == 7 and type(out.grad_fn).__name__ == (
        "GeneratedBackwardFor_mine_half_defaultBackward"
    )
    out.sum().backward()
    assert [g.grad.tolist() for g in (x, a, b)] == [[0.5, 0.5], [1, 1], [2, 2]]


def test_custom_op_on_meta():
    op = library.custom_op("mine::rows", scaled, mutates_args=())
    x = torch.ones(2, 3, device="meta")
    with pytest.raises(RuntimeError, match="There was no fake impl registered for <CustomOpDef"):
        op(x)
    op.register_fake(lambda x, k=2.0: x.new_empty(5))
    assert op(x).shape == (5,) and op(x).is_meta


def test_custom_op_may_not_return_its_input():
    @library.custom_op("mine::same", mutates_args=())
    def same(x: torch.Tensor) -> torch.Tensor:
        return x

    with pytest.raises(RuntimeError, match="must not also be an input"):
        same(torch.ones(1))


def test_custom_op_that_writes():
    @library.custom_op("mine::fill", mutates_args=("x",))
    def fill(x: torch.Tensor, value: float) -> None:
        x.fill_(value)

    x = torch.zeros(2)
    assert fill(x, 3.0) is None and x.tolist() == [3, 3]
    assert str(fill._opoverload._schema) == "mine::fill(Tensor(a0!) x, float value) -> ()"
    with pytest.raises(RuntimeError, match="Cannot register autograd formula for non-functional"):
        fill.register_autograd(lambda ctx, g: g)


# -- Library


def test_define_and_impl(lib):
    assert lib.define("f(Tensor x, int n=3, *, float s=1.0) -> Tensor") == "f"
    with pytest.raises(NotImplementedError, match="Could not run 'mine::f' with arguments from"):
        torch.ops.mine.f(torch.ones(1))
    lib.impl("f", lambda x, n=3, *, s=1.0: x * n * s, "CPU")
    x = torch.ones(2, requires_grad=True)
    torch.ops.mine.f(x, s=2).sum().backward()
    assert x.grad.tolist() == [6, 6]
    with pytest.raises(RuntimeError, match="multiple times"):
        lib.define("f(Tensor x) -> Tensor")
    with pytest.raises(NotImplementedError, match="there was no fake impl or Meta kernel"):
        torch.ops.mine.f(torch.ones(1, device="meta"))
    with pytest.raises(RuntimeError, match="already a kernel registered"):
        lib.impl("f", lambda x: x, "CPU")


@pytest.mark.parametrize(
    "args, kwargs, text",
    [
        (
            (),
            {},
            r"mine::f\(\) is missing value for argument 'x'. Declaration: mine::f\(Tensor x, ",
        ),
        (
            ("a",),
            {},
            "Expected a value of type 'Tensor' for argument 'x' but instead found type 's",
        ),
        ((torch.ones(1), 1, 2), {}, r"takes 2 positional argument\(s\) but 3 was/were given"),
        ((torch.ones(1),), {"z": 1}, "Unknown keyword argument 'z' for operator 'mine::f'."),
    ],
)
def test_calls_that_do_not_fit(lib, args, kwargs, text):
    lib.define("f(Tensor x, int n=3) -> Tensor")
    with pytest.raises(RuntimeError, match=text):
        torch.ops.mine.f(*args, **kwargs)


def test_overloads(lib):
    lib.define("g.Tensor(Tensor x, Tensor y) -> Tensor")
    lib.define("g.Scalar(Tensor x, Scalar y) -> Tensor")
    lib.impl("g.Tensor", lambda x, y: x + y, "CPU")
    lib.impl("g.Scalar", lambda x, y: x * y, "CPU")
    packet = torch.ops.mine.g
    assert packet.overloads() == ["Tensor", "Scalar"]
    assert packet(torch.ones(1), torch.ones(1)).item() == 2
    assert packet(torch.ones(1), "not a tensor" and 5).item() == 5


def test_autograd_and_autocast_keys(lib):
    seen = []
    lib.define("h(Tensor x) -> Tensor")

    def wrapping(x):
        seen.append("autograd")
        with torch._C._AutoDispatchBelowAutograd():
            return torch.ops.mine.h(x)

    def casting(x):
        seen.append("autocast")
        keys = torch._C.DispatchKeySet(torch._C.DispatchKey.AutocastCPU)
        with torch._C._ExcludeDispatchKeyGuard(keys):
            return torch.ops.mine.h(x.double())

    lib.impl("h", lambda x: x + 1, "CPU")
    lib.impl("h", wrapping, "Autograd")
    lib.impl("h", casting, "AutocastCPU")
    torch.ops.mine.h(torch.ones(1))
    with torch.autocast("cpu"):
        assert torch.ops.mine.h(torch.ones(1)).dtype == torch.float64
    assert seen == ["autograd", "autocast", "autograd"]


def test_register_functions(lib):
    library.define("mine::k", "(Tensor x) -> Tensor", lib=lib)
    library.impl("mine::k", "cpu")(lambda x: x * 4)
    library.register_fake("mine::k")(lambda x: x.new_empty(x.shape))
    library.register_autocast("mine::k", "cpu", torch.float64)
    x = torch.ones(2)
    assert torch.ops.mine.k(x).tolist() == [4, 4]
    assert torch.ops.mine.k(x.to("meta")).is_meta
    with torch.autocast("cpu"):
        assert torch.ops.mine.k(x).dtype == torch.float64
    assert library.get_kernel("mine::k", "CPU")(x).tolist() == [4, 4]
    with pytest.raises(RuntimeError, match="operator mine::nothing does not exist"):
        library.register_fake("mine::nothing", lambda x: x)


def test_kinds_of_library(lib):
    with pytest.raises(RuntimeError, match="Only a single TORCH_LIBRARY can be used"):
        library.Library("mine", "DEF")
    with pytest.raises(ValueError, match="Unsupported kind: X"):
        library.Library("other", "X")
    with pytest.raises(RuntimeError, match="could not parse dispatch key"):
        lib.define("m(Tensor x) -> Tensor")
        lib.impl("m", lambda x: x, "Nowhere")


# -- infer_schema


def typed(
    a: torch.Tensor, b: list[int], d: float | None = None, e: str = "x", f: bool = True,
    *, g: torch.dtype = torch.float32, h: list[torch.Tensor] | None = None,
) -> tuple[torch.Tensor, int]:  # fmt: skip
    raise NotImplementedError


class Case(NamedTuple):
    written: tuple
    schema: str


@pytest.mark.parametrize(
    "case",
    [
        Case((), '(Tensor a, SymInt[] b, float? d=None, str e="x", bool f=True, *, '
                 "ScalarType g=float32, Tensor[]? h=None) -> (Tensor, SymInt)"),
        Case(("a",), '(Tensor(a0!) a, SymInt[] b, float? d=None, str e="x", bool f=True, *, '
                     "ScalarType g=float32, Tensor[]? h=None) -> (Tensor, SymInt)"),
    ],
)  # fmt: skip
def test_infer_schema(case):
    assert library.infer_schema(typed, mutates_args=case.written) == case.schema


def test_infer_schema_refuses():
    def bare(x):
        return x

    def odd(x: dict) -> torch.Tensor:
        raise NotImplementedError

    with pytest.raises(ValueError, match="Parameter x must have a type annotation"):
        library.infer_schema(bare, mutates_args=())
    with pytest.raises(ValueError, match="Parameter x has unsupported type"):
        library.infer_schema(odd, mutates_args=())
    with pytest.raises(ValueError, match="were not found in the custom op's signature"):
        library.infer_schema(scaled, mutates_args=("y",))
