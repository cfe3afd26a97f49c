"""No name of ours is one that torch does not have: a script that probes for it would be misled."""

import importlib
import importlib.util
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parent.parent

# Ours on purpose.
OWN = {
    "torch": {"install", "uninstall"},
    "torch.version": {"TorchVersion", "jtorch", "torch"},
}


def generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "scripts" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = generator()


def real(space):
    if space == "torch.Tensor":
        return torch.Tensor
    return importlib.import_module(space)


@pytest.mark.parametrize("space", generate.NAMESPACES)
def test_no_names_that_torch_has_not(space):
    names = set(generate.covered(space)) - OWN.get(space, set())
    extra = sorted(name for name in names if not hasattr(real(space), name))
    assert not extra, f"{space} has no {', '.join(extra)}"
