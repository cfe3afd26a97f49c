"""Runs one combination of the table under a library and says what can be seen of every tensor, as
plain data that compares.
"""

from __future__ import annotations

import itertools
import math
import pathlib
import re
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..programs._outcome import differences, error
from .table import LAYOUTS, MODES, VIEWS, WRITERS

GAPS = pathlib.Path(__file__).parent / "gaps.txt"
FORMATS = ("contiguous_format", "channels_last", "channels_last_3d")


class Story(NamedTuple):
    view: str
    layout: str
    mode: str
    writer: str

    @property
    def name(self) -> str:
        return " ".join(self)


def stories() -> Iterator[Story]:
    """Every combination that makes sense."""
    for view, layout in itertools.product(VIEWS, LAYOUTS):
        if LAYOUTS[layout][0](VIEWS[view].shape):
            for mode, writer in itertools.product(MODES, WRITERS):
                yield Story(view, layout, mode, writer)


def sample(view: str) -> list[Story]:
    """A few for each view: every layout, and modes and writers in turn."""
    pairs = list(itertools.product(MODES, WRITERS))
    turn = list(VIEWS).index(view)
    fitting = [name for name, (fits, _) in LAYOUTS.items() if fits(VIEWS[view].shape)]
    chosen = []
    for k, layout in enumerate(fitting):
        for step in (0, 17):
            mode, writer = pairs[(turn * 7 + k * 11 + step) % len(pairs)]
            chosen.append(Story(view, layout, mode, writer))
    return chosen


class Gap(NamedTuple):
    """Stories of this name may differ in lines like this."""

    story: re.Pattern
    line: re.Pattern
    reason: str


def known_gaps() -> list[Gap]:
    """The entries of gaps.txt: `story | line : reason`, both regular expressions."""
    gaps = []
    for text in GAPS.read_text().splitlines():
        if text.strip() and not text.startswith("#"):
            pattern, _, reason = text.partition(" : ")
            story, _, line = pattern.partition(" | ")
            gaps.append(Gap(re.compile(story.strip()), re.compile(line.strip()), reason))
    return gaps


def unexplained(
    story: Story, lines: list[str], gaps: list[Gap], used: set[Gap] | None = None
) -> list[str]:
    """The differences that no known gap accounts for; `used` collects the gaps that do."""
    left = []
    for line in lines:
        gap = next((g for g in gaps if g.story.search(story.name) and g.line.search(line)), None)
        if gap is None:
            left.append(line)
        elif used is not None:
            used.add(gap)
    return left


def compare(story: Story, torch, jtorch) -> list[str]:
    """Where the two libraries differ, one line each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return differences({"value": tell(story, torch)}, {"value": tell(story, jtorch)})


def tell(story: Story, torch) -> list[Any]:
    """What happens, step by step."""
    op, mode = VIEWS[story.view], MODES[story.mode]
    roots: list[Any] = []

    def make(shape):
        values = torch.arange(1, math.prod(shape) + 1).reshape(shape)
        leaf = values.to(getattr(torch, op.dtype))
        if op.dtype.startswith("complex"):
            leaf = leaf * (1 + 2j)
        grows = mode.base != "plain" and (leaf.is_floating_point() or leaf.is_complex())
        leaf.requires_grad_(grows)
        roots.append(leaf)
        return leaf * 1 if mode.base == "computed" else leaf

    x = LAYOUTS[story.layout][1](torch, make, op.shape)
    with torch.set_grad_enabled(mode.view):
        try:
            v, w = op.see(torch, x), op.see(torch, x)
        except Exception as e:
            return [error(_throw, e), _see({"x": x}, torch)]
    live = {"x": x, "v": v, "w": w}
    told: list[Any] = [_see(live, torch)]
    stale = [error(_square, t) for t in (v, x)]
    told.append(_write(story, torch, live))
    told.append(_see(live, torch))
    if mode.base != "plain":
        for loss in (*stale, error(_square, v), error(_square, x)):
            told.append(loss if isinstance(loss, str) else _backward(loss))
            told.append(_values(roots[0].grad))
        told.append(_see(live, torch))
    return told


def _throw(e: Exception):
    raise e


def _square(t):
    return (t * t.conj()).real.sum() if t.is_complex() else (t * t).sum()


def _write(story: Story, torch, live: dict[str, Any]) -> Any:
    mode = MODES[story.mode]
    shape = {"sibling": live["w"].shape, "all": live["w"].shape}.get(story.writer, live["x"].shape)
    source = torch.full(tuple(shape), 2.0, requires_grad=mode.base != "plain")
    source = source if live["x"].dtype.is_floating_point else source.detach().to(live["x"].dtype)
    with torch.set_grad_enabled(mode.write):
        out = error(WRITERS[story.writer], torch, *live.values(), source)
    return out if isinstance(out, str) else "written"


def _backward(loss) -> Any:
    if not loss.requires_grad:
        return "no gradient"
    return error(loss.backward, retain_graph=True) or "pulled back"


def _values(t) -> Any:
    return None if t is None else [str(t.dtype), tuple(t.shape), t.detach().tolist()]


def _see(live: dict[str, Any], torch) -> dict[str, Any]:
    """Everything that can be seen of each tensor, and who is whose base."""
    names = {id(t): name for name, t in live.items()}
    root = live["x"] if live["x"]._base is None else live["x"]._base
    names.setdefault(id(root), "root")
    seen = {}
    for name, t in live.items():
        told = seen[name] = {
            "dtype": str(t.dtype),
            "shape": tuple(t.shape),
            "stride": t.stride(),
            "offset": t.storage_offset(),
            "contiguous": [t.is_contiguous(memory_format=getattr(torch, f)) for f in FORMATS],
            "is_view": t._is_view(),
            "base": None if t._base is None else names.get(id(t._base), "another"),
            "storage": t.untyped_storage().data_ptr() == root.untyped_storage().data_ptr(),
            "version": t._version,
            "requires_grad": error(getattr, t, "requires_grad"),
            "is_leaf": error(getattr, t, "is_leaf"),
            "grad_fn": error(_node, t),
        }
        if told["storage"]:
            told["pointer"] = t.data_ptr() - root.data_ptr() if t.numel() else t.data_ptr()
        told["data"] = error(_contents, t)
    return seen


def _node(t) -> str | None:
    return t.grad_fn and t.grad_fn.name()


def _contents(t) -> list:
    return t.detach().tolist()
