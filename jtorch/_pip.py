"""`python -m jtorch pip install …`: installs packages whose metadata ask for torch, without torch.

pip does all of it. On its path comes first a temporary folder that describes an installed torch of
the version that jtorch follows: pip finds the requirement met, chooses the packages that belong to
this version, and never looks at what torch itself requires (the nvidia packages, triton). A
constraint to that version, which no index has, keeps it from fetching torch all the same. This file
knows the command line and nothing of jtorch but its version.
"""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from . import version

USAGE = "usage: python -m jtorch pip install [option of pip …] package …"

TORCH = """torch itself is not installed: jtorch stands in its place.
Name the packages that ask for it (python -m jtorch pip install torchvision). For the real one use
pip, in another environment."""

PIP_MISSING = """there is no pip in this environment ({prefix}).
`python -m ensurepip` or `uv pip install pip` brings it."""

LOOKS_AWAY = """{option} makes pip look away from what is installed, so that it would fetch torch.
Use pip with --no-deps for that: pip install {option} --no-deps package …"""

# With these, pip resolves as if the environment were empty, the description of torch with it.
IGNORING = frozenset({"--force-reinstall", "--ignore-installed", "-I", "--target", "-t"})

METADATA = f"""Metadata-Version: 2.1
Name: torch
Version: {version.__version__}
"""

NAMES_TORCH = re.compile(r"torch(?![\w.-])|torch-\d\S*\.whl", re.IGNORECASE)
ASKS_FOR_TORCH = re.compile(r"torch(?![\w.-])\s*([^;]*)(;.*)?", re.IGNORECASE)


def run(arguments):
    """Runs pip with these arguments (`install`, options, packages) and says what was left out.

    Returns pip's exit status, or 2 where jtorch refuses, with the reason on stderr.
    """
    refusal = _refusal(arguments)
    if refusal is not None:
        print(f"python -m jtorch pip: {refusal}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="jtorch-pip-") as folder:
        report = Path(folder) / "report.json"
        constraint = Path(folder) / "constraint.txt"
        constraint.write_text(f"torch=={version.__version__}\n")
        command = [sys.executable, "-m", "pip", "install", "--constraint", str(constraint)]
        command += ["--report", str(report), *arguments[1:]]
        status = subprocess.run(command, env=_environment(Path(folder)), check=False).returncode
        if status == 0 and report.exists():  # not where the caller wants the report elsewhere
            asking = _asking(json.loads(report.read_text(encoding="utf-8")))
            if asking:
                print(f"Left out: torch, and what it would bring (asked for by {asking}).")
                print("Run programs with `python -m jtorch`, where `import torch` means jtorch.")
    return status


def _refusal(arguments):
    """Why these arguments are not for us, or None."""
    if arguments[:1] != ["install"] or len(arguments) == 1:
        return USAGE
    if not _has_pip():
        return PIP_MISSING.format(prefix=sys.prefix)
    for argument in arguments[1:]:
        option = argument.partition("=")[0]
        if option in IGNORING:
            return LOOKS_AWAY.format(option=option)
        if NAMES_TORCH.match(Path(argument).name):
            return TORCH
    return None


def _has_pip():
    """Whether pip is installed. Looking for the module would switch setuptools' distutils off."""
    return any(importlib.metadata.distributions(name="pip"))


def _environment(folder):
    """The environment of pip: a folder with the description of torch comes first on its path."""
    info = folder / "path" / f"torch-{version.__version__}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(METADATA)
    paths = [str(info.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _asking(report):
    """`timm: torch; torchvision: torch==2.13.0`: what of the installed asks for torch."""
    found = []
    for item in report["install"]:
        for requirement in item["metadata"].get("requires_dist", ()):
            match = ASKS_FOR_TORCH.fullmatch(requirement)
            if match and "extra" not in (match[2] or ""):
                found.append(f"{item['metadata']['name']}: torch{match[1].strip(' ()')}")
    return "; ".join(sorted(set(found)))
