"""torch.fx.interpreter: runs a graph step by step, each kind of step in a method to override."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..nn import Module
from .node import Node, map_arg


class Interpreter:
    """`Interpreter(graph_module).run(*inputs)` computes what the module does."""

    def __init__(self, module: Any, garbage_collect_values: bool = True, graph: Any = None):
        self.module: Module = module
        self.graph = module.graph if graph is None else graph
        self.garbage_collect_values = garbage_collect_values
        self.env: dict[Node, Any] = {}
        self.args_iter: Iterator[Any] = iter(())

    def run(self, *args: Any, initial_env: dict[Node, Any] | None = None) -> Any:
        """What the graph returns for these inputs."""
        self.env, self.args_iter = dict(initial_env or {}), iter(args)
        last = {taken: node for node in self.graph.nodes for taken in node.all_input_nodes}
        for node in self.graph.nodes:
            if node not in self.env:
                self.env[node] = self.run_node(node)
            if node.op == "output":
                return self.env[node]
            if self.garbage_collect_values:
                for taken in node.all_input_nodes:
                    if last[taken] is node:
                        del self.env[taken]
        return None

    def run_node(self, n: Node) -> Any:
        """The value of one step."""
        args, kwargs = self.fetch_args_kwargs_from_env(n)
        return getattr(self, n.op)(n.target, args, kwargs)

    def fetch_args_kwargs_from_env(self, n: Node) -> tuple[tuple, dict]:
        """The arguments of a step, values in place of nodes."""
        return map_arg((n.args, n.kwargs), lambda node: self.env[node])

    def fetch_attr(self, target: str) -> Any:
        """The attribute of the module at a dotted path."""
        value: Any = self.module
        for part in target.split("."):
            if not hasattr(value, part):
                raise RuntimeError(f"Node referenced nonexistent target {target}")
            value = getattr(value, part)
        return value

    def placeholder(self, target: Any, args: tuple, kwargs: dict) -> Any:
        """An input."""
        if target.startswith("*"):
            return list(self.args_iter)
        for value in self.args_iter:
            return value
        if args:
            return args[0]
        raise RuntimeError(
            f"Expected positional argument for parameter {target}, but one was not passed in!"
        )

    def get_attr(self, target: Any, args: tuple, kwargs: dict) -> Any:
        """An attribute of the module."""
        return self.fetch_attr(target)

    def call_function(self, target: Any, args: tuple, kwargs: dict) -> Any:
        """A call of a function."""
        return target(*args, **kwargs)

    def call_method(self, target: Any, args: tuple, kwargs: dict) -> Any:
        """A call of a method of the first argument."""
        return getattr(args[0], target)(*args[1:], **kwargs)

    def call_module(self, target: Any, args: tuple, kwargs: dict) -> Any:
        """A call of a submodule."""
        return self.fetch_attr(target)(*args, **kwargs)

    def output(self, target: Any, args: tuple, kwargs: dict) -> Any:
        """What is returned."""
        return args[0]
