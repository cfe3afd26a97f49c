"""`torch.jit`: its decorators, which leave plain Python as it is, and its probes, which say that no
script is running. There is no TorchScript here: what would make, read or write a script raises.
"""

import builtins
import typing
from collections.abc import Callable
from inspect import isclass, isroutine

from .. import _errors
from . import annotations as annotations

__all__ = [
    "Final",
    "ScriptFunction",
    "ScriptModule",
    "annotate",
    "export",
    "freeze",
    "ignore",
    "interface",
    "is_scripting",
    "is_tracing",
    "isinstance",
    "load",
    "optimize_for_inference",
    "save",
    "script",
    "script_if_tracing",
    "trace",
    "trace_module",
    "unused",
]

Final = typing.Final


class ScriptFunction:
    """A scripted function. There are none: the class exists for `isinstance`."""


class ScriptModule:
    """A scripted module. There are none: the class exists for `isinstance`."""

    def __init__(self, *args, **kwargs):
        raise _errors.not_covered("torch.jit.ScriptModule")


RecursiveScriptModule = ScriptModule


# -- decorators --


def script(obj, optimize=None, _frames_up=0, _rcb=None, example_inputs=None):
    """Returns a function or a class as it is: a scripted function computes what the plain one does.

    A module is refused, because what is scripted of it is its file format.
    """
    if isroutine(obj) or isclass(obj):
        return obj
    raise _errors.not_covered("torch.jit.script of a module")


def script_if_tracing(fn: Callable) -> Callable:
    """Returns the function: nothing is ever traced."""
    return fn


_script_if_tracing = script_if_tracing


def ignore(drop=False, **kwargs):
    """Returns the function. As `@ignore`, `@ignore()` and `@ignore(drop=True)`."""
    return drop if callable(drop) else _unchanged


def unused(fn: Callable) -> Callable:
    """Returns the function."""
    return fn


def export(fn: Callable) -> Callable:
    """Returns the function."""
    return fn


def interface(obj):
    """Returns the class."""
    return obj


def _unchanged(fn):
    return fn


def _overload(func):
    return func


def _overload_method(func):
    return func


def annotate(the_type, the_value):
    """Returns the value: the type is for TorchScript's compiler."""
    return the_value


# -- probes --


def is_scripting() -> bool:
    """False: there is no TorchScript."""
    return False


def is_tracing() -> bool:
    """False: there is no TorchScript."""
    return False


def isinstance(obj, target_type) -> bool:
    """Whether the object is of the type, which may be a container such as `list[Tensor]`, of which
    every element is looked at.
    """
    origin, arguments = typing.get_origin(target_type), typing.get_args(target_type)
    if builtins.isinstance(target_type, tuple):
        return any(isinstance(obj, one) for one in target_type)
    if origin is None:
        return builtins.isinstance(obj, target_type)
    if origin is typing.Union:
        return any(isinstance(obj, one) for one in arguments)
    if not builtins.isinstance(obj, origin):
        return False
    if origin is dict:
        key, value = arguments
        return all(isinstance(k, key) and isinstance(v, value) for k, v in obj.items())
    if origin is tuple:
        return len(obj) == len(arguments) and all(map(isinstance, obj, arguments))
    return all(isinstance(element, arguments[0]) for element in obj)


# -- what needs TorchScript --


def trace(func, *args, **kwargs):
    """Not covered."""
    raise _errors.not_covered("torch.jit.trace")


def trace_module(mod, *args, **kwargs):
    """Not covered."""
    raise _errors.not_covered("torch.jit.trace_module")


def freeze(mod, *args, **kwargs):
    """Not covered."""
    raise _errors.not_covered("torch.jit.freeze")


def optimize_for_inference(mod, *args, **kwargs):
    """Not covered."""
    raise _errors.not_covered("torch.jit.optimize_for_inference")


def save(m, f, *args, **kwargs):
    """Not covered."""
    raise _errors.not_covered("torch.jit.save")


def load(f, *args, **kwargs):
    """Not covered."""
    raise _errors.not_covered("torch.jit.load")
