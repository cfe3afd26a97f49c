"""The format of torch.save before 1.6: pickles in a row, and then the storages."""

from __future__ import annotations

import pickle
import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ._archive import read_exactly
from ._locations import Restore
from ._pickler import pickler
from ._scan import Name, Scan
from ._settings import skips_data
from ._targets import target
from ._unpickler import REBUILDERS, StorageKind, Storages

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
ENDS = "unexpected EOF, expected {missing} more bytes. The file might be corrupted."
SYSTEM = {
    "protocol_version": PROTOCOL,
    "little_endian": sys.byteorder == "little",
    "type_sizes": {"short": 2, "int": 4, "long": 4},
}


def save(obj: Any, f: Any, pickle_module: Any, protocol: int) -> None:
    """Write an object to a path or a binary file."""
    if skips_data():
        raise RuntimeError("Cannot use skip_data=True with _use_new_zipfile_serialization=False")
    with target(f) as (file, _):
        for each in (MAGIC, PROTOCOL, SYSTEM):
            pickle_module.dump(each, file, protocol)
        writer = pickler(pickle_module)(file, protocol)
        writer.more = (None,)
        writer.dump(obj)
        storages = sorted(writer.placed.all, key=lambda storage: storage.key)
        pickle_module.dump([storage.key for storage in storages], file, protocol)
        for storage in storages:
            file.write(struct.pack("<q", storage.data.nbytes // storage.type.itemsize))
            file.write(storage.data.tobytes())


def load(file: Any, restore: Restore, read: Callable[[Any, Storages], Any]) -> Any:
    """The object in a legacy file, which starts where `file` stands."""
    file = _Bounded(file)
    nothing = Storages(_no_data, restore, False)
    if read(file, nothing) != MAGIC:
        raise RuntimeError("Invalid magic number; corrupt file?")
    version = read(file, nothing)
    if version != PROTOCOL:
        raise RuntimeError(f"Invalid protocol version: {version}")
    system = read(file, nothing)
    # the storages lie behind the object that needs them: skip it, and come back
    start = file.tell()
    sizes = _widths(Scan(file))
    keys = read(file, nothing)
    data = _storages(file, keys, sizes)
    end = file.tell()
    file.seek(start)
    little = system.get("little_endian") if isinstance(system, dict) else True
    storages = Storages(
        lambda key, nbytes: data.get(key, _NOTHING), restore, bool(little) != _LITTLE
    )
    storages.legacy = True
    result = read(file, storages)
    file.seek(end)
    return result


_NOTHING, _LITTLE = np.empty(0, np.uint8), sys.byteorder == "little"


def _storages(file: _Bounded, keys: Any, sizes: dict[str, int]) -> dict[str, np.ndarray]:
    data: dict[str, np.ndarray] = {}
    for key in keys if isinstance(keys, list) else [None]:
        if not isinstance(key, str) or key not in sizes:
            raise RuntimeError("a legacy file's list of storages does not fit its object")
        numel = int(file.array(8).view("<i8")[0])
        if numel < 0:
            raise RuntimeError(f"a storage of {numel} elements")
        data[key] = file.array(numel * sizes[key])
    return data


class _Bounded:
    """A file that is never asked for more than it has, whatever a pickle says."""

    def __init__(self, file: Any):
        start = file.tell()
        self._end = file.seek(0, 2)
        file.seek(start)
        self._file = file
        self.readline, self.tell, self.seek = file.readline, file.tell, file.seek

    def read(self, n: int = -1) -> bytes:
        """n bytes, or what there is."""
        left = self._end - self._file.tell()
        return self._file.read(left if n < 0 else min(n, left))

    def array(self, n: int) -> np.ndarray:
        """n bytes, all of them, in memory of their own."""
        missing = n - (self._end - self._file.tell())
        if missing > 0:
            raise RuntimeError(ENDS.format(missing=missing))
        return read_exactly(self._file, n)


def _no_data(key: str, nbytes: int) -> Any:
    raise RuntimeError("a storage where a legacy file has none")


def _widths(found: Scan) -> dict[str, int]:
    """The element size of each storage that an object names."""
    sizes: dict[str, int] = {}
    for pid in found.ids:
        if isinstance(pid, tuple) and pid and pid[0] in ("module", b"module"):
            continue
        kind, key = pid[1:3] if isinstance(pid, tuple) and len(pid) > 4 else (None, None)
        named = REBUILDERS.get((kind.module, kind.name)) if isinstance(kind, Name) else None
        if not isinstance(key, str) or not isinstance(named, StorageKind):
            raise pickle.UnpicklingError("what should be a storage is none")
        sizes[key] = named.itemsize
    return sizes
