"""How errors are worded. Imports nothing of jtorch."""

from __future__ import annotations

from typing import Any

COVERAGE = "docs/coverage.md"


def not_covered(name: str) -> NotImplementedError:
    """For something torch has, this does not, and a call cannot go on without."""
    return NotImplementedError(f"jtorch: {name} is not covered; see {COVERAGE}")


def no_attribute(module: str, name: str) -> AttributeError:
    """For a missing name of a namespace: scripts probe with hasattr, so it must be an AttributeError."""
    return AttributeError(
        f"module '{module}' has no attribute '{name}'\n\n"
        f"jtorch does not cover {module}.{name}; see {COVERAGE}."
    )


def type_name_of(x: Any) -> str:
    """A class as torch's argument errors name it."""
    cls = type(x)
    if cls.__module__ in ("builtins", "torch", "jtorch"):
        return cls.__name__
    return f"{cls.__module__}.{cls.__name__}" if cls.__module__.startswith("numpy") else cls.__name__
