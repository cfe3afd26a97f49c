"""Bad input raises under jtorch what it raises under real torch: type and first line."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

import jtorch  # noqa: E402

from .errors._suite import cases, differs_on_purpose, raised  # noqa: E402

REASONS = differs_on_purpose()


@pytest.mark.parametrize("case", cases(), ids=lambda c: c.name)
def test_case(case, request):
    if case.name in REASONS:
        request.node.add_marker(pytest.mark.xfail(reason=REASONS[case.name], strict=True))
    want = raised(case, torch)
    assert want != "nothing", "real torch raises nothing: this is no case of bad input"
    assert raised(case, jtorch) == want


def test_reasons_name_cases():
    assert REASONS.keys() <= {c.name for c in cases()}
    assert all(REASONS.values()), "a deviation needs its reason"
