"""The programs of compat/func as tests: every one agrees, save the known differences. Strides and
the names of nodes are not compared: torch's are those of its batching rules.
"""

from __future__ import annotations

import importlib
import inspect
import pathlib

import pytest

torch = pytest.importorskip("torch")

import jtorch  # noqa: E402

from .programs._outcome import differences, run  # noqa: E402

NOISE = ("torch.jit.script", "get_attr Node", "performance drop")
HERE = pathlib.Path(__file__).parent / "func"
NOT_COMPARED = ("stride", "storage_offset", "grad_fn", "is_contiguous", "is_leaf")


def programs():
    found = {}
    for path in sorted(HERE.glob("[a-z]*.py")):
        module = importlib.import_module(f"compat.func.{path.stem}")
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__:
                if list(inspect.signature(value).parameters) == ["torch"] and name[0] != "_":
                    found[f"{path.stem}.{name}"] = value
        found |= {f"{path.stem}.{name}": value for name, value in module.CASES.items()}
    return found


def known():
    lines = (HERE / "xfail.txt").read_text().splitlines()
    pairs = [line.partition(":") for line in lines if line.strip() and line[0] != "#"]
    return {name.strip(): reason.strip() for name, _, reason in pairs}


PROGRAMS, KNOWN = programs(), known()


def essence(x):
    """An outcome without what is not compared."""
    if isinstance(x, dict):
        return {k: essence(v) for k, v in x.items() if k not in NOT_COMPARED}
    return [essence(y) for y in x] if isinstance(x, list) else x


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name, request):
    if name in KNOWN:
        request.node.add_marker(pytest.mark.xfail(reason=KNOWN[name], strict=True))
    want, got = (essence(run(PROGRAMS[name], library)) for library in (torch, jtorch))
    for outcome in (want, got):  # what torch says about itself
        outcome["warnings"] = [w for w in outcome["warnings"] if not any(k in w for k in NOISE)]
    found = differences(want, got)
    assert not found, "\n".join(found)


def test_known_differences_name_programs():
    assert KNOWN.keys() <= PROGRAMS.keys()
