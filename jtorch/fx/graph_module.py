"""torch.fx.graph_module: a module whose forward is the code of a graph."""

from __future__ import annotations

import copy
import linecache
from typing import Any

from .._errors import not_covered
from .._tensor import Tensor
from ..nn import Module
from ._code import PythonCode
from .graph import Graph

_USER_PRESERVED_ATTRIBUTES_KEY = "_user_preserved_attributes"


class _CodeOnlyModule(Module):
    """The attributes of a module, to make another one from."""

    def __init__(self, body: dict[str, Any]):
        super().__init__()
        self.__dict__ = body


def _copy_attr(from_module: Module, to_module: Module, target: str) -> None:
    """The attribute at a dotted path of one module as that of another."""
    *path, name = target.split(".")
    for part in path:
        following = getattr(from_module, part)
        if not hasattr(to_module, part):
            setattr(to_module, part, Module())
        if getattr(to_module, part) is following:
            return
        from_module, to_module = following, getattr(to_module, part)
    value = getattr(from_module, name)
    if isinstance(value, Tensor) and name in from_module._buffers:
        to_module.register_buffer(name, value)
    else:
        setattr(to_module, name, value)


def _assign_attr(value: Any, to_module: Module, target: str) -> None:
    *path, name = target.split(".")
    for part in path:
        if not hasattr(to_module, part):
            setattr(to_module, part, Module())
        to_module = getattr(to_module, part)
    if isinstance(value, Tensor) and type(value) is Tensor:
        to_module.register_buffer(name, value)
    else:
        setattr(to_module, name, value)


class GraphModule(Module):
    """A module that runs a graph. `root` has the modules and parameters the graph names: a module,
    or a dict of them by dotted path. Assign `graph`, or change it and call `recompile()`.
    """

    __module__ = "torch.fx.graph_module"

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        # Each has a forward of its own, and so a class of its own.
        base = next(c for c in cls.__mro__ if "_is_graph_module_instance" not in vars(c))
        own = type(base.__name__, (base,), {"_is_graph_module_instance": True})
        return object.__new__(own)

    def __init__(self, root: Any, graph: Graph, class_name: str = "GraphModule"):
        super().__init__()
        type(self).__name__ = class_name
        named = {str(n.target) for n in graph.nodes if n.op in ("get_attr", "call_module")}
        if isinstance(root, Module):
            self.training = root.training
            for target in sorted(named):
                _copy_attr(root, self, target)
        else:
            missing = sorted(named - root.keys())
            if missing:
                raise RuntimeError(
                    f"Node referenced target {missing[0]} but that target was not provided in root!"
                )
            for target in sorted(root, key=lambda each: each.count(".")):
                _assign_attr(root[target], self, target)
        self.graph = graph
        self._tracer_cls = graph._tracer_cls
        self.meta: dict[str, Any] = {}

    @property
    def graph(self) -> Graph:
        return self._graph

    @graph.setter
    def graph(self, graph: Graph) -> None:
        graph.owning_module = self
        object.__setattr__(self, "_graph", graph)
        self.recompile()

    def recompile(self) -> PythonCode:
        """Take over what was changed in the graph."""
        made = self._graph.python_code("self")
        name = f"<graph of {type(self).__name__} {id(made.src):x}>"
        linecache.cache[name] = (len(made.src), None, made.src.splitlines(True), name)
        scope = dict(made.globals)
        exec(compile(made.src, name, "exec"), scope)
        type(self).forward = scope["forward"]
        self._code = made.src
        return made

    @property
    def code(self) -> str:
        """The source of forward."""
        return self._code

    def print_readable(self, print_output: bool = True, **options: Any) -> str:
        """The source of forward as that of a class; printed unless print_output is False."""
        body = self._code.strip("\n").replace("\n", "\n    ")
        text = f"class {type(self).__name__}(torch.nn.Module):\n    {body}\n"
        if print_output:
            print(text)
        return text

    def add_submodule(self, target: str, m: Module) -> bool:
        """Put a module at a dotted path; whether that was possible."""
        *path, name = target.split(".")
        place: Any = self
        for part in path:
            if not hasattr(place, part):
                place.add_module(part, Module())
            place = getattr(place, part)
            if not isinstance(place, Module):
                return False
        place.add_module(name, m)
        return True

    def delete_submodule(self, target: str) -> bool:
        """Take out the module at a dotted path; whether there was one."""
        *path, name = target.split(".")
        place: Any = self
        for part in path:
            place = getattr(place, part, None)
        if not isinstance(getattr(place, name, None), Module):
            return False
        delattr(place, name)
        return True

    def delete_all_unused_submodules(self) -> None:
        """Take out the modules that the graph does not call."""
        used = {str(n.target) for n in self._graph.nodes if n.op in ("call_module", "get_attr")}
        kept = {".".join(u.split(".")[:k]) for u in used for k in range(1, u.count(".") + 2)}
        inside = tuple(f"{u}." for u in used)
        for name, _ in list(self.named_modules()):
            if name and name not in kept and not name.startswith(inside):
                self.delete_submodule(name)

    def __deepcopy__(self, memo: dict) -> GraphModule:
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        body = _CodeOnlyModule(copy.deepcopy(self.__dict__, memo))
        GraphModule.__init__(made, body, body.__dict__["_graph"])
        made.training = self.training
        return made

    def __copy__(self) -> GraphModule:
        return GraphModule(self, copy.deepcopy(self._graph), type(self).__name__)

    def __reduce__(self):
        raise not_covered("pickling a torch.fx.GraphModule", "Save its state_dict.")

    def __str__(self) -> str:
        return f"{super().__str__()}\n\n{self._code}"
