"""A selection of compat/vision/transforms: every data set and tool, and some transforms of each
kind. All of them: `python -m compat.vision.transforms`.
"""

from __future__ import annotations

import importlib.util
import shutil

import pytest

pytest.importorskip("torch")
if importlib.util.find_spec("torchvision") is None:  # importing it would take the shim
    pytest.skip("torchvision is not installed", allow_module_level=True)
if shutil.which("cc") is None:
    pytest.skip("no C compiler for compat/vision/shim.py", allow_module_level=True)

from compat.vision import transforms

PARTS = (
    "data.",
    "tools.",
    "v1.RandomCrop(24) ",
    "v1.RandomRotation(30) tensor",
    "v1.ColorJitter(0.4, 0.4, 0.4, 0.2) floats",
    "v1.Compose",
    "v2.RandomHorizontalFlip() ",
    "v2.Compose([T.ToImage()",
    "v2.F.resize(x, [16, 20]) tensor",
    "v2.CutMix",
)


def test_a_selection():
    known = transforms.gaps()
    want, got = transforms.outcomes(transforms.CHILD, list(PARTS))
    assert all(any(name.startswith(part) for name in want) for part in PARTS)
    problems = [
        f"{name}: {found}"
        for name in want
        if (found := transforms.difference(want[name], got[name]))
        and not any(g.case.search(name) and g.difference.search(found) for g in known)
    ]
    assert not problems, "\n".join(problems)
