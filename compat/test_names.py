"""The public names, both ways: no name of ours is one that torch does not have, since a script that
probes for it would be misled; and every name of torch is there, or stands in scripts/uncovered.txt
with a reason. `python -m pytest compat/test_names.py -k counts -s` prints the counts.
"""

import importlib
import importlib.util
import inspect
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import torch

import jtorch

ROOT = Path(__file__).parent.parent

# Ours on purpose.
OWN = {
    "torch": {"install", "uninstall"},
    "torch.version": {"TorchVersion", "jtorch", "torch"},
}
# The namespaces of which every name is accounted for.
WHOLE = """
torch torch.Tensor torch.nn.functional torch.linalg torch.fft torch.special torch.signal.windows
torch.masked torch.autograd torch.nn torch.nn.init torch.distributions
torch.distributions.transforms torch.distributions.constraints torch.distributions.utils
torch.distributions.kl torch.distributions.constraint_registry torch.func torch.compiler
torch.autograd.functional torch.autograd.forward_ad
""".split()


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


def ours(space):
    if space == "torch.Tensor":
        return jtorch.Tensor
    return importlib.import_module(space.replace("torch", "jtorch", 1))


def names_of(space):
    """What torch says is public; of Tensor, all that it has."""
    holder = real(space)
    if space == "torch.Tensor":
        return set(dir(holder))
    listed = getattr(holder, "__all__", None)
    return set(listed or [name for name in dir(holder) if not name.startswith("_")])


def absent(space):
    return {name for name in names_of(space) if not hasattr(ours(space), name)}


def sections(space, in_scope=None):
    found = [s for s in generate.uncovered() if s.space == space]
    return [s for s in found if in_scope is None or s.in_scope is in_scope]


def matches(name, found):
    return any(fnmatchcase(name, pattern) for section in found for pattern in section.names)


@pytest.mark.parametrize("space", generate.NAMESPACES)
def test_no_names_that_torch_has_not(space):
    names = set(generate.covered(space)) - OWN.get(space, set())
    extra = sorted(name for name in names if not hasattr(real(space), name))
    assert not extra, f"{space} has no {', '.join(extra)}"


@pytest.mark.parametrize("space", WHOLE)
def test_every_name_is_there_or_listed(space):
    missing = sorted(name for name in absent(space) if not matches(name, sections(space)))
    assert not missing, f"neither there nor in scripts/uncovered.txt: {', '.join(missing)}"


@pytest.mark.parametrize("space", WHOLE)
def test_what_is_listed_is_absent(space):
    gone = absent(space)
    listed = [pattern for section in sections(space) for pattern in section.names]
    stale = [p for p in listed if not any(fnmatchcase(name, p) for name in gone)]
    assert not stale, f"in scripts/uncovered.txt, but torch has no such name that we lack: {stale}"
    assert len(listed) == len(set(listed)), "listed twice"


def test_sections_are_of_known_namespaces():
    assert {section.space for section in generate.uncovered()} <= set(WHOLE)


def test_counts():
    """At least 95 of 100 names in scope are there, in each namespace."""
    low = []
    for space in WHOLE:
        names, gone = names_of(space), absent(space)
        outside = {name for name in gone if matches(name, sections(space, in_scope=False))}
        wanted, there = len(names) - len(outside), len(names) - len(gone)
        print(f"{space}: {there} of {wanted} in scope, {len(outside)} out of scope")
        if there < 0.95 * wanted:
            low.append(space)
    assert not low


def test_signatures():
    """inspect.signature answers for every function and method of ours."""
    silent = []
    for space in WHOLE:
        for name in generate.covered(space):
            thing = inspect.getattr_static(ours(space), name)
            if inspect.isroutine(thing) and not isinstance(thing, (staticmethod, classmethod)):
                try:
                    inspect.signature(thing)
                except ValueError:
                    silent.append(f"{space}.{name}")
    assert not silent
