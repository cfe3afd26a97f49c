"""torch's database of optimizers as tests: every configuration of every entry, twenty steps, beside
real torch. Known gaps stand in compat/optimizers/gaps.txt.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("expecttest")  # which torch's own test helpers import

from .gaps import known
from .optimizers._checks import CHECKS, ENTRIES

GAPS = known(Path(__file__).parent / "optimizers" / "gaps.txt")


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.filterwarnings("ignore")
def test_entry(entry, check, request):
    why = GAPS.get((entry, check))
    if why is not None:
        request.node.add_marker(pytest.mark.xfail(reason=why, strict=True))
    found = CHECKS[check](ENTRIES[entry])
    assert not found, "\n".join(found)


def test_gaps_name_entries():
    assert GAPS.keys() <= {(entry, check) for entry in ENTRIES for check in CHECKS}


def test_all_fifteen_are_there():
    assert len(ENTRIES) == 15
