"""The safetensors wheel on jtorch beside the same wheel on torch: both write the same files, and
all they say about writing and reading them is the same.
"""

import json
import subprocess
import sys

import pytest

from .describe import difference

pytest.importorskip("safetensors")
CHILD = "compat.files.safetensors_child"
RUN = {
    "torch": [sys.executable, "-m", CHILD],
    "jtorch": [sys.executable, "-m", "jtorch", "-m", CHILD],
}


def said(library, *arguments):
    command = [*RUN[library], *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_both_ways(tmp_path):
    written = {library: said(library, tmp_path, library) for library in RUN}
    assert difference(written["torch"], written["jtorch"]) == "nowhere"
    read = {library: said(library, tmp_path, library, "torch") for library in RUN}
    assert difference(read["torch"], read["jtorch"]) == "nowhere"
    files = [(tmp_path / f"{library}.safetensors").read_bytes() for library in RUN]
    assert files[0] == files[1]
