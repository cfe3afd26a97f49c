"""Symbolic tracing: a module's forward is run on proxies, and what it does to them is the graph.
While it runs, calls of modules, functions of torch's namespaces and wrapped functions are replaced
by ones that look for proxies among their arguments.
"""

from __future__ import annotations

import functools
import inspect
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

from .. import fft, linalg, nn, special
from .._tensor import Tensor
from ..nn import functional
from .graph import Graph
from .graph_module import GraphModule
from .node import NAMES, map_aggregate
from .proxy import ParameterProxy, Proxy, TracerBase

PACKAGE = sys.modules[__name__.partition(".")[0]]
SPACES = {
    "torch": PACKAGE, "torch.nn.functional": functional, "torch.linalg": linalg,
    "torch.fft": fft, "torch.special": special,
}  # fmt: skip
# Functions that answer for what they are given, or that no tensor goes into.
NOT_TRACED = frozenset({"is_tensor", "compile", "manual_seed", "set_grad_enabled", "vmap"})

_wrapped: dict[tuple[int, str], dict[str, Any]] = {}  # globals of modules that asked, by name


def wrap(fn_or_name: Any) -> Any:
    """Called at the top level of a module, or as a decorator there: calls of that function from the
    module become steps of their own and are not looked into. Returns what it was given.
    """
    if not callable(fn_or_name) and not isinstance(fn_or_name, str):
        raise RuntimeError(
            "Unsupported type for global function! Must be either a callable or string name"
        )
    name = fn_or_name if isinstance(fn_or_name, str) else fn_or_name.__name__
    frame = sys._getframe(1)
    if frame.f_code.co_name != "<module>":
        raise NotImplementedError("wrap must be called at the top level of a module")
    _wrapped[id(frame.f_globals), name] = frame.f_globals
    return fn_or_name


def _recording(fn: Callable) -> Callable:
    """The function, or a step of the graph where it is given a proxy."""

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        proxy = _first_proxy(args, kwargs)
        if proxy is None:
            return fn(*args, **kwargs)
        return proxy.tracer.create_proxy("call_function", fn, args, kwargs)

    return call


def _first_proxy(*given: Any) -> Proxy | None:
    found: list[Proxy] = []
    map_aggregate(given, lambda x: found.append(x) if isinstance(x, Proxy) else None)
    return found[0] if found else None


class _Patches:
    """Names that mean something else until they are put back."""

    def __init__(self):
        self._undo: list[tuple[Any, str, Any]] = []
        self.seen: set[int] = set()

    def attribute(self, owner: Any, name: str, value: Any) -> None:
        self._undo.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    def entry(self, names: dict[str, Any], name: str, value: Any) -> None:
        self._undo.append((names, name, names[name]))
        names[name] = value

    def undo(self) -> None:
        while self._undo:
            owner, name, value = self._undo.pop()
            if isinstance(owner, dict):
                owner[name] = value
            else:
                setattr(owner, name, value)


def _functions() -> Iterator[tuple[str, ModuleType, str, Callable]]:
    """The functions of torch's namespaces that may be given tensors."""
    for space, module in SPACES.items():
        for name, fn in list(vars(module).items()):
            public = not name.startswith("_") or name == "_assert"
            if public and isinstance(fn, FunctionType) and name not in NOT_TRACED:
                yield space, module, name, fn


class Tracer(TracerBase):
    """Traces modules and functions. Override `is_leaf_module`, `call_module` or `create_proxy` to
    trace in another way.
    """

    __module__ = "torch.fx._symbolic_trace"

    def __init__(
        self, autowrap_modules: tuple = (math,), autowrap_functions: tuple = (),
        param_shapes_constant: bool = False,
    ):  # fmt: skip
        self._autowrap = {
            id(value)
            for module in autowrap_modules
            for name, value in vars(module).items()
            if not name.startswith("_") and callable(value)
        } | {id(f) for f in autowrap_functions}
        self._autowrap_search = list(autowrap_modules)
        self.param_shapes_constant = param_shapes_constant
        self.root: Any = None
        self._paths: dict[Any, str] = {}
        self._parameters: dict[str, Proxy] = {}

    # -- to be overridden

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Whether calls of the module are steps: those of torch.nn are, but for Sequential."""
        ours = type(m).__module__.removeprefix("j").startswith(("torch.nn", "torch.ao.nn"))
        return ours and not isinstance(m, nn.Sequential)

    def path_of_module(self, mod: nn.Module) -> str:
        """Where a module is within the root."""
        if not self._paths:
            for name, module in self.root.named_modules():
                self._paths.setdefault(module, name)
        if mod not in self._paths:
            raise NameError("module is not installed as a submodule")
        return self._paths[mod]

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple, kwargs: dict
    ) -> Any:
        """Called in place of each call of a module; `forward` is the call itself."""
        name = self.path_of_module(m)
        if self.is_leaf_module(m, name):
            return self.create_proxy("call_module", name, args, kwargs)
        return forward(*args, **kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        """Called for each attribute that Module.__getattr__ found: parameters become steps."""
        if not isinstance(attr_val, nn.Parameter):
            return attr_val
        for name, parameter in self.root.named_parameters():
            if parameter is attr_val:
                if name not in parameter_proxy_cache:
                    parameter_proxy_cache[name] = self._parameter(name, attr_val)
                return parameter_proxy_cache[name]
        return attr_val

    def _parameter(self, name: str, value: Any) -> Proxy:
        if not self.param_shapes_constant:
            return self.create_proxy("get_attr", name, (), {})
        made = self.create_proxy("get_attr", name, (), {})
        return ParameterProxy(self, made.node, name, value)

    # -- arguments

    def _leaf(self, a: Any) -> Any:
        if isinstance(a, Tensor):
            return self._constant(a)
        if isinstance(a, nn.Module) and not isinstance(a, Proxy):
            return self.create_node("get_attr", self.path_of_module(a), (), {})
        return super()._leaf(a)

    def _constant(self, tensor: Tensor) -> Any:
        """A parameter or buffer by its name, another tensor as an attribute of the root."""
        for named in (self.root.named_parameters, self.root.named_buffers):
            for name, value in named():
                if value is tensor:
                    return self.create_node("get_attr", name, (), {})
        name = next((k for k, v in vars(self.root).items() if v is tensor), None)
        if name is None:
            count = 0
            while hasattr(self.root, f"_tensor_constant{count}"):
                count += 1
            name = f"_tensor_constant{count}"
            setattr(self.root, name, tensor)
        return self.create_node("get_attr", name, (), {})

    # -- tracing

    def trace(self, root: Any, concrete_args: dict[str, Any] | None = None) -> Graph:
        """The graph of a module or of a function. concrete_args are arguments with fixed values."""
        is_module = isinstance(root, nn.Module)
        self.root = root if is_module else nn.Module()
        function = type(root).forward if is_module else root
        self.graph = Graph(tracer_cls=type(self))
        self._paths, self._parameters = {}, {}
        args = self._inputs(function, is_module, concrete_args or {})
        with self._patched(function):
            result = self.create_arg(function(*args[0], **args[1]))
        expected = getattr(function, "__annotations__", {}).get("return")
        self.create_node("output", "output", (result,), {}, type_expr=expected)
        return self.graph

    def _inputs(self, function: Callable, is_module: bool, fixed: dict) -> tuple[list, dict]:
        args: list[Any] = [self.root] if is_module else []
        kwargs: dict[str, Any] = {}
        for parameter in list(inspect.signature(function).parameters.values())[is_module:]:
            if parameter.kind is parameter.VAR_POSITIONAL:
                args.append(self.create_proxy("placeholder", f"*{parameter.name}", (), {}))
            elif parameter.kind is parameter.VAR_KEYWORD:
                named = self.create_proxy("placeholder", f"**{parameter.name}", (), {})
                kwargs[parameter.name] = named
            else:
                value = fixed.get(parameter.name, ...)
                if value is ...:
                    value = self._placeholder(parameter)
                if parameter.kind is parameter.KEYWORD_ONLY:
                    kwargs[parameter.name] = value
                else:
                    args.append(value)
        return args, kwargs

    def _placeholder(self, parameter: inspect.Parameter) -> Proxy:
        default = () if parameter.default is parameter.empty else (parameter.default,)
        kind = None if parameter.annotation is parameter.empty else parameter.annotation
        kind = Tensor if kind in ("Tensor", "torch.Tensor") else kind
        return self.create_proxy("placeholder", parameter.name, default, {}, type_expr=kind)

    @contextmanager
    def _patched(self, function: Callable) -> Iterator[None]:
        patches, call, lookup = _Patches(), nn.Module.__call__, nn.Module.__getattr__
        tracer = self

        def module_call(module: Any, *args: Any, **kwargs: Any) -> Any:
            def forward(*args: Any, **kwargs: Any) -> Any:
                return call(module, *args, **kwargs)

            tracer._wrap_globals(patches, getattr(type(module).forward, "__globals__", {}))
            return tracer.call_module(module, forward, args, kwargs)

        def module_getattr(module: Any, name: str) -> Any:
            return tracer.getattr(name, lookup(module, name), tracer._parameters)

        try:
            patches.attribute(nn.Module, "__call__", module_call)
            patches.attribute(nn.Module, "__getattr__", module_getattr)
            for space, module, name, fn in _functions():
                NAMES.setdefault(id(fn), f"{space}.{name}")
                patches.entry(vars(module), name, _recording(fn))
            for (_, name), names in _wrapped.items():
                if name in names:
                    patches.entry(names, name, _recording(names[name]))
            self._wrap_globals(patches, getattr(function, "__globals__", {}))
            for module in self._autowrap_search:
                self._wrap_globals(patches, vars(module))
            yield
        finally:
            patches.undo()

    def _wrap_globals(self, patches: _Patches, names: dict[str, Any]) -> None:
        """Functions that are wrapped wherever they are seen, once for each module."""
        if id(names) in patches.seen:
            return
        patches.seen.add(id(names))
        for name, value in list(names.items()):
            if not name.startswith("_") and callable(value) and id(value) in self._autowrap:
                patches.entry(names, name, _recording(value))


def symbolic_trace(root: Any, concrete_args: dict[str, Any] | None = None) -> GraphModule:
    """A module or function as a GraphModule: what it did to its inputs, as a graph and as code.

    Raises TraceError (a ValueError) where the program branches on a value.
    """
    tracer = Tracer()
    graph = tracer.trace(root, concrete_args)
    name = type(root).__name__ if isinstance(root, nn.Module) else root.__name__
    return GraphModule(tracer.root, graph, name)
