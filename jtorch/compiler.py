"""`torch.compile` and `torch.compiler`: hints, because jtorch compiles every program that repeats
whether it is asked to or not. Nothing here computes or knows how programs are compiled.
"""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from ._autograd.modes import _ContextDecorator
from ._errors import no_attribute as _no_attribute
from ._errors import not_covered as _not_covered

__all__ = [
    "allow_in_graph", "assume_constant_result", "compile", "config", "cudagraph_mark_step_begin",
    "disable", "get_default_backend", "is_compiling", "is_dynamo_compiling", "is_exporting",
    "keep_portable_guards_unsafe", "keep_tensor_guards_unsafe", "list_backends",
    "load_cache_artifacts", "load_compiled_function", "nested_compile_region", "reset",
    "save_cache_artifacts", "set_default_backend", "set_enable_guard_collectives", "set_stance",
    "skip_all_guards_unsafe", "skip_guard_on_all_nn_modules_unsafe",
    "skip_guard_on_globals_unsafe", "skip_guard_on_inbuilt_nn_modules_unsafe",
    "substitute_in_graph", "wrap_numpy",
]  # fmt: skip

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
    if backend.__class__ is str and backend not in BACKENDS + DEBUG_BACKENDS:
        raise InvalidBackend(backend)
    if options is not None and (backend or get_default_backend()) == "inductor":
        _check_options(options)
    if model is None:
        return functools.partial(
            compile, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode,
            options=options, name=name, disable=disable,
        )  # fmt: skip
    if not callable(model):
        raise AssertionError(f"A callable function is expected, but {type(model)} is provided.")
    return model


@functools.cache
def _options() -> dict[str, str]:
    """The names of options, and the types of their values."""
    text = (pathlib.Path(__file__).parent / "compile_options.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return dict(entry.rsplit(":", 1) for line in lines for entry in line.split())


def _check_options(options: dict[str, Any]) -> None:
    """Unknown names, and values of other types than the option has, are refused."""
    known = _options()
    for key, value in options.items():
        name = key.replace("-", "_")
        if name not in known:
            raise RuntimeError(
                f"Unexpected optimization option {key}, known options are {list(known)}"
            )
        kinds = [kind.__name__ for kind in type(value).__mro__]
        if known[name] not in (*kinds, "any"):
            raise RuntimeError(
                f"Unexpected type of attr {key}, got {kinds[0]} should be {known[name]}"
            )


def list_backends(exclude_tags=("debug", "experimental")) -> list[str]:
    """The names that `backend` may have."""
    hidden = DEBUG_BACKENDS if "debug" in (exclude_tags or ()) else ()
    return sorted(name for name in BACKENDS + DEBUG_BACKENDS if name not in hidden)


def disable(fn=None, recursive: bool = True, *, reason: str | None = None):
    """Returns the function, as there is no compiler to keep out of it. Also `@disable()`."""
    return disable if fn is None else fn


def allow_in_graph(fn):
    """Returns the function (or functions): everything jtorch records is in the graph."""
    if isinstance(fn, (list, tuple)):
        return [allow_in_graph(each) for each in fn]
    if not callable(fn):
        raise AssertionError("allow_in_graph expects a callable")
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


# -- more hints, which change nothing either


config = SimpleNamespace(
    job_id=None, dynamic_sources="", unbacked_sources="", force_disable_caches=False
)
_chosen = {"backend": "inductor", "collectives": False}


def get_default_backend() -> str | Callable:
    """The backend of torch.compile(backend=None)."""
    return _chosen["backend"]


def set_default_backend(backend: str | Callable | None) -> None:
    """Another one; None for the first one again."""
    _chosen["backend"] = "inductor" if backend is None else backend


def set_enable_guard_collectives(enabled: bool) -> bool:
    """Remembered; returns what it was."""
    before, _chosen["collectives"] = _chosen["collectives"], enabled
    return before


class set_stance(_ContextDecorator):
    """Whether functions are compiled, at once or inside a `with`: remembered by name only."""

    current = "default"

    def __init__(
        self, stance: str = "default", *, skip_guard_eval_unsafe: bool = False, force_backend=None
    ):
        if force_backend is not None and stance != "default":
            raise RuntimeError("non-default stance cannot have force_backend set")
        self.stance, self.options = stance, (skip_guard_eval_unsafe, force_backend)
        self.before, set_stance.current = set_stance.current, stance

    def _again(self) -> set_stance:
        return set_stance(self.stance, force_backend=self.options[1])

    def __call__(self, func: Callable) -> Callable:
        set_stance.current = self.before
        return super().__call__(func)

    def __enter__(self) -> None:
        set_stance.current = self.stance

    def __exit__(self, *exc) -> None:
        set_stance.current = self.before


def nested_compile_region(fn=None, **options: Any):
    """Returns the function: what comes again is found again."""
    return nested_compile_region if fn is None else fn


def wrap_numpy(fn: Callable) -> Callable:
    """A function of ndarrays as one of tensors: it is called with NumPy's arrays, on the host."""
    raise _not_covered("torch.compiler.wrap_numpy")


def substitute_in_graph(original_fn: Callable, **options: Any) -> Callable:
    """A decorator that returns the function: no graph of Python is made for it to appear in."""
    return lambda traceable_fn: traceable_fn


def _no_guards(guard_entries) -> list[bool]:
    """False for each: there are no guards to keep or skip."""
    return [False for _ in guard_entries]


keep_portable_guards_unsafe = keep_tensor_guards_unsafe = skip_all_guards_unsafe = _no_guards
skip_guard_on_all_nn_modules_unsafe = skip_guard_on_globals_unsafe = _no_guards
skip_guard_on_inbuilt_nn_modules_unsafe = _no_guards


def save_cache_artifacts() -> None:
    """None: compiled programs are kept in JAX's own cache directory."""


def load_cache_artifacts(serialized_artifacts: bytes) -> None:
    """None, as there were none to save."""


def load_compiled_function(file, *, f_globals=None, external_data=None):
    raise _not_covered("torch.compiler.load_compiled_function")


def __getattr__(name: str):
    raise _no_attribute("torch.compiler", name)
