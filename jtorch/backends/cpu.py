"""`torch.backends.cpu`: what the CPU can do."""

import functools
import re
from pathlib import Path

# What torch's kernels of a level need, the highest level first.
LEVELS = {
    "AVX512": {"avx512f", "avx512bw", "avx512dq", "avx512vl", "fma"},
    "AVX2": {"avx2", "fma"},
}
SYSTEM = Path("/proc/cpuinfo")


@functools.cache
def get_cpu_capability() -> str:
    """The vectors of this processor: AVX512, AVX2, or DEFAULT where it has neither or the system
    does not list them (Linux does). XLA compiles for the processor anyway; torchvision asks, and
    resizes bytes as bytes where the answer is not DEFAULT.
    """
    found = re.search(r"^flags\s*:(.*)$", SYSTEM.read_text(), re.M) if SYSTEM.exists() else None
    flags = set(found[1].split()) if found else set()
    return next((level for level, needed in LEVELS.items() if needed <= flags), "DEFAULT")
