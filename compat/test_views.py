"""A sample of compat/views: for each view op every layout, with modes and writers in turn."""

from __future__ import annotations

import random

import pytest

torch = pytest.importorskip("torch")

import jtorch  # noqa: E402

from .views.stories import compare, known_gaps, sample, stories, unexplained  # noqa: E402
from .views.table import VIEWS  # noqa: E402

GAPS = known_gaps()


@pytest.mark.parametrize("view", VIEWS)
def test_view(view):
    found = []
    for story in sample(view):
        lines = unexplained(story, compare(story, torch, jtorch), GAPS)[:5]
        found += [f"{story.name}: {line}" for line in lines]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("gap", GAPS, ids=lambda gap: gap.story.pattern)
def test_gap_is_still_there(gap):
    """A line that explains nothing any more must leave."""
    stories_of = [s for s in stories() if gap.story.search(s.name)]
    random.Random(0).shuffle(stories_of)
    lines = (line for s in stories_of[:100] for line in compare(s, torch, jtorch))
    assert any(gap.line.search(line) for line in lines)
