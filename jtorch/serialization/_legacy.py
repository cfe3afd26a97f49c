"""The format of torch.save before 1.6, read only: pickles in a row, and then the storages."""

from __future__ import annotations

import pickle
import pickletools
import struct
from typing import IO, Any

from .. import _errors
from ._locations import Restore
from ._unpickler import REBUILDERS, StorageKind, Storages, Unpickler
from ._weights import load_weights

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001


def load(file: IO[bytes], restore: Restore, weights_only: bool, options: dict[str, Any]) -> Any:
    """The object in a legacy file, which starts where `file` stands."""
    nothing = Storages(_no_data, restore, False)

    def read() -> Any:
        if weights_only:
            return load_weights(file, nothing)
        return Unpickler(file, nothing).load()

    if read() != MAGIC:
        raise RuntimeError("Invalid magic number; corrupt file?")
    version = read()
    if version != PROTOCOL:
        raise RuntimeError(f"Invalid protocol version: {version}")
    system = read()
    # the storages lie behind the object that needs them: skip it, and come back
    start = file.tell()
    _skip_pickle(file)
    keys = read()
    sizes = _widths(file, start)
    data: dict[str, bytes] = {}
    for key in keys:
        (numel,) = struct.unpack("<q", _exactly(file, 8))
        data[key] = _exactly(file, numel * sizes[key])
    end = file.tell()
    file.seek(start)
    storages = Storages(lambda key, nbytes: data[key], restore, not system["little_endian"])
    result = (
        load_weights(file, storages)
        if weights_only
        else Unpickler(file, storages, **options).load()
    )
    file.seek(end)
    return result


def _no_data(key: str, nbytes: int) -> bytes:
    raise RuntimeError("a storage where a legacy file has none")


def _skip_pickle(file: IO[bytes]) -> None:
    for _ in pickletools.genops(file):
        pass


class _Widths(pickle.Unpickler):
    """Collects the element sizes of storages and makes nothing else."""

    def __init__(self, file: IO[bytes], found: dict[str, int]):
        super().__init__(file, encoding="latin1")
        self._found = found

    def find_class(self, module: str, name: str) -> Any:
        return type(name, (_Nothing,), {"kind": (module, name)})

    def persistent_load(self, pid: Any) -> Any:
        if len(pid) > 5 and pid[5] is not None:
            raise _errors.not_covered("torch.load of legacy files with views of storages")
        self._found[pid[2]] = _itemsize(pid[1].kind)
        return _Nothing()


class _Nothing:
    """Stands for any object of a pickle that is only looked through."""

    kind = ("", "")

    def __init__(self, *args: Any, **kwargs: Any):
        pass

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return object.__new__(cls)

    def __setstate__(self, state: Any) -> None:
        pass

    def __call__(self, *args: Any) -> Any:
        return _Nothing()

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def append(self, item: Any) -> None:
        """Lists of subclasses are filled this way."""

    def extend(self, items: Any) -> None:
        """Lists of subclasses are filled this way."""

    def __hash__(self) -> int:
        return id(self)


def _itemsize(kind: tuple[str, str]) -> int:
    found = REBUILDERS.get(kind)
    if not isinstance(found, StorageKind):
        raise pickle.UnpicklingError(f"{'.'.join(kind)} is no class of storages")
    return found.itemsize


def _widths(file: IO[bytes], start: int) -> dict[str, int]:
    """The element size of each storage that the object at `start` names."""
    found: dict[str, int] = {}
    end = file.tell()
    file.seek(start)
    _Widths(file, found).load()
    file.seek(end)
    return found


def _exactly(file: IO[bytes], n: int) -> bytes:
    data = file.read(n)
    if len(data) != n:
        missing = n - len(data)
        raise RuntimeError(
            f"unexpected EOF, expected {missing} more bytes. The file might be corrupted."
        )
    return data
