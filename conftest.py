"""What every test run needs before jax is imported: the CPU unless told otherwise, and compiled
programs kept in one folder of the project, so that a second run does not compile them again."""

import os
from pathlib import Path

CACHE = Path(__file__).parent / ".cache" / "xla"

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JTORCH_CACHE_DIR", str(CACHE))
