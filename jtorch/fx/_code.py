"""The Python of a graph: one statement for each step, and what its names mean."""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

from .._dtypes import dtype
from .._tensor import Tensor
from .node import NAMES, Node, map_arg, qualified_name, type_name

PACKAGE = sys.modules[__name__.partition(".")[0]]

SYMBOLS = {
    "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "add": "+", "sub": "-",
    "mul": "*", "floordiv": "//", "truediv": "/", "mod": "%", "pow": "**", "lshift": "<<",
    "rshift": ">>", "and_": "&", "or_": "|", "xor": "^", "matmul": "@",
}  # fmt: skip
INFIX = {getattr(operator, name): symbol for name, symbol in SYMBOLS.items()}
PREFIX = {operator.neg: "-", operator.invert: "~", operator.pos: "+"}


class PythonCode(NamedTuple):
    """The source of `forward`, and the globals it is run with."""

    src: str
    globals: dict[str, Any]


class _Source(str):
    """Text that stands in code as it is."""

    __repr__ = str.__str__


def generate(nodes: Iterable[Node], root: str) -> PythonCode:
    """The function `forward` of these steps, for the module `root`."""
    names: dict[str, Any] = {"torch": PACKAGE, "device": PACKAGE.device, "inf": float("inf"),
                             "nan": float("nan"), "NoneType": type(None)}  # fmt: skip
    nodes, inputs, lines = list(nodes), [root], []
    last: dict[Node, Node] = {taken: node for node in nodes for taken in node.all_input_nodes}
    for node in nodes:
        if node.op == "placeholder":
            inputs.append(_input(node, names))
            text = (
                f"{node.name} = {node.target}" if node.name != str(node.target).lstrip("*") else ""
            )
        elif node.op == "output":
            text = f"return {_written(node.args[0], names)}"
        else:
            text = f"{node.name} = {_expression(node, root, names)}"
        done = [n.name for n, user in last.items() if user is node and node.op != "output"]
        done += [node.name] if text and not node.users and node.op != "output" else []
        if text:
            lines.append(text + (f";  {' = '.join(done)} = None" if done else ""))
    body = "".join(f"    {line}\n" for line in lines) or "    pass\n"
    return PythonCode(f"\n\n\ndef forward({', '.join(inputs)}):\n{body}    ", names)


def _input(node: Node, names: dict) -> str:
    plain = node.type is Tensor or node.type in (bool, int, float, str)
    kind = f" : {type_name(node.type)}" if plain else ""
    default = f" = {_written(node.args[0], names)}" if node.args else ""
    return f"{node.target}{kind}{default}"


def _expression(node: Node, root: str, names: dict) -> str:
    args = [_written(a, names) for a in node.args]
    given = ", ".join([*args, *(f"{k} = {_written(v, names)}" for k, v in node.kwargs.items())])
    if node.op == "get_attr":
        return _path(root, str(node.target))
    if node.op == "call_module":
        return f"{_path(root, str(node.target))}({given})"
    if node.op == "call_method":
        return f"{args[0]}.{node.target}({given[len(args[0]) :].removeprefix(', ')})"
    target = node.target
    if target in INFIX and len(args) == 2 and not node.kwargs:
        return f"{args[0]} {INFIX[target]} {args[1]}"
    if target in PREFIX and len(args) == 1:
        return f"{PREFIX[target]}{args[0]}"
    if target is operator.getitem and len(args) == 2:
        return f"{args[0]}[{args[1]}]"
    if target is getattr and isinstance(node.args[1], str) and node.args[1].isidentifier():
        return f"{args[0]}.{node.args[1]}"
    return f"{_global(target, names)}({given})"


def _path(root: str, target: str) -> str:
    """`self.features.0` as an expression."""
    text = root
    for part in target.split("."):
        text = f"{text}.{part}" if part.isidentifier() else f'getattr({text}, "{part}")'
    return text


def _written(a: Any, names: dict) -> str:
    """An argument as code."""
    if isinstance(a, tuple) and hasattr(a, "_fields"):
        return f"{_global(type(a), names)}({', '.join(_written(each, names) for each in a)})"
    if isinstance(a, dtype):
        return str(a)
    if isinstance(a, tuple):
        inside = ", ".join(_written(each, names) for each in a)
        return f"({inside},)" if len(a) == 1 else f"({inside})"
    if isinstance(a, list):
        return f"[{', '.join(_written(each, names) for each in a)}]"
    if isinstance(a, dict):
        return f"{{{', '.join(f'{k!r}: {_written(v, names)}' for k, v in a.items())}}}"
    if isinstance(a, slice):
        return f"slice({', '.join(_written(each, names) for each in (a.start, a.stop, a.step))})"
    if isinstance(a, Node):
        return a.name
    if a is ...:
        return "Ellipsis"
    if callable(a) and not isinstance(a, (str, int, float)):
        return _global(a, names)
    return repr(map_arg(a, lambda node: _Source(node.name)))


def _global(fn: Any, names: dict) -> str:
    """What the code calls a function; the name is put among the globals."""
    text = qualified_name(fn).removeprefix("builtins.")
    if id(fn) in NAMES:
        return text
    name = text.replace(".", "_").replace("<", "_").replace(">", "_")
    while names.setdefault(name, fn) is not fn:
        name += "_"
    return name
