"""The scripts that are compared, with the arguments each is given, and the comparison itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from . import _process, _text

EXAMPLES = _process.ROOT / "examples"
CASES = Path(__file__).parent / "cases"

# Arguments that a script runs with here, where its defaults are not wanted.
ARGUMENTS: dict[str, tuple[str, ...]] = {}


class Script(NamedTuple):
    """A script and its command line."""

    name: str
    path: Path
    arguments: tuple[str, ...] = ()


class Report(NamedTuple):
    """How one script fared; no problems means that it agrees."""

    script: Script
    torch: _process.Outcome
    jtorch: _process.Outcome
    problems: list[str]


def scripts() -> list[Script]:
    """Every script known here: the examples, then the cases beside this file."""
    paths = [*sorted(EXAMPLES.glob("[a-z]*.py")), *sorted(CASES.glob("[a-z]*.py"))]
    return [Script(p.stem, p, ARGUMENTS.get(p.stem, ())) for p in paths]


def compare(script: Script, rel: float = 1e-3, timeout: float = 600) -> Report:
    """Runs a script under both libraries, one after the other."""
    want = _process.run("torch", script.path, script.arguments, timeout)
    got = _process.run("jtorch", script.path, script.arguments, timeout)
    return Report(script, want, got, problems(want, got, rel))


def problems(want: _process.Outcome, got: _process.Outcome, rel: float) -> list[str]:
    """What differs between two runs, each a paragraph."""
    found = []
    if want.status != got.status:
        found.append(f"exit status: torch {want.status}, jtorch {got.status}")
    if want.raised != got.raised:
        found.append(f"raised: torch {want.raised or 'nothing'}\n       jtorch {got.raised}")
    differences = _text.compare(want.printed, got.printed, rel)
    if differences:
        count = f"{len(differences)} of {want.printed.count(chr(10))} printed lines differ"
        found.append(f"{count}:\n{_text.side_by_side(differences)}")
    if found and got.raised and not want.raised:
        found.append("jtorch's stderr ends with:\n" + _tail(got.complaints))
    return found


def _tail(text: str, lines: int = 25) -> str:
    return "\n".join(f"    {line}" for line in text.rstrip().split("\n")[-lines:])


def chosen(names: Sequence[str]) -> list[Script]:
    """The scripts named: parts of known names, or paths of any script at all."""
    known = scripts()
    if not names:
        return known
    found = []
    for name in names:
        if name.endswith(".py"):
            found.append(Script(Path(name).stem, Path(name)))
            continue
        matches = [s for s in known if name in s.name]
        if not matches:
            raise SystemExit(
                f"no script called {name!r}; known: {', '.join(s.name for s in known)}"
            )
        found += matches
    return found
