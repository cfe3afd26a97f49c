"""python -m benchmarks.steps [--case NAME ...] [--rounds N]: the same training step under torch
eager, jtorch and hand-written JAX, each in a process of its own, taking turns so that one trains at
a time. Prints medians in milliseconds, first steps, peak memory; then what recording an op costs
and what importing costs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import overhead
from .data import SHAPES

ROOT = Path(__file__).resolve().parents[1]
WORKER = ROOT / "benchmarks" / "worker.py"
# torch goes first: it leaves the first weights for JAX
LIBRARIES = ("torch", "jtorch", "jax", "jax-malloc")
CHECKED_STEPS = 10  # their last loss must agree
TURN = 0.4  # seconds


class Worker:
    """One library's process, training one case."""

    def __init__(self, library: str, case: str, folder: Path):
        self.library = library
        run = [sys.executable, "-m", "jtorch"] if library == "jtorch" else [sys.executable]
        environment = {
            "PYTHONPATH": str(ROOT),
            "JAX_PLATFORMS": "cpu",
            "OMP_NUM_THREADS": "2",  # torch's threads
            "JTORCH_CACHE_DIR": str(folder / f"cache-jtorch-{case}"),
            "BENCH_JAX_CACHE": str(folder / f"cache-{library}-{case}"),
        }
        self.process = subprocess.Popen(
            [*run, str(WORKER), library, case, str(folder)], env=os.environ | environment,
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self.times: list[float] = []
        self.rounds: list[float] = []
        self.imported = self._answer()["imported"]
        self.first = self.run(1)["times"][0]
        checked = self.run(CHECKED_STEPS - 1)
        self.loss, self.peak = checked["loss"], checked["peak"]
        settled = statistics.median(self.run(max(3, int(TURN / checked["times"][-1] / 4)))["times"])
        self.turn = min(2000, max(3, int(TURN / settled)))

    def _answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.library}'s worker ended: its message stands above")
        return json.loads(line)

    def run(self, steps: int) -> dict:
        self.process.stdin.write(json.dumps({"run": steps}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def take_turn(self) -> None:
        answer = self.run(self.turn)
        self.times += answer["times"]
        self.rounds.append(statistics.median(answer["times"]))
        self.peak = answer["peak"]

    def result(self) -> dict:
        return {
            "median": statistics.median(self.times) * 1e3,
            "best": min(self.rounds) * 1e3,
            "first": self.first,
            "loss": self.loss,
            "peak": self.peak,
            "grown": self.peak - self.imported,
            "steps": len(self.times),
        }

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def measure(case: str, rounds: int, libraries: list[str]) -> dict[str, dict]:
    """Every library's result on a case; the order of turns changes from round to round."""
    workers: list[Worker] = []
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        try:
            for library in libraries:
                workers.append(Worker(library, case, Path(folder)))
            for k in range(rounds):
                first = k % len(workers)
                for worker in workers[first:] + workers[:first]:
                    time.sleep(0.02)  # threads of the one before stop spinning
                    worker.take_turn()
            return {worker.library: worker.result() for worker in workers}
        finally:
            for worker in workers:
                worker.close()


HEADER = (
    f"{'':8}{'ms a step (best round)':^52}{'jtorch is x times':^27}{'first step, s':^28}\n"
    f"{'case':8}{'jtorch':>12} {'jax':>12} {'jax-malloc':>13} {'torch':>12}"
    f"{'jax':>9} {'malloc':>7} {'torch':>7}   {'jtorch':>8} {'jax':>7} {'torch':>7}"
)


def row(case: str, results: dict[str, dict]) -> str:
    """One line of the table; libraries that were left out have dashes."""

    def value(library: str, key: str, digits: int) -> str:
        return f"{results[library][key]:.{digits}f}" if library in results else "-"

    def step(library: str) -> str:
        return f"{value(library, 'median', 2)} ({value(library, 'best', 2)})"

    def ratio(library: str) -> str:
        if library not in results or "jtorch" not in results:
            return "-"
        return f"{results['jtorch']['median'] / results[library]['median']:.2f}"

    return (
        f"{case:8}{step('jtorch'):>12} {step('jax'):>12} {step('jax-malloc'):>13} "
        f"{step('torch'):>12}{ratio('jax'):>9} {ratio('jax-malloc'):>7} {ratio('torch'):>7}   "
        f"{value('jtorch', 'first', 2):>8} {value('jax', 'first', 2):>7} "
        f"{value('torch', 'first', 2):>7}"
    )


def memory_row(case: str, results: dict[str, dict]) -> str:
    cells = [f"{r['peak']:7.0f} (+{r['grown']:.0f})" for r in results.values()]
    return f"{case:8}" + "".join(f"{cell:>18}" for cell in cells)


def disagreements(case: str, results: dict[str, dict]) -> list[str]:
    """Losses after the same few steps from the same weights: they must be the same training."""
    want = results["torch"]["loss"]
    return [
        f"{case}: after {CHECKED_STEPS} steps torch's loss is {want:.6f}, {library}'s "
        f"{result['loss']:.6f}"
        for library, result in results.items()
        if abs(result["loss"] - want) > 2e-3 * abs(want)
    ]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steps", description=__doc__)
    parser.add_argument("--case", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--rounds", type=int, default=10, help="turns of each library (default 10)")
    parser.add_argument("--library", nargs="+", choices=LIBRARIES[1:], default=LIBRARIES[1:])
    parser.add_argument("--no-overhead", action="store_true", help="only the training steps")
    parser.add_argument("--json", type=Path, help="also write every number to this file")
    options = parser.parse_args(arguments)

    libraries = [name for name in LIBRARIES if name == "torch" or name in options.library]
    results, wrong = {}, []
    print(HEADER)
    for case in options.case:
        results[case] = measure(case, options.rounds, libraries)
        wrong += disagreements(case, results[case])
        print(row(case, results[case]), flush=True)
    print("\npeak memory, MiB (growth since the import)")
    print(f"{'case':8}" + "".join(f"{library:>18}" for library in libraries))
    for case in options.case:
        print(memory_row(case, results[case]))
    if not options.no_overhead:
        results["overhead"] = overhead.report()
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    print("\n".join(["", *wrong]) if wrong else "\nthe losses agree")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
