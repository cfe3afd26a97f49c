"""The zip archives of torch.save: names, order and alignment of records as torch writes them, and
reading of records from files that torch wrote.
"""

from __future__ import annotations

import hashlib
import struct
import sys
import zipfile
from typing import IO, Any

ALIGNMENT = 64
CORRUPT = (
    "PytorchStreamReader failed reading zip archive: {problem}. This is an internal miniz error. "
    "If you are seeing this error, there is a high likelihood that your checkpoint file is "
    "corrupted. This can happen if the checkpoint was not saved properly, was transferred "
    "incorrectly, or the file was modified after saving."
)


class Writer:
    """Writes records uncompressed, each payload at a multiple of 64 bytes (for mmap)."""

    def __init__(self, file: IO[bytes], name: str):
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._name, self._digest = name, hashlib.sha256()

    def put(self, record: str, data: Any) -> None:
        """One record; `data` is bytes or a flat memoryview of bytes."""
        info = zipfile.ZipInfo(f"{self._name}/{record}")
        info.compress_type = zipfile.ZIP_STORED
        big = len(data) * 1.05 > zipfile.ZIP64_LIMIT  # zipfile then adds 20 bytes of its own
        file: Any = self._zip.fp
        start = file.tell() + 30 + len(info.filename.encode()) + (20 if big else 0)
        padding = -(start + 4) % ALIGNMENT
        info.extra = struct.pack("<HH", 0x4246, padding) + b"Z" * padding
        self._digest.update(record.encode())
        with self._zip.open(info, "w", force_zip64=big) as entry:
            entry.write(data)

    def close(self) -> None:
        """The closing records and the directory."""
        self.put("version", b"3\n")
        number = int.from_bytes(self._digest.digest()[:16], "big")
        self.put(".data/serialization_id", f"{number % 10**40:040d}".encode())
        self._zip.close()


class Reader:
    """Reads records by their names within the archive."""

    def __init__(self, file: IO[bytes]):
        try:
            self._zip = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            text = CORRUPT.format(problem="failed finding central directory")
            raise RuntimeError(text) from error
        names = self._zip.namelist()
        pickles = [name for name in names if name.rpartition("/")[2] == "data.pkl"]
        if not pickles:
            raise RuntimeError("PytorchStreamReader failed locating file data.pkl: file not found")
        self._prefix = pickles[0].removesuffix("data.pkl")
        self._names = set(names)

    def has(self, record: str) -> bool:
        """Whether there is such a record."""
        return self._prefix + record in self._names

    def get(self, record: str) -> bytes:
        """A record's bytes, their checksum verified."""
        if not self.has(record):
            raise RuntimeError(f"PytorchStreamReader failed locating file {record}: file not found")
        try:
            return self._zip.read(self._prefix + record)
        except zipfile.BadZipFile as error:
            text = f"PytorchStreamReader failed reading file {record}: {error}"
            raise RuntimeError(text) from error

    def swapped(self) -> bool:
        """Whether storages are of the other byte order than this machine's."""
        if not self.has("byteorder"):
            return False
        order = self.get("byteorder").decode()
        if order not in ("little", "big"):
            raise ValueError("Unknown endianness type: " + order)
        return order != sys.byteorder


def is_zip(file: IO[bytes]) -> bool:
    """Whether a zip archive starts where the file stands."""
    start = file.tell()
    head = file.read(4)
    if isinstance(head, str):
        raise AssertionError("Expected bytes, got str")
    file.seek(start)
    return head == b"PK\x03\x04"
