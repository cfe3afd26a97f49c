"""A process that trains one case and does what its parent says: `worker.py LIBRARY CASE FOLDER`.
One JSON object a line on stdin and stdout.

LIBRARY is torch (jtorch, where the alias is installed), jax, or jax-malloc: JAX with glibc's
thresholds raised as jtorch raises them. The torch worker leaves its first weights in FOLDER for the
JAX ones.
"""

import ctypes
import json
import os
import resource
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, M_TOP_PAD = -3, -1, -2


def raise_malloc_thresholds():
    """What jtorch does at import (jtorch/graph/runtime.py), for a JAX that never heard of it."""
    mallopt = ctypes.CDLL("libc.so.6").mallopt
    mallopt(M_MMAP_THRESHOLD, 1 << 30)
    mallopt(M_TRIM_THRESHOLD, 1 << 30)
    mallopt(M_TOP_PAD, 64 << 20)


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def load_torch(case, folder):
    import numpy as np
    import torch_cases

    imported = peak_mib()
    training = torch_cases.Training(case)
    weights = folder / f"{case}.npz"
    if not weights.exists():
        np.savez(weights, **training.state())
    return training, imported


def load_jax(case, folder):
    import jax
    import numpy as np

    # every program is kept, as jtorch keeps them: both pay for writing the cache
    jax.config.update("jax_compilation_cache_dir", os.environ["BENCH_JAX_CACHE"])
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    import jax_cases

    imported = peak_mib()
    with np.load(folder / f"{case}.npz") as state:
        return jax_cases.Training(case, dict(state)), imported


def run(training, count):
    times, loss = [], 0.0
    for _ in range(count):
        start = time.perf_counter()
        loss = training.step()
        times.append(time.perf_counter() - start)
    return {"times": times, "loss": loss, "peak": peak_mib()}


def main(library, case, folder):
    sys.path.insert(0, str(HERE))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not look like an answer
    if library == "jax-malloc":
        raise_malloc_thresholds()
    load = load_jax if library.startswith("jax") else load_torch
    training, imported = load(case, Path(folder))
    print(json.dumps({"ready": True, "imported": imported}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(run(training, json.loads(line)["run"])), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
