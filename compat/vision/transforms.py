"""`python -m compat.vision.transforms [part of a name ...] [-v]`: torchvision's transforms, v1 and
v2, under jtorch beside real torch: values, types, errors, and where the random numbers stand
afterwards. Fails where a case is not as transforms_gaps.txt says.
"""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from compat.scripts import _process

GAPS = Path(__file__).with_name("transforms_gaps.txt")
CHILD = "compat.vision.transforms_child"
# Both round their floats; images are of order one, or of order 255.
REL, ABS = 1e-4, 1e-5


class Gap(NamedTuple):
    """A line of the list: the cases whose name it matches may differ so, for this reason."""

    case: re.Pattern[str]
    difference: re.Pattern[str]
    reason: str


def gaps() -> list[Gap]:
    """The list, each line `case | difference | reason`, the first two regular expressions."""
    lines = [x for x in GAPS.read_text().splitlines() if x and not x.startswith("#")]
    parts = [[part.strip() for part in line.split(" | ")] for line in lines]
    return [Gap(re.compile(c), re.compile(d), reason) for c, d, reason in parts]


def outcomes(child: str, parts: list[str], timeout: float = 1800) -> tuple[dict, dict]:
    """What came of the cases under real torch and under jtorch, which run side by side."""
    with tempfile.TemporaryDirectory(prefix="compat-vision-") as folder:
        running = []
        for library, python in _process.COMMANDS.items():
            (where := Path(folder) / library).mkdir()
            command = [*python, "-m", child, f"{folder}/{library}.pickle", *parts]
            running.append(subprocess.Popen(command, cwd=where, env=_process.environment()))
        for process in running:
            if process.wait(timeout):
                raise RuntimeError(f"{process.args} ended with {process.returncode}")
        read = (Path(folder) / f"{library}.pickle" for library in _process.COMMANDS)
        torch, jtorch = (pickle.loads(path.read_bytes()) for path in read)
        return torch, jtorch


def difference(want: dict[str, Any], got: dict[str, Any]) -> str:
    """How two outcomes differ; nothing if they agree."""
    found = _differ(want["value"], got["value"], "")
    if not found and want["state"] != got["state"]:
        return "other random numbers were drawn"
    return found


def _differ(a: Any, b: Any, where: str) -> str:
    raised = [x[1] if isinstance(x, tuple) and x[:1] == ("raised",) else "" for x in (a, b)]
    if any(raised) and raised[0] != raised[1]:
        return "raised: torch {}, jtorch {}".format(*(text or "nothing" for text in raised))
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)) and len(a) == len(b):
        found = (_differ(x, y, f"{where}[{i}]") for i, (x, y) in enumerate(zip(a, b)))
        return next(filter(None, found), "")
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape == b.shape:
        return _apart(a, b, where)
    if isinstance(a, float) and isinstance(b, float):
        same = a == b or abs(a - b) <= ABS + REL * abs(a)
    else:
        same = type(a) is type(b) and not isinstance(a, np.ndarray) and a == b
    return "" if same else f"{where}: torch {_short(a)}, jtorch {_short(b)}"


def _apart(a: np.ndarray, b: np.ndarray, where: str) -> str:
    """Whole numbers must be equal."""
    if a.dtype != b.dtype:
        return f"{where} dtype: torch {a.dtype}, jtorch {b.dtype}"
    if a.dtype.kind != "f":
        apart = abs(a.astype(np.int64) - b.astype(np.int64))
        return f"{where}: {np.mean(apart > 0):.2%} differ, by {apart.max()}" if apart.any() else ""
    if np.allclose(a, b, REL, ABS * max(1.0, float(np.abs(a).max(initial=0))), equal_nan=True):
        return ""
    apart = np.abs(a.astype(np.float64) - b)
    return f"{where}: {np.mean(apart > ABS):.2%} differ, by {apart.max():.3g}"


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}"
    return re.sub(r"\s+", " ", repr(value))[:200]


def run(parts: list[str], limit: int = 5) -> int:
    """Compares; prints what differs, `limit` cases of each kind of difference; returns how many."""
    started = time.time()
    want, got = outcomes(CHILD, parts)
    known, used, counts = gaps(), set(), Counter()
    shown: Counter[str] = Counter()
    for name, outcome in want.items():
        found = difference(outcome, got[name])
        gap = next((g for g in known if g.case.search(name) and g.difference.search(found)), None)
        if found and gap:
            used.add(gap)
        counts["gap" if found and gap else "DIFFER" if found else "agree"] += 1
        if found and not gap:
            kind = re.sub(r"\d+", "", found)
            shown[kind] += 1
            if shown[kind] <= limit:
                print(f"{name}\n    {found}")
    unused = [] if parts else [gap for gap in known if gap not in used]
    for gap in unused:
        print(f"explains nothing any more: {gap.case.pattern} | {gap.difference.pattern}")
    total = ", ".join(f"{n} {status}" for status, n in sorted(counts.items()))
    print(f"{len(want)} cases in {time.time() - started:.0f} s: {total}")
    return counts["DIFFER"] + len(unused)


if __name__ == "__main__":
    names = [a for a in sys.argv[1:] if not a.startswith("-")]
    sys.exit(bool(run(names, 10**6 if "-v" in sys.argv else 5)))
