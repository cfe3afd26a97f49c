"""torch.save and torch.load, in torch's own zip format: real torch reads the files written here,
and its files are read here, tensors sharing storages as they did.
"""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from .. import _errors, _tensor
from . import _legacy
from ._archive import Reader as _Reader
from ._archive import Writer as _Writer
from ._archive import is_zip as _is_zip
from ._locations import default_restore_location as default_restore_location
from ._locations import location_tag as location_tag
from ._locations import register_package as register_package
from ._locations import restorer as _restorer
from ._pickler import Pickler as _Pickler
from ._unpickler import Storages as _Storages
from ._unpickler import Unpickler as _Unpickler
from ._unpickler import get_layout as _get_layout
from ._unpickler import rebuild_from_type_v2 as _rebuild_from_type_v2
from ._weights import add_safe_globals as add_safe_globals
from ._weights import clear_safe_globals as clear_safe_globals
from ._weights import get_safe_globals as get_safe_globals
from ._weights import load_weights as _load_weights
from ._weights import safe_globals as safe_globals

_tensor.__dict__["_rebuild_from_type_v2"] = _rebuild_from_type_v2  # where pickles of torch look

DEFAULT_PROTOCOL = 2

_get_layout.__module__, _get_layout.__qualname__ = __name__, "_get_layout"


def save(
    obj: Any,
    f: Any,
    pickle_module: Any = pickle,
    pickle_protocol: int = DEFAULT_PROTOCOL,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Write an object, tensors and all, to a path or a binary file."""
    if pickle_module is not pickle:
        raise _errors.not_covered("torch.save(pickle_module=...)", "Only pickle is used.")
    if not _use_new_zipfile_serialization:
        raise _errors.not_covered(
            "torch.save(_use_new_zipfile_serialization=False)", "The old format is only read."
        )
    if pickle_protocol == 0:
        raise _errors.not_covered(
            "torch.save(pickle_protocol=0)", "Real torch cannot read such files either."
        )
    if not isinstance(f, (str, os.PathLike)) and not hasattr(f, "write"):
        raise AttributeError(
            "expected 'f' to be string, path, or a file-like object with a 'write' attribute"
        )
    data = io.BytesIO()
    pickler = _Pickler(data, pickle_protocol)
    pickler.dump(obj)  # before the file is opened: what cannot be pickled leaves no file behind
    with _target(f) as (file, name):
        archive = _Writer(file, name)
        archive.put("data.pkl", data.getvalue())
        archive.put(".format_version", b"1")
        archive.put(".storage_alignment", b"64")
        if not _disable_byteorder_record:
            archive.put("byteorder", b"little")
        for storage in pickler.placed.all:
            archive.put(f"data/{storage.key}", storage.elements.view("u1").data)
        archive.close()


@contextmanager
def _target(f: Any) -> Iterator[tuple[IO[bytes], str]]:
    """A binary file to write an archive to from its start, and the archive's name."""
    if isinstance(f, (str, os.PathLike)):
        path = Path(f)
        if not path.parent.is_dir():
            raise RuntimeError(f"Parent directory {path.parent} does not exist.")
        with path.open("wb") as file:
            yield file, path.stem
        return
    buffer = io.BytesIO()  # files that stand elsewhere than at their start, or cannot say where
    yield buffer, "archive"
    f.write(buffer.getvalue())


_TRUE = ("1", "y", "yes", "true")


def _wants_weights_only(given: bool | None, pickle_module: Any) -> bool:
    forced = os.environ.get("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "0").lower() in _TRUE
    freed = os.environ.get("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "0").lower() in _TRUE
    if forced and freed:
        raise RuntimeError(
            "Only one of `TORCH_FORCE_WEIGHTS_ONLY_LOAD` or `TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD` "
            "should be set, but both were set."
        )
    if given is None:
        return (pickle_module is None and not freed) or forced
    return given or forced


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """The object that `torch.save` wrote to a path or a seekable binary file.

    With weights_only (the default) only tensors, containers, numbers and what `add_safe_globals`
    allows; without it a file can run any code. `map_location` says where tensors go.
    """
    safe = _wants_weights_only(weights_only, pickle_module)
    if pickle_module is not None:
        if safe:
            raise RuntimeError(
                "Can not safely load weights when explicit pickle_module is specified"
            )
        if pickle_module is not pickle:
            raise _errors.not_covered(
                "torch.load(pickle_module=...)", "Only pickle itself is used."
            )
    path = Path(f) if isinstance(f, (str, os.PathLike)) else None
    if mmap and path is None:
        raise ValueError("f must be a file path in order to use the mmap argument")
    pickle_load_args.setdefault("encoding", "utf-8")
    if path is not None:
        with path.open("rb") as file:
            return _load(file, map_location, safe, mmap, pickle_load_args)
    if not hasattr(f, "seek") or not hasattr(f, "tell"):
        missing = "seek" if not hasattr(f, "seek") else "tell"
        raise AttributeError(
            f"'{type(f).__name__}' object has no attribute '{missing}'. You can only torch.load "
            "from a file that is seekable. Please pre-load the data into a buffer like io.BytesIO "
            "and try to load from it instead."
        )
    file: Any = f
    return _load(file, map_location, safe, mmap, pickle_load_args)


def _load(file: IO[bytes], map_location: Any, safe: bool, mmap: Any, options: dict) -> Any:
    restore = _restorer(map_location)
    if not _is_zip(file):
        if mmap:
            raise RuntimeError(
                "mmap can only be used with files saved with "
                "`torch.save(_use_new_zipfile_serialization=True), please torch.save your "
                "checkpoint with this option in order to use mmap."
            )
        return _legacy.load(file, restore, safe, options)
    if file.tell():  # the archive starts here, not at the start of the file
        file = io.BytesIO(file.read())
    archive = _Reader(file)
    if archive.has("constants.pkl"):
        raise _errors.not_covered("torch.load of TorchScript archives")
    storages = _Storages(lambda key, nbytes: archive.get(f"data/{key}"), restore, archive.swapped())
    pickled = io.BytesIO(archive.get("data.pkl"))
    if safe:
        return _load_weights(pickled, storages, options["encoding"])
    return _Unpickler(pickled, storages, **options).load()
