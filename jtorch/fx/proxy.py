"""torch.fx.proxy: what stands for a value while a program is traced. Whatever is done to it becomes
a step of the graph; asking for its truth or its length is an error.
"""

from __future__ import annotations

import dis
import operator
import sys
from collections.abc import Callable, Iterator
from typing import Any

from .._devices import device, layout, memory_format
from .._dtypes import dtype
from .._size import Size
from .._tensor import Tensor
from .graph import Graph
from .node import Node, Target, map_aggregate

BASE_TYPES = (
    str, int, float, bool, complex, dtype, device, memory_format, layout, range, type(None),
    type(...),
)  # fmt: skip


class TraceError(ValueError):
    """The program asked a traced value for what only a real one has."""


class TracerBase:
    """What makes steps of calls. `Tracer` adds the tracing of modules."""

    graph: Graph
    record_stack_traces = False
    trace_asserts = False
    proxy_buffer_attributes = False

    def create_node(
        self, kind: str, target: Target, args: tuple, kwargs: dict, name: str | None = None,
        type_expr: Any = None,
    ) -> Node:  # fmt: skip
        """A step of the graph, of arguments that may stand there."""
        return self.graph.create_node(kind, target, args, kwargs, name, type_expr)

    def proxy(self, node: Node) -> Proxy:
        """What stands for the value of a step."""
        return Proxy(node, self)

    def create_proxy(
        self, kind: str, target: Target, args: tuple, kwargs: dict, name: str | None = None,
        type_expr: Any = None, proxy_factory_fn: Callable[[Node], Proxy] | None = None,
    ) -> Proxy:  # fmt: skip
        """A step of the graph, and what stands for its value."""
        args, kwargs = self.create_arg(args), self.create_arg(kwargs)
        node = self.create_node(kind, target, args, kwargs, name, type_expr)
        return (proxy_factory_fn or self.proxy)(node)

    def create_arg(self, a: Any) -> Any:
        """An argument of a call as an argument of a step."""
        return map_aggregate(tuple(a) if isinstance(a, Size) else a, self._leaf)

    def _leaf(self, a: Any) -> Any:
        if isinstance(a, Proxy):
            return a.node
        if isinstance(a, (Node, *BASE_TYPES)) or callable(a):
            return a
        raise NotImplementedError(f"argument of type: {type(a)}")

    def to_bool(self, obj: Proxy) -> bool:
        """Called where the program branches on a traced value."""
        raise TraceError("symbolically traced variables cannot be used as inputs to control flow")

    def iter(self, obj: Proxy) -> Iterator[Proxy]:
        """Called where the program walks over a traced value: to unpack it is allowed."""
        frame = sys._getframe(2)
        code = {i.offset: i for i in dis.get_instructions(frame.f_code)}
        instruction = code[frame.f_lasti]
        if instruction.opname == "UNPACK_SEQUENCE" and instruction.argval is not None:
            return (obj[i] for i in range(instruction.argval))
        raise TraceError(
            "Proxy object cannot be iterated. This can be attempted when the Proxy is used in a "
            "loop or as a *args or **kwargs function argument. See the torch.fx docs on "
            "pytorch.org for a more detailed explanation of what types of control flow can be "
            "traced, and check out the Proxy docstring for help troubleshooting Proxy iteration "
            "errors"
        )

    def keys(self, obj: Proxy) -> Any:
        """Called by `**proxy`."""
        return Attribute(obj, "keys")()


class GraphAppendingTracer(TracerBase):
    """Adds steps to a graph that there is."""

    def __init__(self, graph: Graph):
        self.graph = graph


class Proxy:
    """Stands for the value of a step."""

    __module__ = "torch.fx.proxy"

    def __init__(self, node: Node, tracer: TracerBase | None = None):
        self.node = node
        self.tracer = GraphAppendingTracer(node.graph) if tracer is None else tracer

    def __repr__(self) -> str:
        return f"Proxy({self.node.name})"

    def __getattr__(self, k: str) -> Attribute:
        return Attribute(self, k)

    def __call__(self, *args: Any, **kwargs: Any) -> Proxy:
        return self.tracer.create_proxy("call_method", "__call__", (self, *args), kwargs)

    def __iter__(self) -> Iterator[Proxy]:
        return self.tracer.iter(self)

    def __bool__(self) -> bool:
        return self.tracer.to_bool(self)

    def __len__(self) -> int:
        raise RuntimeError(
            "'len' is not supported in symbolic tracing by default. If you want this call to be "
            "recorded, please call torch.fx.wrap('len') at module scope"
        )

    def keys(self) -> Any:
        return self.tracer.keys(self)

    def __deepcopy__(self, memo: dict) -> Proxy:
        return self

    def __setitem__(self, index: Any, value: Any) -> None:
        self.tracer.create_proxy("call_function", operator.setitem, (self, index, value), {})

    def __getitem__(self, index: Any) -> Proxy:
        return self.tracer.create_proxy("call_function", operator.getitem, (self, index), {})

    @classmethod
    def __torch_function__(cls, orig_method, types, args=(), kwargs=None) -> Proxy:
        kwargs = kwargs or {}
        found: list[Proxy] = []
        map_aggregate((args, kwargs), lambda x: found.append(x) if isinstance(x, Proxy) else None)
        tracer = found[0].tracer
        name = getattr(orig_method, "__name__", "")
        if vars(Tensor).get(name) is orig_method:
            return tracer.create_proxy("call_method", name, args, kwargs)
        return tracer.create_proxy("call_function", orig_method, args, kwargs)


class Attribute(Proxy):
    """`proxy.name`: a step of its own only if it is not called."""

    def __init__(self, root: Proxy, attr: str):
        self.root, self.attr, self.tracer = root, attr, root.tracer
        self._node: Node | None = None

    @property
    def node(self) -> Node:  # type: ignore[override]
        if self._node is None:
            made = self.tracer.create_proxy("call_function", getattr, (self.root, self.attr), {})
            self._node = made.node
        return self._node

    def __call__(self, *args: Any, **kwargs: Any) -> Proxy:
        return self.tracer.create_proxy("call_method", self.attr, (self.root, *args), kwargs)


class ParameterProxy(Proxy):
    """Stands for a parameter, whose shape is known."""

    def __init__(self, tracer: TracerBase, node: Node, name: str, param: Any):
        super().__init__(node, tracer)
        self.param, self.name = param, name

    shape = property(lambda self: self.param.shape)

    def size(self, dim: int | None = None) -> Any:
        return self.param.size() if dim is None else self.param.size(dim)

    def dim(self) -> int:
        return self.param.dim()


REFLECTED = (
    "add", "sub", "mul", "floordiv", "truediv", "mod", "pow", "lshift", "rshift", "and_", "or_",
    "xor", "matmul",
)  # fmt: skip
OPERATORS = (
    *REFLECTED, "eq", "ne", "lt", "gt", "le", "ge", "pos", "neg", "invert",
)  # fmt: skip


def _install() -> None:
    for name in OPERATORS:
        function, plain = getattr(operator, name), name.strip("_")

        def forward(*args: Any, function: Any = function) -> Proxy:
            return args[0].tracer.create_proxy("call_function", function, args, {})

        def reflected(self: Proxy, other: Any, function: Any = function) -> Proxy:
            return self.tracer.create_proxy("call_function", function, (other, self), {})

        setattr(Proxy, f"__{plain}__", forward)
        if name in REFLECTED:
            setattr(Proxy, f"__r{plain}__", reflected)
    Proxy.__hash__ = object.__hash__  # type: ignore[method-assign]


_install()
