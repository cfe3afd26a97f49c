"""The differential suite of compat/programs as tests: every program agrees, save the known gaps."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

import jtorch  # noqa: E402

from .programs._outcome import differences, run  # noqa: E402
from .programs._suite import known_gaps, programs  # noqa: E402

torch.set_warn_always(True)
GAPS = known_gaps()


@pytest.mark.parametrize("program", programs(), ids=lambda p: p.name)
def test_program(program, request):
    if program.name in GAPS:
        request.node.add_marker(pytest.mark.xfail(reason=GAPS[program.name], strict=True))
    found = differences(run(program.run, torch), run(program.run, jtorch))
    assert not found, "\n".join(found)


def test_gaps_name_programs():
    assert GAPS.keys() <= {p.name for p in programs()}
