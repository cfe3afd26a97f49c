"""torch.jit: decorators pass through, probes say no, files and traces are refused."""

import typing

import pytest

import jtorch as torch


def test_decorators_leave_functions_and_classes_alone():
    def f(x):
        return x

    class Point(typing.NamedTuple):
        x: int

    jit = torch.jit
    for decorator in (jit.script, jit.ignore, jit.unused, jit.export, jit.script_if_tracing):
        assert decorator(f) is f
    assert jit.ignore()(f) is f and jit.ignore(drop=True)(f) is f
    assert jit._overload(f) is f and jit._overload_method(f) is f
    assert jit.script(Point) is Point and jit.interface(Point) is Point
    assert jit.annotate(typing.List[int], []) == []  # noqa: UP006


def test_probes():
    assert not torch.jit.is_scripting() and not torch.jit.is_tracing()
    assert not isinstance(torch.nn.Linear(1, 1), torch.jit.ScriptModule)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (1, int, True),
        (1, (str, int), True),
        ([1, 2], list[int], True),
        ([1, "a"], list[int], False),
        ({"a": 1}, dict[str, int], True),
        ({"a": "b"}, dict[str, int], False),
        ((1, "a"), tuple[int, str], True),
        ((1,), tuple[int, str], False),
        (None, typing.Optional[int], True),  # noqa: UP045
        ("a", list[str], False),
    ],
)
def test_isinstance_looks_into_containers(value, kind, expected):
    assert torch.jit.isinstance(value, kind) is expected


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("trace", (len, [])),
        ("save", (None, "f")),
        ("load", ("f",)),
        ("freeze", (None,)),
        ("script", (object(),)),
        ("ScriptModule", ()),
    ],
)
def test_what_needs_torchscript_is_refused_by_name(name, arguments):
    with pytest.raises(NotImplementedError, match=rf"torch\.jit\.{name}"):
        getattr(torch.jit, name)(*arguments)
