"""Finds the Python blocks of a document, and what a reader adds to those that cannot run as they
are. It runs nothing.
"""

from __future__ import annotations

import ast
import builtins
import os
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w*)[ \t]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
# What everybody calls these, and a document may forget to import.
CUSTOMARY = {
    "F": "import torch.nn.functional as F",
    "nn": "import torch.nn as nn",
    "optim": "import torch.optim as optim",
    "torch": "import torch",
}


class Block(NamedTuple):
    """One block: its number (from 1), its first line in the document, and whether something was
    added to it.
    """

    number: int
    line: int
    source: str
    mended: bool = False


def folder(given: str | None = None) -> Path:
    """Where the documents are."""
    return Path(given or os.environ.get("JTORCH_SEEDS") or ROOT.parent / "shared" / "seeds")


def documents(where: Path) -> list[Path]:
    """The documents of a folder; none if there is no such folder."""
    return sorted(where.glob("*.txt"))


def blocks(text: str) -> list[Block]:
    """Every Python block of a document, in order: as it is, and then as a reader mends it who wants
    to go on.
    """
    found: list[Block] = []
    defined = set(dir(builtins))
    for match in FENCE.finditer(text):
        language, source = match.groups()
        if language not in ("", "python", "py"):
            continue
        line = text.count("\n", 0, match.start()) + 2
        found.append(Block(len(found) + 1, line, source))
        mended = _with_imports(_completed(source), defined)
        if mended != source:
            found.append(Block(len(found) + 1, line, mended, mended=True))
        defined |= _stored(mended)
    return found


def _completed(source: str) -> str:
    """A block that ends where a body should be, with `pass` there: what a reader does to go on."""
    try:
        ast.parse(source)
    except IndentationError as error:
        code = [line for line in source.split("\n") if line.split("#")[0].strip()]
        if error.msg.startswith("expected an indented block") and code[-1].rstrip().endswith(":"):
            indent = len(code[-1]) - len(code[-1].lstrip())
            return f"{source}{' ' * (indent + 4)}pass\n"
    except SyntaxError:
        pass
    return source


def _with_imports(source: str, defined: set[str]) -> str:
    """A block with the customary imports that it lacks."""
    lacks = sorted((_loaded(source) & CUSTOMARY.keys()) - defined - _stored(source))
    return "".join(CUSTOMARY[name] + "\n" for name in lacks) + source


def _nodes(source: str) -> list[ast.AST]:
    try:
        return list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return []  # it runs, and raises what Python raises


def _loaded(source: str) -> set[str]:
    names = [n for n in _nodes(source) if isinstance(n, ast.Name)]
    return {n.id for n in names if isinstance(n.ctx, ast.Load)}


def _stored(source: str) -> set[str]:
    found = set()
    for node in _nodes(source):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(a.asname or a.name).split(".")[0] for a in node.names}
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return found


def uninitialised(source: str) -> set[str]:
    """The variables that a block makes with torch.empty: their values say nothing."""
    return {
        target.id
        for node in _nodes(source)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func).startswith("torch.empty")
        for target in node.targets
        if isinstance(target, ast.Name)
    }
