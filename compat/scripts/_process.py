"""Runs a script in a process of its own, under real torch or under jtorch, and says what came of
it. It knows nothing of what a script should print.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {"torch": [sys.executable], "jtorch": [sys.executable, "-m", "jtorch"]}
TRACEBACK = "Traceback (most recent call last):"


class Outcome(NamedTuple):
    """What a run printed and raised (`Type: first line`, or nothing), and how long it took."""

    library: str
    printed: str
    complaints: str
    status: int
    raised: str
    seconds: float


def run(library: str, script: Path, arguments: Sequence[str] = (), timeout: float = 600) -> Outcome:
    """Runs a script in an empty folder that is thrown away afterwards."""
    command = [*COMMANDS[library], str(script.resolve()), *arguments]
    with tempfile.TemporaryDirectory(prefix="compat-scripts-") as folder:
        start = time.perf_counter()
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment(), timeout=timeout, text=True,
                capture_output=True, check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            printed, complaints = _text(late.stdout), _text(late.stderr)
            return Outcome(library, printed, complaints, -1, f"timeout after {timeout} s", timeout)
        seconds = time.perf_counter() - start
    raised = raised_by(done.stderr) if done.returncode else ""
    return Outcome(library, done.stdout, done.stderr, done.returncode, raised, seconds)


def raised_by(complaints: str) -> str:
    """`Type: first line` of the exception that a traceback on stderr ends with."""
    _, found, rest = complaints.rpartition(TRACEBACK)
    if not found:
        return ""
    for line in rest.split("\n")[1:]:
        if line and not line[0].isspace():
            # jtorch's own classes stand where torch's do
            return re.sub(r"^(?:j?torch\.[\w.]*\.)", "", line.rstrip())
    return ""


def environment() -> dict[str, str]:
    """What both libraries run in."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",  # these scripts are small: torch's threads would only wait
    }


def _text(output: str | bytes | None) -> str:
    return output.decode(errors="replace") if isinstance(output, bytes) else output or ""
