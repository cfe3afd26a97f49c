"""torch's database of modules as tests: some samples of each entry and all its error inputs,
beside real torch. Known gaps stand in compat/modules/gaps.txt.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("expecttest")  # which torch's own test helpers import

from .gaps import known
from .modules._checks import KINDS, examine
from .modules._pairs import ENTRIES

GAPS = known(Path(__file__).parent / "modules" / "gaps.txt")
# One sample of an entry in a mode; `python -m compat.modules` runs them all, in four modes.
SAMPLES, SOME = 1, (("float32", True), ("float64", False))


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.filterwarnings("ignore")
def test_entry(entry):
    _, found = examine(ENTRIES[entry], SAMPLES, SOME)
    assert not [f for f in found if (entry, f.kind) not in GAPS]


def test_gaps_name_entries():
    assert GAPS.keys() <= {(entry, kind) for entry in ENTRIES for kind in KINDS}


def test_all_are_there():
    assert len(ENTRIES) == 114
