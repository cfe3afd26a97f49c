"""What things are called in files: `jtorch.nn.modules.linear.Linear` here is
`torch.nn.modules.linear.Linear` there, in both directions. Looks objects up, makes none.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

OURS, THEIRS = __name__.partition(".")[0], "torch"

# Where functions are found whose own module is not public.
NAMESPACES = ("", "nn.functional", "linalg", "fft", "special", "nn.init", "nn")

# Helpers that torch keeps elsewhere than we do.
RENAMED = {
    ("nn.parameter", "_rebuild_parameter"): ("torch._utils", "_rebuild_parameter"),
    ("nn.parameter", "_rebuild_parameter_with_state"): (
        "torch._utils",
        "_rebuild_parameter_with_state",
    ),
}


def _module(name: str) -> Any:
    """Our module of a dotted name below the package, "" for the package; None without one."""
    full = f"{OURS}.{name}" if name else OURS
    if full not in sys.modules:
        try:
            importlib.import_module(full)
        except ModuleNotFoundError:
            return None
    return sys.modules[full]


def _attribute(module: Any, qualname: str) -> Any:
    found = module
    for part in qualname.split("."):
        found = getattr(found, part, None)
        if found is None:
            return None
    return found


def in_files(obj: Any) -> tuple[str, str] | None:
    """(module, name) of a class or function of ours in files; None for what is not ours."""
    module, name = getattr(obj, "__module__", None), getattr(obj, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    package, _, inner = module.partition(".")
    if package not in (OURS, THEIRS):
        return None
    if (inner, name) in RENAMED:
        return RENAMED[inner, name]
    for place in _places(inner):
        found = _module(place)
        if found is not None and _attribute(found, name) is obj:
            return f"{THEIRS}.{place}" if place else THEIRS, name
    return None


def _places(inner: str) -> list[str]:
    """Public modules in which something of module `inner` may be found: its own and those above."""
    places = []
    parts = inner.split(".") if inner else []
    while parts:
        if not any(part.startswith("_") for part in parts) and parts[0] != "ops":
            places.append(".".join(parts))
        parts = parts[:-1]
    return [*places, *NAMESPACES]


def from_files(module: str, name: str) -> Any:
    """The class or function of ours that files call module.name. AttributeError without one."""
    inner = module.partition(".")[2]
    if inner == "_C" and name == "Generator":
        inner = ""
    if inner == "_C" and name in ("_VariableFunctionsClass", "_VariableFunctions"):
        return _module("")
    for place in _places(inner):
        found = _module(place)
        value = None if found is None else _attribute(found, name)
        if value is not None:
            return value
    raise AttributeError(
        f"Can't get attribute '{name}' on module '{module}'\n\n"
        f"{module}.{name} is not covered by {OURS}, so this file cannot be loaded as a whole."
    )
