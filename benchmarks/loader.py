"""DataLoader throughput beside real torch's: `python -m benchmarks.loader`. Each library is a
process of its own; they take turns, one pass each, and the medians are compared.

png: images in PNG files, decoded by Pillow in two persistent workers, with what ToTensor does. In
memory: a TensorDataset without workers; rows: a class of the user's own, sample by sample. A ratio
above 1 means that jtorch is faster; the last column compares the best passes. Exit status 1: a bar
of BARS is not met.
"""

from __future__ import annotations

import argparse
import functools
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, TensorDataset

ROOT = Path(__file__).resolve().parents[1]
IMAGES, SIDE, BATCH = 512, 160, 32
SAMPLES = 50_000
BARS = {"png": 0.8, "memory": 1.0}


# -- in the process of one library: a torch script --


class Png:
    """What ImageFolder and ToTensor do with a file."""

    def __init__(self, folder: str) -> None:
        self.files = [file.read_bytes() for file in sorted(Path(folder).glob("*.png"))]

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, i: int) -> Any:
        image = Image.open(io.BytesIO(self.files[i])).convert("RGB")
        pixels = torch.from_numpy(np.array(image, copy=True)).permute(2, 0, 1).contiguous()
        return pixels.to(torch.get_default_dtype()).div(255), i % 10


class Rows:
    """A data set as people write it: one row of two tensors for each sample, normalised."""

    def __init__(self, x: Any, y: Any, normal: bool) -> None:
        self.x, self.y, self.normal = x, y, normal

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> Any:
        if self.normal:
            return (self.x[i] - 0.5) / 0.5, int(self.y[i])
        return self.x[i], self.y[i]


def loaders(folder: str) -> dict[str, Any]:
    """Case -> loader."""
    png = functools.partial(
        DataLoader, Png(folder), BATCH, shuffle=True, num_workers=2, persistent_workers=True
    )
    cases = {"png, 2 workers": png()}
    if "jtorch" in torch.__version__:
        cases["png, 2 spawned"] = png(multiprocessing_context="spawn")
    flat = TensorDataset(torch.rand(SAMPLES, 32), torch.arange(SAMPLES))
    images = TensorDataset(torch.rand(SAMPLES // 5, 3, 32, 32), torch.arange(SAMPLES // 5))
    for batch in (64, 256):
        cases[f"memory, {batch}"] = DataLoader(flat, batch, shuffle=True)
        cases[f"memory, {batch} images"] = DataLoader(images, batch, shuffle=True)
    cases["rows, 64"] = DataLoader(Rows(*flat.tensors, normal=False), 64, shuffle=True)
    cases["rows, 64 images, normal"] = DataLoader(Rows(*images.tensors, normal=True), 64)
    return cases


def serve(folder: str) -> None:
    """Answers names of cases with samples a second, over one pass."""
    torch.set_num_threads(1)
    made = loaders(folder)
    for line in sys.stdin:
        start = time.perf_counter()
        count = sum(len(y) for _, y in made[line.strip()])
        print(count / (time.perf_counter() - start), flush=True)


# -- the comparison --


class Library:
    """A process that measures."""

    def __init__(self, name: str, folder: str) -> None:
        run = ["-m", "jtorch"] if name == "jtorch" else []
        command = [sys.executable, *run, str(ROOT / "benchmarks" / "loader.py"), "--serve", folder]
        environment = os.environ | {"JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def rate(self, case: str) -> float:
        """Samples a second."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None and stdout is not None
        stdin.write(case + "\n")
        stdin.flush()
        return float(stdout.readline())


def write_images(folder: str) -> None:
    """Noise on slopes, which PNG compresses as it does photographs."""
    rng = np.random.default_rng(0)
    slope = np.linspace(0, 200, SIDE)[:, None, None] + np.zeros((1, SIDE, 3))
    for i in range(IMAGES):
        pixels = slope + rng.normal(20, 8, (SIDE, SIDE, 3))
        Image.fromarray(pixels.clip(0, 255).astype("uint8")).save(f"{folder}/{i:04}.png")


def compare(rounds: int) -> bool:
    """Prints a table; whether every bar is met."""
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        write_images(folder)
        ours, theirs = Library("jtorch", folder), Library("torch", folder)
        cases = {"png, 2 workers": "png, 2 workers", "png, 2 spawned": "png, 2 workers"}
        cases |= {name: name for b in (64, 256) for name in (f"memory, {b}", f"memory, {b} images")}
        cases |= {name: name for name in ("rows, 64", "rows, 64 images, normal")}
        print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cpus; samples a second")
        print(f"{'':24}{'jtorch':>10}{'torch':>10}{'ratio':>8}{'best':>8}")
        good = True
        for mine, other in cases.items():
            rates: dict[str, list[float]] = {"jtorch": [], "torch": []}
            for i in range(rounds + 1):
                turns = [("jtorch", ours, mine), ("torch", theirs, other)]
                for name, library, case in turns[:: 1 if i % 2 else -1]:
                    rate = library.rate(case)
                    if i:  # the first round warms up
                        rates[name].append(rate)
            a, b = (statistics.median(rates[name]) for name in ("jtorch", "torch"))
            best = max(rates["jtorch"]) / max(rates["torch"])
            print(f"{mine:24}{a:10.0f}{b:10.0f}{a / b:8.2f}{best:8.2f}", flush=True)
            good &= "spawned" in mine or a / b >= BARS.get(mine.split(",")[0], 0.0)
        for library in (ours, theirs):
            library.process.stdin.close()  # type: ignore[union-attr]
            library.process.wait()
        print(f"load {os.getloadavg()[0]:.1f}")
    return good


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--serve", metavar="FOLDER", help="measure this process's library")
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
    else:
        sys.exit(not compare(options.rounds))
