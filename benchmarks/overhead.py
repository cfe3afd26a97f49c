"""What jtorch costs besides the arithmetic: recording an op, and being imported."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IMPORT = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"
IMPORTS = ("jtorch", "jtorch.nn, jtorch.optim, jtorch.utils.data", "jax", "torch")


def report(rounds: int = 5) -> dict[str, dict]:
    """Measures and prints both."""
    recording = recording_costs()
    print("\nmicroseconds an op (jtorch: to record it)")
    print(f"{'':18}{'jtorch':>10}{'torch':>10}")
    for name, cost in recording["jtorch"].items():
        print(f"{name:18}{cost:10.2f}{recording['torch'][name]:10.2f}")
    imports = {name: import_time(name, rounds) for name in IMPORTS}
    print("\nseconds to import")
    for name, seconds in imports.items():
        print(f"{name:46}{seconds:8.2f}")
    return {"recording": recording, "imports": imports}


def recording_costs() -> dict[str, dict[str, float]]:
    """{library: {op: microseconds}}."""
    script = str(ROOT / "benchmarks" / "recording.py")
    return {
        "jtorch": json.loads(_output([sys.executable, "-m", "jtorch", script])),
        "torch": json.loads(_output([sys.executable, script])),
    }


def import_time(name: str, rounds: int) -> float:
    """The median of fresh processes; the first one, which may have to compile bytecode, is left
    out."""
    command = [sys.executable, "-c", IMPORT.format(name)]
    times = [float(_output(command)) for _ in range(rounds + 1)]
    return statistics.median(times[1:])


def _output(command: list[str]) -> str:
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as cache:
        environment = {
            "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu", "JTORCH_CACHE_DIR": cache,
            "OMP_NUM_THREADS": "2",
        }  # fmt: skip
        done = subprocess.run(
            command, env=os.environ | environment, text=True, stdout=subprocess.PIPE, check=True
        )
    return done.stdout


if __name__ == "__main__":
    report()
