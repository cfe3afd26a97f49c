"""The zip archives of torch.save: names, order and alignment of records as torch writes them, and
records of files that torch wrote, read into memory or mapped. It trusts no number in a file.
"""

from __future__ import annotations

import hashlib
import itertools
import mmap
import struct
import sys
import zipfile
import zlib
from typing import IO, Any

import numpy as np

from . import _settings

CORRUPT = (
    "PytorchStreamReader failed reading zip archive: {problem}. This is an internal miniz error. "
    "If you are seeing this error, there is a high likelihood that your checkpoint file is "
    "corrupted. This can happen if the checkpoint was not saved properly, was transferred "
    "incorrectly, or the file was modified after saving."
)
CHUNK = 1 << 24
# Compressed records (torch writes none) may not inflate further than this, or stay small.
INFLATES, SMALL = 100, 1 << 24


class Writer:
    """Writes records uncompressed, each payload aligned (for mmap). It never seeks."""

    def __init__(self, file: Any, name: str):
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._name, self._digest = name, hashlib.sha256()

    def put(self, record: str, data: Any) -> None:
        """One record; `data` is bytes or a flat memoryview of bytes."""
        info = zipfile.ZipInfo(f"{self._name}/{record}")
        info.file_size = info.compress_size = len(data)
        info.CRC = zlib.crc32(data) if _settings.save.compute_crc32 else 0
        file: Any = self._zip.fp
        info.header_offset = file.tell()
        big = len(data) > zipfile.ZIP64_LIMIT  # zipfile then adds 20 bytes of its own
        start = info.header_offset + 30 + len(info.filename.encode()) + (20 if big else 0)
        padding = -(start + 4) % _settings.save.storage_alignment
        padded = info.extra = struct.pack("<HH", 0x4246, padding) + b"Z" * padding
        file.write(info.FileHeader(big))
        info.extra = b"" if big else padded  # the directory of a large file says its size itself
        self._digest.update(record.encode())
        for begin in range(0, len(data), CHUNK):
            file.write(bytes(data[begin : begin + CHUNK]))
        self._zip.filelist.append(info)
        self._zip.NameToInfo[info.filename] = info
        self._zip.start_dir = file.tell()
        self._zip._didModify = True  # type: ignore[attr-defined]

    def close(self) -> None:
        """The closing records and the directory."""
        self.put("version", b"3\n")
        if f"{self._name}/byteorder" not in self._zip.NameToInfo:
            self.put("byteorder", sys.byteorder.encode())
        number = int.from_bytes(self._digest.digest()[:16], "big")
        self.put(".data/serialization_id", f"{number % 10**40:040d}".encode())
        self._zip.close()


class Reader:
    """Reads records by their names within the archive. `mapped` is the file as a memory map."""

    def __init__(self, file: IO[bytes], mapped: mmap.mmap | None = None):
        self._file, self._mapped = file, mapped
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as e:
            text = CORRUPT.format(problem="failed finding central directory")
            raise RuntimeError(text) from e
        infos = self._zip.infolist()
        names = [info.filename for info in infos]
        if len(set(names)) != len(names):
            raise RuntimeError(CORRUPT.format(problem="several records have one name"))
        starts = sorted((info.header_offset, info.compress_size) for info in infos)
        for (start, size), (following, _) in itertools.pairwise(starts):
            if start + 30 + size > following:
                raise RuntimeError(CORRUPT.format(problem="records overlap"))
        pickles = [name for name in names if name.rpartition("/")[2] == "data.pkl"]
        if not pickles:
            raise RuntimeError("PytorchStreamReader failed locating file data.pkl: file not found")
        self._prefix = pickles[0].removesuffix("data.pkl")

    def has(self, record: str) -> bool:
        """Whether there is such a record."""
        return self._prefix + record in self._zip.NameToInfo

    def get(self, record: str) -> bytes:
        """A record's bytes."""
        return self.array(record).tobytes()

    def size(self, record: str) -> int:
        """How many bytes a record says it has."""
        return self._info(record).file_size

    def array(self, record: str) -> np.ndarray:
        """A record's bytes, in memory of their own, or mapped."""
        info = self._info(record)
        try:
            if info.flag_bits & 1:
                raise ValueError("it is encrypted")
            start = self._start(info)
            if info.compress_type != zipfile.ZIP_STORED:
                out = self._inflated(info, start)
            elif info.compress_size != info.file_size:
                raise ValueError("its sizes differ")
            elif self._mapped is not None:
                return np.frombuffer(self._mapped, np.uint8, info.file_size, start)
            else:
                out = self._read(start, info.file_size)
            # those of storages need not be right: others fill them, or write to them when mapped
            if not record.startswith("data/") and info.CRC and zlib.crc32(out.data) != info.CRC:
                raise ValueError("its checksum is wrong")
        except (ValueError, OSError, struct.error, zlib.error, MemoryError) as error:
            text = f"PytorchStreamReader failed reading file {record}: {error or 'out of memory'}"
            raise RuntimeError(text) from error
        return out

    def _info(self, record: str) -> zipfile.ZipInfo:
        info = self._zip.NameToInfo.get(self._prefix + record)
        if info is None:
            raise RuntimeError(f"PytorchStreamReader failed locating file {record}: file not found")
        return info

    def _start(self, info: zipfile.ZipInfo) -> int:
        """Where the payload starts, which must end before the directory does."""
        self._file.seek(info.header_offset)
        head = struct.unpack("<4s5H3L2H", self._file.read(30))
        start = info.header_offset + 30 + head[-2] + head[-1]
        if head[0] != b"PK\x03\x04" or start + info.compress_size > self._zip.start_dir:
            raise ValueError("its place is outside of the file")
        return start

    def _read(self, start: int, size: int) -> np.ndarray:
        self._file.seek(start)
        return read_exactly(self._file, size)

    def _inflated(self, info: zipfile.ZipInfo, start: int) -> np.ndarray:
        if info.compress_type != zipfile.ZIP_DEFLATED:
            raise ValueError("it is compressed in another way than by deflating")
        if info.file_size > max(SMALL, INFLATES * info.compress_size):
            raise ValueError(f"{info.compress_size} bytes would become {info.file_size}")
        packed = self._read(start, info.compress_size)
        data = zlib.decompressobj(-15).decompress(packed.tobytes(), info.file_size + 1)
        if len(data) != info.file_size:
            raise ValueError("it does not have the size it says")
        return np.frombuffer(bytearray(data), np.uint8)

    def swapped(self) -> bool:
        """Whether storages are of the other byte order than this machine's."""
        if self.has("byteorder"):
            order = self.get("byteorder").decode("latin1")
            if order not in ("little", "big"):
                raise ValueError("Unknown endianness type: " + order)
        else:
            assumed = _settings.load.endianness
            if assumed is _settings.LoadEndianness.NATIVE:
                return False
            order = "big" if assumed is _settings.LoadEndianness.BIG else "little"
        return order != sys.byteorder


def read_exactly(file: Any, size: int) -> np.ndarray:
    """The next bytes of a file, without a second copy. ValueError where it has fewer."""
    room = np.empty(size + 64, np.uint8)
    skipped = -room.ctypes.data % 64  # XLA uses aligned memory as it is
    out = room[skipped : skipped + size]
    done = 0
    while done < size:
        part = memoryview(out.data)[done : done + (1 << 30)]
        if hasattr(file, "readinto"):
            count = file.readinto(part)
        else:
            data = file.read(len(part))
            count = len(data)
            part[:count] = data
        if not count:
            raise ValueError("the file ends before it does")
        done += count
    return out


def is_zip(file: IO[bytes]) -> bool:
    """Whether a zip archive starts where the file stands."""
    start = file.tell()
    head = file.read(4)
    if isinstance(head, str):
        raise AssertionError("Expected bytes, got str")
    file.seek(start)
    return head == b"PK\x03\x04"
