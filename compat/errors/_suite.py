"""The list of cases, what a case raises, and the cases where jtorch differs on purpose."""

from __future__ import annotations

import importlib
import inspect
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
# Only the type is compared: the text is ours, or Python's.
OWN_TEXT = re.compile(r"\.unknown_")


class Case(NamedTuple):
    """One piece of bad input: `area.name`, and a function of torch that should raise."""

    name: str
    run: Callable


def cases() -> list[Case]:
    """Every case: the entries of each area's CASES, and its public functions of `torch`."""
    found = []
    for path in sorted(HERE.glob("[a-z]*.py")):
        module = importlib.import_module(f"{__package__}.{path.stem}")
        table = dict(getattr(module, "CASES", {}))
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__:
                if not name.startswith("_") and list(inspect.signature(value).parameters) == [
                    "torch"
                ]:
                    table[name] = value
        found += [Case(f"{path.stem}.{name}", value) for name, value in table.items()]
    return found


def raised(case: Case, torch) -> str:
    """`Type: first line` of what a case raises under a library, or `nothing`."""
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            look(case.run(torch), torch)
        except Exception as error:
            return described(error, with_text=not OWN_TEXT.search(case.name))
        finally:
            torch.set_grad_enabled(True)
    return "nothing"


def look(value, torch) -> None:
    """Reads a result: an index that jtorch cannot check at once is checked when a value is read."""
    if isinstance(value, torch.Tensor) and not value.is_meta:
        value.detach().tolist()
    elif isinstance(value, (list, tuple)):
        for item in value:
            look(item, torch)


def described(error: Exception, with_text: bool = True) -> str:
    """An exception's type and first line, without addresses and without the library's name."""
    if not with_text:
        return type(error).__name__
    line = str(error).strip().partition("\n")[0]
    line = re.sub(r"0x[0-9a-f]+", "0x...", line)
    line = re.sub(r"\bjtorch\b", "torch", line)
    line = re.sub(r"\{('[^{}]*')\}", lambda m: str(sorted(m[1].split(", "))), line)  # a set
    return f"{type(error).__name__}: {line.strip()}"


def differs_on_purpose() -> dict[str, str]:
    """{case: reason} of reasons.txt. Strict: a case that agrees must leave the list."""
    reasons = {}
    for line in (HERE / "reasons.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.partition(":")
            reasons[name.strip()] = reason.strip()
    return reasons
