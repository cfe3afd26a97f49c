"""The stub of Tensor and the page on coverage say what the code says now."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "scripts" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["jtorch/_tensor.pyi", "docs/coverage.md"])
def test_generated_files_are_up_to_date(name):
    make = generator().GENERATED[ROOT / name]
    written = (ROOT / name).read_text(encoding="utf-8")
    assert written == make(), f"{name} is out of date: run `python scripts/generate.py`"
