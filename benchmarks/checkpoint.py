"""`python -m benchmarks.checkpoint [--gigabytes G]`: how much memory loading a checkpoint takes, as
a share of its size. Each case runs in a process of its own, which says its peak beyond what it had
before it loaded. `--torch` measures real torch.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

WIDTH = 4096  # of the layers, 64 MiB each
LIMITS = {
    "load": 1.2, "load, old format": 1.2, "load into a module": 1.2, "load and look": 1.2,
    "mmap": 0.2, "mmap into a meta module": 0.2, "to meta": 0.2, "safetensors": 0.2,
}  # fmt: skip


def rss(field: str) -> int:
    """The resident memory (VmRSS), or its peak (VmHWM), in bytes."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith(field))


def network(torch: Any, layers: int, device: Any = None) -> Any:
    """Square layers without biases."""
    return torch.nn.Sequential(
        *(torch.nn.Linear(WIDTH, WIDTH, bias=False, device=device) for _ in range(layers))
    )


def prepare(torch: Any, folder: str, layers: int) -> None:
    """The files."""
    state = {f"{i}.weight": torch.full((WIDTH, WIDTH), float(i)) for i in range(layers)}
    torch.save(state, f"{folder}/new")
    torch.save(state, f"{folder}/old", _use_new_zipfile_serialization=False)
    import safetensors.torch

    safetensors.torch.save_file(state, f"{folder}/safetensors")


def case(torch: Any, name: str, folder: str, layers: int) -> Any:
    """What is measured; its result stays alive."""
    if name == "load into a module":
        net = network(torch, layers, "meta")
        net.load_state_dict(torch.load(f"{folder}/new"), assign=True)
        return net
    if name == "load and look":
        state = torch.load(f"{folder}/new")
        return state, [float(x.sum()) for x in state.values()]
    if name == "mmap":
        return torch.load(f"{folder}/new", mmap=True)
    if name == "mmap into a meta module":
        net = network(torch, layers, "meta")
        net.load_state_dict(torch.load(f"{folder}/new", mmap=True), assign=True)
        return net
    if name == "to meta":
        return torch.load(f"{folder}/new", map_location="meta")
    if name == "safetensors":
        import safetensors.torch

        return safetensors.torch.load_file(f"{folder}/safetensors")
    return torch.load(f"{folder}/{'old' if 'old' in name else 'new'}")


def child(name: str, folder: str, layers: int) -> None:
    """Measures one case and prints what it took."""
    import torch

    if name == "prepare":
        prepare(torch, folder, layers)
        return
    torch.save({"a": torch.ones(3)}, f"{folder}/warm")  # what is imported and compiled on demand
    float(torch.load(f"{folder}/warm")["a"].sum())
    before = rss("VmRSS")
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")  # the peak starts again here
    start = time.perf_counter()
    kept = case(torch, name, folder, layers)
    seconds = time.perf_counter() - start
    print(json.dumps({"bytes": rss("VmHWM") - before, "seconds": seconds}))
    del kept


def main() -> int:
    """Prints a line for each case; 1 where one is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--torch", action="store_true", help="measure real torch")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child[0], given.child[1], int(given.child[2]))
        return 0
    layers = max(1, round(given.gigabytes * 2**30 / (4 * WIDTH**2)))
    size = 4 * WIDTH**2 * layers
    run = [
        sys.executable,
        *([] if given.torch else ["-m", "jtorch"]),
        "-m",
        "benchmarks.checkpoint",
    ]
    over = False
    with tempfile.TemporaryDirectory() as folder:
        for name in ("prepare", *LIMITS):
            command = [*run, "--child", name, folder, str(layers)]
            env = {**os.environ, "JAX_PLATFORMS": "cpu"}
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
            if name != "prepare":
                found = json.loads(done.stdout)
                share = found["bytes"] / size
                over |= share > LIMITS[name]
                print(f"{name:24} {share:6.3f} of its size (limit {LIMITS[name]}), "
                      f"{found['seconds']:.2f} s", flush=True)  # fmt: skip
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
