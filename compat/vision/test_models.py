"""A small detector of torchvision beside torch; `python -m compat.vision.models` has all."""

import importlib.util
import shutil

import pytest

from . import models

NAMES = ["faster r-cnn (4 layers)"]


@pytest.mark.skipif(importlib.util.find_spec("torchvision") is None, reason="no torchvision")
@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler for the shim")
def test_models_agree():
    for report in models.compare(NAMES):
        assert not report.problems, f"{report.name}: {report.problems}"
        assert report.errors["grad"] < 1e-6 and report.errors["eval"] < 1e-5
