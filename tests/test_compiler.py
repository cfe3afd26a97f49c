"""torch.compile and torch.compiler: hints that check their arguments and change nothing."""

import pytest

import jtorch as torch


def test_compile_returns_what_it_is_given():
    model = torch.nn.Linear(2, 3)
    assert torch.compile(model) is model
    assert torch.compile(model, mode="max-autotune", fullgraph=True, dynamic=False) is model
    assert torch.compile(model, backend="inductor", options={"epilogue_fusion": True}) is model

    @torch.compile
    def f(x):
        return x + 1

    @torch.compile(mode="reduce-overhead")
    def g(x):
        return f(x) * 2

    assert g(torch.ones(2)).tolist() == [4.0, 4.0]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"mode": "fast"}, RuntimeError, "Unrecognized mode=fast, should be one of: default, "),
        ({"mode": "default", "options": {}}, RuntimeError, "Either mode or options"),
        ({"backend": "fast"}, RuntimeError, "Invalid backend: 'fast', see"),
        ({"backend": print}, NotImplementedError, "backend=<a callable>"),
        ({"dynamic": "x"}, AssertionError, "Expected enable to be a bool"),
        ({"speed": 11}, TypeError, "speed"),
    ],
)
def test_compile_checks_its_arguments(arguments, error, words):
    with pytest.raises(error, match=words):
        torch.compile(lambda x: x, **arguments)


def test_compile_wants_something_to_call():
    with pytest.raises(AssertionError, match="A callable function is expected, but <class 'int'>"):
        torch.compile(3)


def test_decorators_leave_functions_alone():
    def f():
        pass

    compiler = torch.compiler
    assert compiler.disable(f) is f and compiler.disable(recursive=False)(f) is f
    assert compiler.allow_in_graph(f) is f and compiler.assume_constant_result(f) is f
    assert not (compiler.is_compiling() or compiler.is_exporting() or compiler.reset())
    assert compiler.list_backends() == ["cudagraphs", "inductor", "openxla", "tvm"]
    assert "eager" in compiler.list_backends(None)
