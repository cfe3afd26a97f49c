"""`torch.compile` and `torch.compiler`: hints, because jtorch compiles every program that repeats
whether it is asked to or not. Nothing here computes or knows how programs are compiled.
"""

from collections.abc import Callable
from typing import Any

__all__ = [
    "allow_in_graph",
    "assume_constant_result",
    "compile",
    "cudagraph_mark_step_begin",
    "disable",
    "is_compiling",
    "is_dynamo_compiling",
    "is_exporting",
    "list_backends",
    "reset",
]

MODES = (
    "default",
    "lite",
    "reduce-overhead",
    "max-autotune-no-cudagraphs",
    "max-autotune",
)
BACKENDS = ("cudagraphs", "inductor", "openxla", "tvm")
DEBUG_BACKENDS = ("aot_eager", "eager", "eager_debug", "eager_noexcept")

CALLABLE_BACKEND = """torch.compile(backend=<a callable>) is not covered by jtorch

Such a backend receives a torch.fx graph, and jtorch has none: it hands whole programs to XLA."""


class InvalidBackend(RuntimeError):
    """torch.compile was asked for a backend of an unknown name."""

    def __init__(self, name):
        super().__init__(
            f"Invalid backend: {name!r}, see `torch._dynamo.list_backends()` "
            "for available backends."
        )


def compile(
    model: Callable | None = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable | None = None,
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    name: str | None = None,
    disable: bool = False,
) -> Callable:
    """Checks its arguments as torch does and returns `model` itself.

    A training step is one XLA program in jtorch with or without this call, so every backend, mode
    and option asks for what happens anyway. A compiled Module is therefore the same object, and its
    state_dict has no `_orig_mod.` prefix.
    """
    if mode is not None and options is not None:
        raise RuntimeError(
            "Either mode or options can be specified, but both can't be specified at the same time."
        )
    if mode is not None and mode not in MODES:
        raise RuntimeError(f"Unrecognized mode={mode}, should be one of: {', '.join(MODES)}")
    if not isinstance(dynamic, (bool, type(None))):
        raise AssertionError(f"Expected enable to be a bool, got {type(dynamic)}")
    if callable(backend):
        raise NotImplementedError(CALLABLE_BACKEND)
    if backend is not None and backend not in BACKENDS + DEBUG_BACKENDS:
        raise InvalidBackend(backend)
    if model is None:
        return compile
    if not callable(model):
        raise AssertionError(f"A callable function is expected, but {type(model)} is provided.")
    return model


def list_backends(exclude_tags=("debug", "experimental")) -> list[str]:
    """The names that `backend` may have."""
    hidden = DEBUG_BACKENDS if "debug" in (exclude_tags or ()) else ()
    return sorted(name for name in BACKENDS + DEBUG_BACKENDS if name not in hidden)


def disable(fn=None, recursive: bool = True, *, reason: str | None = None):
    """Returns the function, as there is no compiler to keep out of it. Also `@disable()`."""
    return disable if fn is None else fn


def allow_in_graph(fn):
    """Returns the function (or functions): everything jtorch records is in the graph."""
    return fn


def assume_constant_result(fn):
    """Returns the function."""
    return fn


def reset() -> None:
    """Does nothing: programs are found by what they compute and never go stale."""


def cudagraph_mark_step_begin() -> None:
    """Does nothing: there are no CUDA graphs."""


def is_compiling() -> bool:
    """False: Python runs in full at every step."""
    return False


def is_dynamo_compiling() -> bool:
    """False."""
    return False


def is_exporting() -> bool:
    """False."""
    return False
