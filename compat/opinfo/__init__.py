"""The operator database of real torch (`op_db`), every sample of it run under both libraries.

`python -m compat.opinfo` runs all of it and writes docs/parity.md; compat/test_opinfo.py a part.
Compiled programs are kept in a folder of the project.
"""

import os
import pathlib

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JTORCH_CACHE_DIR", str(pathlib.Path(__file__).parents[2] / ".cache" / "xla"))
