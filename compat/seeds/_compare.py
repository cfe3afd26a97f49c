"""Runs the blocks of a document under both libraries and says which of them differ, and how."""

from __future__ import annotations

import json
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from ..scripts import _process, _text
from . import _extract

CHILD = Path(__file__).with_name("_child.py")
REL = 1e-3
# Values this close to nothing are rounding: beside them there are others of order one.
ABS = 1e-6


class Result(NamedTuple):
    """One block: what differs (nothing, if it agrees), and what torch raised."""

    document: str
    block: _extract.Block
    raised: str
    problems: list[str]


def compare_document(path: Path, timeout: float = 300) -> list[Result]:
    """Every block of a document."""
    found = _extract.blocks(path.read_text(encoding="utf-8"))
    with ThreadPoolExecutor(2) as pool:
        want, got = pool.map(lambda library: _run(library, found, timeout), ("torch", "jtorch"))
    vague: set[str] = set()
    results = []
    for block in found:
        vague |= _extract.uninitialised(block.source)
        a, b = want.get(block.number), got.get(block.number)
        assert a is not None, f"real torch did not reach block {block.number} of {path.name}"
        problems = ["jtorch did not reach this block"] if b is None else _differences(a, b, vague)
        results.append(Result(path.stem, block, a["raised"], problems))
    return results


def _run(library: str, blocks: list[_extract.Block], timeout: float) -> dict[int, dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="compat-seeds-") as folder:
        read, write = Path(folder) / "blocks.json", Path(folder) / "outcomes.json"
        read.write_text(json.dumps([[b.number, b.source] for b in blocks]))
        command = [*_process.COMMANDS[library], str(CHILD), str(read), str(write)]
        done = subprocess.run(
            command, cwd=folder, env=_process.environment(), timeout=timeout, text=True,
            capture_output=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode or not write.exists():
            raise RuntimeError(f"{library} failed on the document:\n{done.stderr[-3000:]}")
        return dict(json.loads(write.read_text()))


def _differences(want: dict[str, Any], got: dict[str, Any], vague: set[str]) -> list[str]:
    found = []
    if want["raised"] != got["raised"]:
        found.append(f"raised: torch {want['raised'] or 'nothing'}\n       jtorch {got['raised']}")
        if got["raised"] and not want["raised"]:
            found.append(got["traceback"])
    printed = _text.compare(want["printed"], got["printed"], REL)
    if printed:
        found.append("printed:\n" + _text.side_by_side(printed))
    a, b = want["variables"], got["variables"]
    for name in sorted(a.keys() | b.keys()):
        if name not in a or name not in b:
            found.append(f"{name}: a tensor only under {'torch' if name in a else 'jtorch'}")
            continue
        # an uninitialised tensor has a shape and a dtype, and nothing else to compare
        keys = [k for k in a[name] if name not in vague or k in ("dtype", "shape")]
        for key in keys:
            if not _close(a[name][key], b[name][key]):
                found.append(f"{name} {key}: torch {a[name][key]}, jtorch {b[name][key]}"[:600])
    return found


def _close(a: Any, b: Any) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_close(x, y) for x, y in zip(a, b))
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (a != a and b != b) or abs(a - b) <= ABS + REL * max(abs(a), abs(b))
    return type(a) is type(b) and a == b
