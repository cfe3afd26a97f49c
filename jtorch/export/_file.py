"""Files of exported programs: a zip archive with the program as jax.export serializes it, the
parameters and buffers as `torch.save` writes them, and what joins the two as JSON. No code.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from typing import IO, Any

from jax import export as jax_export

from .. import serialization
from .._errors import not_covered
from ..serialization._targets import target
from ._program import ExportedProgram, Signature

VERSION = 1
PROGRAM, SIGNATURE, STATE, EXTRA = "program.jax", "signature.json", "state.pt", "extra/"

OF_TORCH = "The file holds a graph of torch's operators. Export the module again with jtorch."


def save(
    ep: ExportedProgram,
    f: str | os.PathLike | IO[bytes],
    *,
    extra_files: dict[str, Any] | None = None,
    opset_version: dict[str, int] | None = None,
    pickle_protocol: int = serialization.DEFAULT_PROTOCOL,
) -> None:
    """Write a program, its parameters and buffers, and `extra_files` ({name: text}) to a file.

    A file of that name stays as it is until the new one is complete.
    """
    if not isinstance(ep, ExportedProgram):
        raise TypeError(
            "The 'ep' parameter must be an instance of 'ExportedProgram', got "
            f"'{type(ep).__name__}' instead."
        )
    if opset_version is not None:
        raise not_covered("torch.export.save(opset_version=…)")
    state, buffer = io.BytesIO(), io.BytesIO()
    serialization.save(ep._state, state, pickle_protocol=pickle_protocol)
    described = {"version": VERSION, **ep._signature._asdict()}
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(SIGNATURE, json.dumps(described))
        archive.writestr(PROGRAM, bytes(ep._program.serialize(vjp_order=1)))
        archive.writestr(STATE, state.getvalue())
        for name, content in (extra_files or {}).items():
            archive.writestr(EXTRA + name, content)
    with target(f) as (file, _):
        file.write(buffer.getvalue())


def load(
    f: str | os.PathLike | IO[bytes],
    *,
    extra_files: dict[str, Any] | None = None,
    expected_opset_version: dict[str, int] | None = None,
) -> ExportedProgram:
    """The program of a file that `save` wrote. The names in `extra_files` get their contents.

    Files of real torch are refused: they hold torch's operators.
    """
    if expected_opset_version is not None:
        raise not_covered("torch.export.load(expected_opset_version=…)")
    with zipfile.ZipFile(f) as archive:
        present = set(archive.namelist())
        if SIGNATURE not in present:
            raise not_covered("torch.export.load of a file that jtorch did not write", OF_TORCH)
        described = json.loads(archive.read(SIGNATURE))
        if described.pop("version") != VERSION:
            raise RuntimeError("the exported program was written by a newer version of jtorch")
        program = jax_export.deserialize(bytearray(archive.read(PROGRAM)))
        state = serialization.load(io.BytesIO(archive.read(STATE)))
        for name in extra_files or {}:
            if EXTRA + name in present:
                extra_files[name] = archive.read(EXTRA + name).decode()  # pyright: ignore
    return ExportedProgram(program, Signature(**described), state)
