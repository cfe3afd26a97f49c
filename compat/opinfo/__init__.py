"""The operator database of real torch (`op_db`), every sample of it run under both libraries.

    python -m compat.opinfo --resume --jobs 1       all samples in all dtypes: hours, in steps
    python -m compat.opinfo --capped --dtype bool   two samples of each entry in one dtype: minutes
    python -m compat.opinfo --failing -v            once more what failed, with what differs
    python -m compat.opinfo --page                  docs/parity.md from the results so far

Results are kept as they come, and compiled programs too, in folders of the project. A part of it
is a test, compat/test_opinfo.py.
"""

import os
import pathlib

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JTORCH_CACHE_DIR", str(pathlib.Path(__file__).parents[2] / ".cache" / "xla"))
