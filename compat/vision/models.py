"""python -m compat.vision.models [name or part of a family ...]: models of torchvision on jtorch
beside the same models on torch: outputs in eval mode, losses, gradients and buffers in train mode.
Training is compared in float64, except where torchvision insists on float32: gradients of deep
models with batch normalization of few values are ill-conditioned, and torch's own in float32 are
off by a hundredth from those in float64.

An error is the greatest difference within a tensor over its greatest element. A gradient whose
elements are all smaller than a thousandth of the model's greatest gradient is measured against that
thousandth: what is left of sums that cancel is noise on both sides. Where training is in float32,
torch does it twice, with the input moved by a unit in the last place. How far its own gradients are
then from themselves is the column "own"; ours may be twice as far, for both sides round.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ._members import MEMBERS

ROOT = Path(__file__).parents[2]
ALLOWED = 1e-3
TOGETHER = 8
# Most of the time is LLVM's; the programs it is given are the same without its optimizations. The
# last option is for raft_large: YNN's sum of a product of seven dimensions crashes in jaxlib 0.10.
QUICK = (
    "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true "
    "--xla_cpu_experimental_ynn_fusion_type="
)
GROUPS = ("eval", "loss", "grad", "buffer")
SHOWN = (*GROUPS, "own")


class Report(NamedTuple):
    """How one model compares."""

    name: str
    errors: dict[str, float]  # the worst of each group
    worst: str  # the tensor that is farthest off
    problems: list[str]
    seconds: tuple[float, float]


def compare(names: list[str], dtype: str = "float64") -> Iterator[Report]:
    """Run the models on both sides, in one process for each side, and compare as results come."""
    with tempfile.TemporaryDirectory() as folder:
        streams = []
        for side in ("torch", "jtorch"):
            (Path(folder) / side).mkdir()
            streams.append(_results(side, dtype, str(Path(folder) / side), names))
        for theirs, ours in zip(*streams, strict=True):
            yield _compared(Path(folder), theirs, ours)


def _results(side: str, dtype: str, folder: str, names: list[str]) -> Iterator[dict]:
    """The reports of one side; a process has few models, since it keeps what it compiled."""
    for first in range(0, len(names), TOGETHER):
        some = names[first : first + TOGETHER]
        command = [sys.executable, "-m", "compat.vision._oracle", side, dtype, folder, *some]
        environment = {"XLA_FLAGS": QUICK, **os.environ}
        with (
            open(f"{folder}.log", "a", encoding="utf-8") as log,
            subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
            ) as child,
        ):
            assert child.stdout is not None
            for line in child.stdout:
                yield json.loads(line)
        if child.returncode:
            tail = Path(f"{folder}.log").read_text(encoding="utf-8")[-3000:]
            raise RuntimeError(f"the {side} side ended early:\n{tail}")


def _compared(folder: Path, theirs: dict, ours: dict) -> Report:
    name, seconds = theirs["name"], (theirs["seconds"], ours["seconds"])
    failed = [f"{s}: {r['error']}" for s, r in (("torch", theirs), ("jtorch", ours)) if r["error"]]
    if failed:
        return Report(name, {}, "", failed, seconds)
    paths = [folder / side / f"{name}.npz" for side in ("torch", "jtorch")]
    with np.load(paths[0]) as want, np.load(paths[1]) as got:
        errors, worst, problems = differences(dict(want), dict(got))
    for path in paths:
        path.unlink()
    return Report(name, errors, worst, problems, seconds)


def differences(want: dict, got: dict) -> tuple[dict[str, float], str, list[str]]:
    """(the worst error of each group, the tensor that is farthest off, what is wrong)."""
    moved = {key: want.pop(key) for key in [*want] if key.startswith("moved")}
    problems = [f"only torch has {key}" for key in want.keys() - got.keys()]
    problems += [f"only jtorch has {key}" for key in got.keys() - want.keys()]
    grads = [np.abs(x).max(initial=0) for key, x in want.items() if key.startswith("grad")]
    floor = {"grad": 1e-3 * max(grads, default=0)}
    errors, worst = dict.fromkeys(GROUPS, 0.0), ("", 0.0)
    for key in want.keys() & got.keys():
        a, b, group = want[key], got[key], key.partition(".")[0]
        if a.shape != b.shape or a.dtype != b.dtype:
            problems.append(f"{key}: {a.dtype}{list(a.shape)} and {b.dtype}{list(b.shape)}")
            continue
        error = _error(a, b, floor.get(group, 0.0))
        errors[group] = max(errors[group], error)
        worst = max(worst, (key, error), key=lambda each: each[1])
    own = [
        _error(want[place], x, floor["grad"])
        for key, x in moved.items()
        if (place := key.replace("moved", "grad", 1)) in want
    ]
    errors["own"] = max(own, default=0.0)
    allowed = {"grad": max(ALLOWED, 2 * errors["own"])}
    problems += [
        f"{g}: off by {errors[g]:.1e}" for g in GROUPS if not errors[g] <= allowed.get(g, ALLOWED)
    ]
    return errors, worst[0], problems


def _error(a: np.ndarray, b: np.ndarray, floor: float) -> float:
    if not a.size:
        return 0.0
    if not np.issubdtype(a.dtype, np.floating):
        return float(not np.array_equal(a, b))
    if not (np.isfinite(a) == np.isfinite(b)).all():
        return np.inf
    a, b = np.nan_to_num(a.astype(np.float64)), np.nan_to_num(b.astype(np.float64))
    return float(np.abs(a - b).max() / max(np.abs(a).max(), floor, 1e-30))


def chosen(words: list[str]) -> list[str]:
    """The members whose name or family has one of the words in it; all for no word."""
    return [
        name
        for name, member in MEMBERS.items()
        if not words or any(word in name or word in member.family for word in words)
    ]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m compat.vision.models", description=__doc__)
    parser.add_argument("words", nargs="*", help="parts of names or of families; default: all")
    parser.add_argument("--dtype", default="float64", help="what models are trained in")
    options = parser.parse_args(arguments)
    names = chosen(options.words)
    print(f"{'model':36}{'family':24}" + "".join(f"{g:>9}" for g in SHOWN) + "  torch  jtorch")
    failed = 0
    for report in compare(names, options.dtype):
        failed += bool(report.problems)
        errors = "".join(f"{report.errors.get(g, np.nan):9.0e}" for g in SHOWN)
        times = f"{report.seconds[0]:6.1f} {report.seconds[1]:6.1f} s"
        print(f"{report.name:36}{MEMBERS[report.name].family:24}{errors} {times}", flush=True)
        if report.problems:
            print(f"    {'; '.join(report.problems)} (worst: {report.worst})", flush=True)
    print(f"\n{len(names) - failed} of {len(names)} models agree within {ALLOWED:g}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
