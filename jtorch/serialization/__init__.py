"""torch.save and torch.load, in torch's own zip format: real torch reads the files written here,
and its files are read here, tensors sharing storages as they did.
"""

from __future__ import annotations

import io
import mmap as _mmap
import os
import pickle
import tarfile
import warnings
from pathlib import Path
from typing import IO, Any

import numpy as np

from .. import _errors, _tensor
from . import _legacy
from ._archive import Reader as _Reader
from ._archive import Writer as _Writer
from ._archive import is_zip as _is_zip
from ._locations import default_restore_location as default_restore_location
from ._locations import register_package as register_package
from ._locations import restorer as _restorer
from ._locations import validate_cuda_device as validate_cuda_device
from ._pickler import pickler as _pickler
from ._settings import LoadEndianness as LoadEndianness
from ._settings import get_crc32_options as get_crc32_options
from ._settings import get_default_load_endianness as get_default_load_endianness
from ._settings import get_default_mmap_options as get_default_mmap_options
from ._settings import load as _load_settings
from ._settings import save as _save_settings
from ._settings import set_crc32_options as set_crc32_options
from ._settings import set_default_load_endianness as set_default_load_endianness
from ._settings import set_default_mmap_options as set_default_mmap_options
from ._settings import skip_data as skip_data
from ._settings import skips_data as _skips_data
from ._storages import PACKAGES as _package_registry
from ._storages import location_tag as location_tag
from ._targets import target as _target
from ._unpickler import Storages as _Storages
from ._unpickler import get_layout as _get_layout
from ._unpickler import rebuild_from_type_v2 as _rebuild_from_type_v2
from ._unpickler import unpickler as _unpickler_over
from ._weights import WEIGHTS_ONLY as _WEIGHTS_ONLY
from ._weights import add_safe_globals as add_safe_globals
from ._weights import clear_safe_globals as clear_safe_globals
from ._weights import get_safe_globals as get_safe_globals
from ._weights import load_weights as _load_weights
from ._weights import safe_globals as safe_globals
from ._weights import unsafe_globals as _unsafe_globals

_tensor.__dict__["_rebuild_from_type_v2"] = _rebuild_from_type_v2  # where pickles of torch look

DEFAULT_PROTOCOL = 2
MAGIC_NUMBER, PROTOCOL_VERSION = _legacy.MAGIC, _legacy.PROTOCOL

_get_layout.__module__, _get_layout.__qualname__ = __name__, "_get_layout"


_is_zipfile = _is_zip


def check_module_version_greater_or_equal(
    module: Any, req_version_tuple: tuple[int, ...], error_if_malformed: bool = True
) -> bool:
    """Whether a module's `__version__` is at least that."""
    try:
        parts = module.__version__.split(".")
        return tuple(int(p) for p in parts[: len(req_version_tuple)]) >= req_version_tuple
    except ValueError as error:
        text = f"'{module.__name__}' module version string is malformed: '{module.__version__}'"
        if error_if_malformed:
            raise RuntimeError(text) from error
        warnings.warn(text, stacklevel=2)
        return True


class SourceChangeWarning(Warning):
    """Never given: files do not hold the sources of modules."""


def save(
    obj: Any,
    f: Any,
    pickle_module: Any = pickle,
    pickle_protocol: int = DEFAULT_PROTOCOL,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Write an object, tensors and all, to a path or a binary file.

    A file of that name that exists is replaced once the new one is complete: what fails leaves it
    as it was (torch truncates it first).
    """
    if pickle_protocol == 0:
        raise _errors.not_covered(
            "torch.save(pickle_protocol=0)", "Real torch cannot read such files either."
        )
    if not isinstance(f, (str, os.PathLike)) and not hasattr(f, "write"):
        raise AttributeError(
            "expected 'f' to be string, path, or a file-like object with a 'write' attribute"
        )
    if not _use_new_zipfile_serialization:
        _legacy.save(obj, f, pickle_module, pickle_protocol)
        return
    data = io.BytesIO()
    pickler = _pickler(pickle_module)(data, pickle_protocol)
    pickler.dump(obj)  # before the file is opened: what cannot be pickled leaves no file behind
    zeros = _skips_data()
    with _target(f) as (file, name):
        archive = _Writer(file, name)
        archive.put("data.pkl", data.getvalue())
        archive.put(".format_version", b"1")
        archive.put(".storage_alignment", str(_save_settings.storage_alignment).encode())
        if not _disable_byteorder_record:
            archive.put("byteorder", b"little")
        for storage in pickler.placed.all:
            data = np.zeros_like(storage.data) if zeros else storage.data
            archive.put(f"data/{storage.key}", data.data)
        archive.close()


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
    if pickle_module is not None and safe:
        raise RuntimeError("Can not safely load weights when explicit pickle_module is specified")
    if pickle_load_args and safe:
        warnings.warn("pickle_load_args only works if `weights_only=False`.", stacklevel=2)
    path = Path(f) if isinstance(f, (str, os.PathLike)) else None
    mmap = _load_settings.mmap if mmap is None else mmap
    if mmap and path is None:
        raise ValueError("f must be a file path in order to use the mmap argument")
    pickle_load_args.setdefault("encoding", "utf-8")
    read = _reader(safe, pickle_module or pickle, pickle_load_args)
    restore = _restorer(map_location)
    if path is not None:
        with path.open("rb") as file:
            return _load(file, restore, read, safe, _mapped(path, file) if mmap else None)
    _check_seekable(f)
    file: Any = f
    return _load(file, restore, read, safe)


def _check_seekable(f: Any) -> None:
    advice = (
        ". You can only torch.load from a file that is seekable. Please pre-load the data into a "
        "buffer like io.BytesIO and try to load from it instead."
    )
    for missing in ("seek", "tell"):
        if not hasattr(f, missing):
            text = f"'{type(f).__name__}' object has no attribute '{missing}'"
            raise AttributeError(text + advice)
    try:
        f.seek(f.tell())
    except io.UnsupportedOperation as error:
        raise type(error)(f"{error}{advice}") from None


def _mapped(path: Path, file: IO[bytes]) -> _mmap.mmap | None:
    if not _is_zip(file):
        raise RuntimeError(
            "mmap can only be used with files saved with "
            "`torch.save(_use_new_zipfile_serialization=True), please torch.save your checkpoint "
            "with this option in order to use mmap."
        )
    flags = _load_settings.mmap_flags or _mmap.MAP_PRIVATE
    if flags == _mmap.MAP_PRIVATE:
        return _mmap.mmap(file.fileno(), 0, flags, _mmap.PROT_READ | _mmap.PROT_WRITE)
    with path.open("r+b") as writable:
        return _mmap.mmap(writable.fileno(), 0, flags, _mmap.PROT_READ | _mmap.PROT_WRITE)


def _reader(safe: bool, module: Any, options: dict) -> Any:
    """The function that reads a pickle whose storages are given."""
    if safe:
        return lambda file, storages: _load_weights(file, storages, **options)
    kind = _unpickler_over(module)

    def read(file: Any, storages: Any) -> Any:
        try:
            return kind(file, storages, **options).load()
        except MemoryError:  # of what the pickle says about its size, most likely
            text = "pickle data was damaged: it asks for more memory than there is"
            raise pickle.UnpicklingError(text) from None

    return read


def _load(file: IO[bytes], restore: Any, read: Any, safe: bool, mapped: Any = None) -> Any:
    if not _is_zip(file):
        if _skips_data():
            raise RuntimeError(
                "Cannot use skip_data=True with _use_new_zipfile_serialization=False"
            )
        _refuse_tar(file, safe)
        return _legacy.load(file, restore, read)
    if file.tell():  # the archive starts here, not at the start of the file
        file = io.BytesIO(file.read())
    archive = _Reader(file, mapped)
    if archive.has("constants.pkl"):
        if safe:
            raise RuntimeError(
                "Cannot use ``weights_only=True`` with TorchScript archives passed to "
                "``torch.load``. " + _WEIGHTS_ONLY
            )
        raise _errors.not_covered("torch.load of TorchScript archives")
    shared = mapped is not None and _load_settings.mmap_flags == _mmap.MAP_SHARED
    storages = _Storages(_records(archive, restore), restore, archive.swapped(), shared)
    return read(io.BytesIO(archive.get("data.pkl")), storages)


def _records(archive: _Reader, restore: Any) -> Any:
    """How the bytes of a storage are found: not at all where nobody will see them."""
    skips = _skips_data()

    def record(key: str, nbytes: int) -> np.ndarray:
        if not skips and not restore.discards:
            return archive.array(f"data/{key}")
        size = archive.size(f"data/{key}")
        return np.broadcast_to(np.uint8(0), (size,)) if restore.discards else np.zeros(size, "u1")

    return record


def _refuse_tar(file: IO[bytes], safe: bool) -> None:
    """The first format of all, which torch.save wrote before 0.1.10."""
    start = file.tell()
    try:
        with tarfile.open(fileobj=file, mode="r:"):
            pass
    except (tarfile.TarError, ValueError, OverflowError):
        file.seek(start)
        return
    if safe:
        raise RuntimeError(
            "Cannot use ``weights_only=True`` with files saved in the legacy .tar format. "
            + _WEIGHTS_ONLY
        )
    raise _errors.not_covered("torch.load of files in the legacy .tar format")


def get_unsafe_globals_in_checkpoint(f: Any) -> list[str]:
    """The names in a file that `weights_only=True` would refuse, each once, sorted as found."""
    if isinstance(f, (str, os.PathLike)):
        with Path(f).open("rb") as file:
            return get_unsafe_globals_in_checkpoint(file)
    _check_seekable(f)
    if not _is_zip(f):
        raise RuntimeError("Cannot use skip_data=True with _use_new_zipfile_serialization=False")
    start = f.tell()
    archive = _Reader(io.BytesIO(f.read()) if start else f)
    found = _unsafe_globals(archive.get("data.pkl"))
    f.seek(start)
    return found
