"""torch.compile: what it accepts and what it refuses; the helpers of torch.compiler."""

from __future__ import annotations


def _f(x):
    return x + 1


def _compiled(*args, **kwargs):
    """Whether torch.compile(f, ...) takes these arguments."""
    return lambda torch: callable(torch.compile(*(args or (_f,)), **kwargs))


CASES = {
    "function": lambda torch: torch.compile(_f, backend="eager")(torch.ones(2)),
    "decorator": lambda torch: torch.compile(backend="eager", fullgraph=True)(_f)(torch.ones(2)),
    "mode": _compiled(mode="x"),
    "mode_number": _compiled(mode=3),
    "mode_and_options": _compiled(mode="default", options={}),
    "option_type": _compiled(options={"epilogue_fusion": 3}),
    "option_none": _compiled(options={"max_autotune": None}),
    "option_float": _compiled(options={"cpu_gpu_bw": 1}),
    "options": _compiled(options={"max_autotune": True, "triton.cudagraphs": False}),
    "option_with_dash": _compiled(options={"max-autotune": True}),
    "options_number": _compiled(options=3),
    "options_of_eager": _compiled(options={"foo": 1}, backend="eager"),
    "backend": _compiled(backend="x"),
    "backend_number": _compiled(backend=3),
    "dynamic": _compiled(dynamic="x"),
    "dynamic_number": _compiled(dynamic=3),
    "number": _compiled(3),
    "unknown": _compiled(foo=1),
    "disabled": lambda torch: torch.compile(_f, disable=True) is _f,
    "module_compile": lambda torch: torch.nn.Linear(2, 2).compile(backend="eager", dynamic=False),
    "module_compile_mode": lambda torch: torch.nn.Linear(2, 2).compile(mode="x"),
    "is_compiling": lambda torch: [
        torch.compiler.is_compiling(),
        torch.compiler.is_dynamo_compiling(),
        torch.compiler.is_exporting(),
        torch.compiler.reset(),
    ],
    "disable": lambda torch: [
        torch.compiler.disable(_f)(1),
        torch.compiler.disable(_f, recursive=False, reason="x")(1),
        torch.compiler.disable()(_f)(1),
    ],
    "allow_in_graph": lambda torch: torch.compiler.allow_in_graph(_f) is _f,
    "allow_in_graph_number": lambda torch: torch.compiler.allow_in_graph(3),
    "constant": lambda torch: torch.compiler.assume_constant_result(_f)(1),
    "region": lambda torch: torch.compiler.nested_compile_region(_f)(1),
    "backends": lambda torch: torch.compiler.list_backends(),
    "guards": lambda torch: torch.compiler.skip_all_guards_unsafe([1, 2]),
    "stance": lambda torch: torch.compiler.set_stance("force_eager")(_f)(1),
}


def default_backend(torch):
    seen = [torch.compiler.get_default_backend()]
    torch.compiler.set_default_backend("eager")
    seen.append(torch.compiler.get_default_backend())
    torch.compiler.set_default_backend(None)
    return [*seen, torch.compiler.get_default_backend()]
