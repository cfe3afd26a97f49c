"""Runs the matrices: what one library writes, the other reads as torch reads its own."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch

import jtorch

from . import cells, kinds, objects
from .describe import described

DIRECTIONS = {
    "torch to jtorch": (torch, jtorch),
    "jtorch to torch": (jtorch, torch),
    "jtorch to jtorch": (jtorch, jtorch),
}
Make = Callable[[Any], Any]


def written(library: Any, obj: Any, **options: Any) -> bytes:
    """The file that a library makes of an object."""
    buffer = io.BytesIO()
    with kinds.using(library):
        library.save(obj, buffer, **options)
    return buffer.getvalue()


def read(library: Any, data: bytes, **options: Any) -> Any:
    """What a library makes of a file. It allows the classes of `kinds` that are tensors."""
    safe = library.serialization.safe_globals(kinds.tensor_kinds(library))
    with kinds.using(library), safe:
        return library.load(io.BytesIO(data), **options)


def outcome(function: Callable[[], Any]) -> Any:
    """What it returns, described, or the exception's type and first line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return described(function())
        except Exception as error:
            return type(error).__name__, str(error).split("\n")[0]


def differences(
    make: Make, save: dict | None = None, load: Callable[[Any], dict] | None = None
) -> Iterator[tuple[str, Any, Any]]:
    """(direction, torch's reading of its own file, the reading that differs)."""
    save, load = save or {}, load or (lambda library: {})

    def through(writer: Any, reader: Any) -> Any:
        return outcome(lambda: read(reader, written(writer, make(writer), **save), **load(reader)))

    expected = through(torch, torch)
    for direction, (writer, reader) in DIRECTIONS.items():
        got = through(writer, reader)
        if got != expected:
            yield direction, expected, got


def tensors(dtypes: list[str] | None = None) -> Iterator[tuple[str, Make, dict, Any]]:
    """(name, make, options of save, options of load by library) of the cells of tensors."""
    for dtype, layout, make in cells.cells():
        if dtypes is None or dtype in dtypes:
            yield f"{dtype} {layout}", make, {}, None


def others() -> Iterator[tuple[str, Make, dict, Any]]:
    """The objects, with weights_only and without, in the old format, and every map_location."""
    for name, make in objects.OBJECTS.items():
        for safe in (True, False):
            yield f"{name}, weights_only={safe}", make, {}, lambda lib, s=safe: {"weights_only": s}
        old = {"_use_new_zipfile_serialization": False}
        if name not in objects.NOT_IN_OLD_FILES:
            yield f"{name}, legacy", make, old, lambda lib: {"weights_only": False}
    for name, layout in (cells.LAYOUTS | cells.COMPLEX).items():
        dtype = "complex64" if name in cells.COMPLEX else "float32"
        old = {"_use_new_zipfile_serialization": False}
        yield f"{name}, legacy", lambda lib, f=layout, d=dtype: f(cells.Kit(lib, d)), old, None
    for name, where in objects.LOCATIONS.items():
        options = lambda lib, w=where: {"map_location": w(lib)}  # noqa: E731
        yield f"map_location {name}", lambda lib: {"a": lib.arange(3.0)}, {}, options
