"""The list of programs and of known gaps."""

from __future__ import annotations

import importlib
import inspect
import pathlib
from collections.abc import Callable
from typing import NamedTuple

HERE = pathlib.Path(__file__).parent


class Program(NamedTuple):
    """One program: `area.name` and the function of torch."""

    name: str
    run: Callable

    @property
    def area(self) -> str:
        return self.name.split(".")[0]


def programs() -> list[Program]:
    """Every program, area by area."""
    found = []
    for path in sorted(HERE.glob("[a-z]*.py")):
        module = importlib.import_module(f"{__package__}.{path.stem}")
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__:
                if not name.startswith("_") and list(inspect.signature(value).parameters) == [
                    "torch"
                ]:
                    found.append(Program(f"{path.stem}.{name}", value))
        for name, value in getattr(module, "CASES", {}).items():
            found.append(Program(f"{path.stem}.{name}", value))
    names = [p.name for p in found]
    assert len(names) == len(set(names)), sorted({n for n in names if names.count(n) > 1})
    return found


def known_gaps() -> dict[str, str]:
    """{program name: reason} of xfail.txt."""
    gaps = {}
    for line in (HERE / "xfail.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.partition(":")
            gaps[name.strip()] = reason.strip()
    return gaps
