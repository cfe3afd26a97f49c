"""Finds the Python blocks of a document, and those that cannot run without torchvision. It runs
nothing.
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
MISSING = "torchvision"


class Block(NamedTuple):
    """One block: its number (from 1), its first line in the document, and why it is skipped."""

    number: int
    line: int
    source: str
    skipped: str = ""


def folder(given: str | None = None) -> Path:
    """Where the documents are."""
    return Path(given or os.environ.get("JTORCH_SEEDS") or ROOT.parent / "shared" / "seeds")


def documents(where: Path) -> list[Path]:
    """The documents of a folder; none if there is no such folder."""
    return sorted(where.glob("*.txt"))


def blocks(text: str) -> list[Block]:
    """Every Python block of a document, in order."""
    found: list[Block] = []
    defined, lost = set(dir(builtins)), set()
    for match in FENCE.finditer(text):
        language, source = match.groups()
        if language not in ("", "python", "py"):
            continue
        skipped = _why_skipped(source, defined, lost)
        line = text.count("\n", 0, match.start()) + 2
        found.append(Block(len(found) + 1, line, source, skipped))
        completed = _completed(source)
        if completed != source:
            found.append(Block(len(found) + 1, line, completed, skipped))
        if skipped:
            lost |= _stored(completed)
        else:
            defined |= _stored(completed)
            lost -= defined
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


def _why_skipped(source: str, defined: set[str], lost: set[str]) -> str:
    if MISSING in source:
        return f"imports {MISSING}"
    needed = (_loaded(source) & lost) - defined - _stored(source)
    if needed:
        return f"needs {', '.join(sorted(needed))} of a block that imports {MISSING}"
    return ""


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
