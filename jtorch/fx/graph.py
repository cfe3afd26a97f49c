"""torch.fx.graph: the steps of a traced program in their order, and the Python they stand for."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ._code import PythonCode, generate
from .node import Node, Target, map_arg

_TAKEN = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | {"torch", "inf", "nan", "NoneType"}


class _Namespace:
    """Names that are not given twice."""

    def __init__(self):
        self._used: set[str] = set()
        self._next: dict[str, int] = {}

    def create_name(self, candidate: str, obj: Any = None) -> str:
        """The candidate as an identifier, with a number where it is taken."""
        candidate = re.sub(r"\W+", "_", candidate) or "_unnamed"
        if candidate[0].isdigit():
            candidate = f"_{candidate}"
        found = re.fullmatch(r"(.*)_(\d+)", candidate)
        base, number = (found[1], int(found[2])) if found else (candidate, None)
        name = base if number is None else candidate
        number = self._next.get(base, 0) if number is None else number
        while name in self._used or name in _TAKEN:
            number += 1
            name = f"{base}_{number}"
        self._used.add(name)
        self._next[base] = max(self._next.get(base, 0), number)
        return name


class Graph:
    """The steps of a program. `create_node` and its kind add one at the place of insertion, which
    is the end but inside of `inserting_before` and `inserting_after`.
    """

    __module__ = "torch.fx.graph"

    def __init__(
        self, owning_module: Any = None, tracer_cls: Any = None, tracer_extras: Any = None
    ):
        self.owning_module, self._tracer_cls = owning_module, tracer_cls
        self._tracer_extras = tracer_extras
        self._nodes: list[Node] = []
        self._root = Node(self, "", "root", "", (), {})
        self._place: int | None = None  # where nodes are inserted; None: at the end
        self._namespace = _Namespace()

    @property
    def nodes(self) -> _Nodes:
        """The steps in their order."""
        return _Nodes(self)

    # -- adding

    def create_node(
        self, op: str, target: Target, args: tuple | None = None, kwargs: dict | None = None,
        name: str | None = None, type_expr: Any = None,
    ) -> Node:  # fmt: skip
        """One step more."""
        candidate = name if name is not None else _candidate(op, target)
        node = Node(
            self, self._namespace.create_name(candidate), op, target, args or (), kwargs or {},
            type_expr,
        )  # fmt: skip
        if self._place is None:
            self._nodes.append(node)
        else:
            self._nodes.insert(self._place, node)
            self._place += 1
        return node

    def placeholder(self, name: str, type_expr: Any = None, default_value: Any = ...) -> Node:
        """An input."""
        args = () if default_value is ... else (default_value,)
        return self.create_node("placeholder", name, args, type_expr=type_expr)

    def get_attr(self, qualified_name: str, type_expr: Any = None) -> Node:
        """A parameter or another attribute of the module."""
        return self.create_node("get_attr", qualified_name, type_expr=type_expr)

    def call_function(
        self, the_function: Callable, args: tuple | None = None, kwargs: dict | None = None,
        type_expr: Any = None,
    ) -> Node:  # fmt: skip
        """A call of a function."""
        return self.create_node("call_function", the_function, args, kwargs, type_expr=type_expr)

    def call_method(
        self, method_name: str, args: tuple | None = None, kwargs: dict | None = None,
        type_expr: Any = None,
    ) -> Node:  # fmt: skip
        """A call of a method of the first argument."""
        return self.create_node("call_method", method_name, args, kwargs, type_expr=type_expr)

    def call_module(
        self, module_name: str, args: tuple | None = None, kwargs: dict | None = None,
        type_expr: Any = None,
    ) -> Node:  # fmt: skip
        """A call of a submodule."""
        return self.create_node("call_module", module_name, args, kwargs, type_expr=type_expr)

    def output(self, result: Any, type_expr: Any = None) -> Node:
        """What the program returns."""
        return self.create_node("output", "output", (result,), type_expr=type_expr)

    def node_copy(self, node: Node, arg_transform: Callable[[Node], Any] = lambda x: x) -> Node:
        """A step of another graph, its arguments transformed, as a step of this one."""
        args, kwargs = map_arg((node.args, node.kwargs), arg_transform)
        copied = self.create_node(node.op, node.target, args, kwargs, node.name, node.type)
        copied.meta = dict(node.meta)
        return copied

    def graph_copy(self, g: Graph, val_map: dict[Node, Node]) -> Any:
        """All steps of another graph behind those of this one; returns what that one returns."""
        for node in g.nodes:
            if node in val_map:
                continue
            if node.op == "output":
                return map_arg(node.args[0], lambda n: val_map[n])
            val_map[node] = self.node_copy(node, lambda n: val_map[n])
        return None

    def __deepcopy__(self, memo: dict | None = None) -> Graph:
        copied = Graph(tracer_cls=self._tracer_cls)
        nodes: dict[Node, Node] = {}
        for node in self._nodes:
            nodes[node] = copied.node_copy(node, lambda n: nodes[n])
        if memo is not None:
            memo[id(self)] = copied
        return copied

    # -- places

    @contextmanager
    def inserting_before(self, n: Node | None = None) -> Iterator[None]:
        """Inside, nodes are added before this one (None: at the beginning)."""
        yield from self._inserting(0 if n is None or n.op == "root" else self._nodes.index(n))

    @contextmanager
    def inserting_after(self, n: Node | None = None) -> Iterator[None]:
        """Inside, nodes are added behind this one (None: at the end)."""
        if n is None or n.op == "root":
            yield from self._inserting(len(self._nodes))
        else:
            yield from self._inserting(self._nodes.index(n) + 1)

    def _inserting(self, place: int) -> Iterator[None]:
        previous, self._place = self._place, place
        try:
            yield
        finally:
            self._place = previous

    def _neighbour(self, node: Node, step: int) -> Node:
        place = self._nodes.index(node) + step if node is not self._root else min(step - 1, 0)
        inside = -1 <= place < len(self._nodes) and (place >= 0 or node is self._root)
        return self._nodes[place] if inside and self._nodes else self._root

    def _move(self, node: Node, beside: Node, step: int) -> None:
        self._nodes.remove(node)
        self._nodes.insert(self._nodes.index(beside) + step, node)

    # -- taking away

    def erase_node(self, to_erase: Node) -> None:
        """Take out a step that no other one takes."""
        if to_erase.users:
            raise RuntimeError(
                f"Tried to erase Node {to_erase} but it still had {len(to_erase.users)} users in "
                f"the graph: {to_erase.users}!"
            )
        to_erase._update((), {})
        place = self._nodes.index(to_erase)
        del self._nodes[place]
        if self._place is not None and place < self._place:
            self._place -= 1

    def eliminate_dead_code(self, is_impure_node: Callable[[Node], bool] | None = None) -> bool:
        """Take out every step whose result nobody takes; whether there was one."""
        impure = is_impure_node or Node.is_impure
        before = len(self._nodes)
        for node in reversed(list(self._nodes)):
            if not node.users and not impure(node):
                self.erase_node(node)
        return len(self._nodes) < before

    def lint(self) -> None:
        """Raises RuntimeError where a step takes one that does not come before it."""
        seen: set[Node] = set()
        for node in self._nodes:
            for taken in node.all_input_nodes:
                if taken not in seen:
                    raise RuntimeError(
                        f"Argument '{taken}' of Node '{node}' was used before it has been defined! "
                        "Please check that Nodes in the graph are topologically ordered"
                    )
            seen.add(node)

    def find_nodes(self, *, op: str, target: Any = None, sort: bool = True) -> list[Node]:
        """The steps of that kind, and of that target if one is given."""
        return [n for n in self._nodes if n.op == op and target in (None, n.target)]

    # -- showing

    def python_code(self, root_module: str = "self") -> PythonCode:
        """The program as Python, with the globals it needs."""
        return generate(self._nodes, root_module)

    def __str__(self) -> str:
        return "graph():" + "".join(f"\n    {node.format_node()}" for node in self._nodes)

    def print_tabular(self) -> None:
        """One step a line."""
        rows = [("opcode", "name", "target", "args", "kwargs")]
        rows += [(n.op, n.name, str(n.target), str(n.args), str(n.kwargs)) for n in self._nodes]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            print("  ".join(map(str.ljust, row, widths)).rstrip())


class _Nodes:
    """The steps of a graph, to walk over either way while the graph changes."""

    def __init__(self, graph: Graph):
        self._graph = graph

    def __len__(self) -> int:
        return len(self._graph._nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(list(self._graph._nodes))

    def __reversed__(self) -> Iterator[Node]:
        return reversed(list(self._graph._nodes))


def _candidate(op: str, target: Any) -> str:
    """What a node is called after."""
    if op not in ("call_function", "call_method"):
        return str(target).replace(".", "_")
    name = getattr(target, "__name__", type(target).__name__) if callable(target) else target
    if name.startswith("__") and name.endswith("__"):
        name = name[2:-2]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
