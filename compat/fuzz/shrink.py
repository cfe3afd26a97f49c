"""Making a program that differs as short as it gets, and printing it as a script."""

from __future__ import annotations

import re
from collections.abc import Callable

SCRIPT = """import sys

torch = __import__(sys.argv[1] if len(sys.argv) > 1 else "torch")


def look():
    for name, x in list(globals().items()):
        if isinstance(x, torch.Tensor):
            print(name, x, x.stride(), x._version, x.requires_grad, x.is_leaf and x.grad)


"""


def shrink(program: list[str], differs: Callable[[list[str]], bool]) -> list[str]:
    """Statements are left out one by one, then made simpler, while it still differs."""
    changed = True
    while changed:
        changed = False
        for i in range(len(program) - 1, -1, -1):
            shorter = program[:i] + program[i + 1 :]
            if differs(shorter):
                program, changed = shorter, True
        for i, statement in enumerate(program):
            for simpler in simpler_forms(statement):
                candidate = [*program[:i], simpler, *program[i + 1 :]]
                if differs(candidate):
                    program, changed = candidate, True
                    break
    return program


def simpler_forms(statement: str):
    """The same statement with less of something."""
    for old, new in (
        (r"with torch.\w+\(\): ", ""),
        (r", dtype=torch.\w+", ""),
        (r"\.clone\(\)", ""),
        (r"\.requires_grad_\(\)", ""),
        (r"retain_graph=True", ""),
        (r"\.reshape\(.*?\)", ""),
        (r"arange\(-?\d+, ", "arange("),
    ):
        simpler = re.sub(old, new, statement, count=1)
        if simpler != statement:
            yield simpler


def script(program: list[str]) -> str:
    """A file to run with the name of a library: torch or jtorch."""
    return SCRIPT + "\n".join(
        f"try:\n    {s}\nexcept Exception as e:\n    print(e)" for s in program
    )
