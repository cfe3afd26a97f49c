"""A part of torch's operator database as tests: two samples of each entry in float32, values and
gradients, and all its error inputs. What does not pass stands in compat/opinfo/xfail.txt.
"""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("expecttest")  # which torch's own test helpers import

from .gaps import known
from .opinfo import _entries, _task

CHECKS = ("value", "grad", "error")
GAPS = known(_entries.HERE / "xfail.txt")
IN_SCOPE = [e for e in _entries.entries().values() if e.out_of_scope is None]
CASES = [(e.name, c) for e in IN_SCOPE if "float32" in e.dtypes for c in e.checks("float32")]


@pytest.mark.parametrize(
    ("entry", "check"), [pytest.param(e, c, id=f"{e}-{c}") for e, c in CASES if c in CHECKS]
)
def test_entry(entry, check, request):
    why = GAPS.get((entry, check))
    if why is not None:
        request.node.add_marker(pytest.mark.xfail(reason=why, strict=True))
    (result,) = _task.run(_task.Task(entry, "float32", (check,), 2))
    assert not result.failures, "\n".join(f"sample {i}: {text}" for i, text in result.failures)


def test_gaps_name_entries():
    known = {(e.name, c) for e in IN_SCOPE for c in _entries.CHECKS}
    assert GAPS.keys() <= known
