"""A sample of compat/views: for each view op every layout, with modes and writers in turn."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

import jtorch  # noqa: E402

from .views.stories import compare, known_gaps, sample, unexplained  # noqa: E402
from .views.table import VIEWS  # noqa: E402

GAPS = known_gaps()


@pytest.mark.parametrize("view", VIEWS)
def test_view(view):
    found = []
    for story in sample(view):
        lines = unexplained(story, compare(story, torch, jtorch), GAPS)[:5]
        found += [f"{story.name}: {line}" for line in lines]
    assert not found, "\n".join(found)
