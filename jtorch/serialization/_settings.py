"""What a program may set about its files: byte order, memory maps, checksums, and whether the data
of storages is left out. `torch.utils.serialization.config` shows the same settings by name. Knows
no files.
"""

from __future__ import annotations

import enum
import mmap
import threading
from typing import Any


class LoadEndianness(enum.Enum):
    """The byte order assumed of files that do not say theirs."""

    NATIVE = 1
    LITTLE = 2
    BIG = 3


class Settings:
    """A group of settings, which has no others than those it starts with."""

    prefix = ""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"torch.utils.serialization.config.{self.prefix}.{name} does not exist"
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in type(self).__annotations__:
            self.__getattr__(name)
        super().__setattr__(name, value)


class Load(Settings):
    """Defaults of torch.load. `calculate_storage_offsets` is for torch's own reader and changes
    nothing here.
    """

    prefix = "load"
    mmap: bool
    endianness: LoadEndianness | None
    mmap_flags: int | None
    calculate_storage_offsets: bool

    def __init__(self):
        self.mmap, self.endianness, self.mmap_flags = False, None, mmap.MAP_PRIVATE
        self.calculate_storage_offsets = False


class Save(Settings):
    """Defaults of torch.save. `use_pinned_memory_for_d2h` speeds up CUDA's copies in torch and
    changes nothing here.
    """

    prefix = "save"
    compute_crc32: bool
    use_pinned_memory_for_d2h: bool
    storage_alignment: int

    def __init__(self):
        self.compute_crc32 = True
        self.use_pinned_memory_for_d2h = False
        self.storage_alignment = 64


load, save = Load(), Save()


def get_crc32_options() -> bool:
    """Whether `torch.save` writes checksums."""
    return save.compute_crc32


def set_crc32_options(compute_crc32: bool) -> None:
    """Whether `torch.save` writes checksums. Files without are read unchecked."""
    save.compute_crc32 = compute_crc32


def get_default_load_endianness() -> LoadEndianness | None:
    """The byte order assumed of files that do not say theirs; None: little."""
    return load.endianness


def set_default_load_endianness(endianness: LoadEndianness | None) -> None:
    """The byte order to assume of files that do not say theirs."""
    if not isinstance(endianness, LoadEndianness) and endianness is not None:
        raise TypeError("Invalid argument type in function set_default_load_endianness")
    load.endianness = endianness


def get_default_mmap_options() -> int | None:
    """mmap.MAP_PRIVATE, or mmap.MAP_SHARED: then writes to tensors go to the file."""
    return load.mmap_flags


class set_default_mmap_options:
    """How `torch.load(mmap=True)` maps files, from now on or for a block."""

    def __init__(self, flags: int):
        if flags not in (mmap.MAP_PRIVATE, mmap.MAP_SHARED):
            raise ValueError(
                "Invalid argument in function set_default_mmap_options, expected "
                f"mmap.MAP_PRIVATE or mmap.MAP_SHARED, but got {flags}"
            )
        self.prev = load.mmap_flags
        load.mmap_flags = flags

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: Any) -> None:
        load.mmap_flags = self.prev


_local = threading.local()


def skips_data() -> bool:
    """Whether this thread is within `skip_data`."""
    return getattr(_local, "skips", False)


class skip_data:
    """Within it, `torch.save` writes files whose storages hold zeros, to be filled by others, and
    `torch.load` makes tensors without reading their data. There are no fake tensors here, so
    `materialize_fake_tensors` finds none.
    """

    def __init__(self, materialize_fake_tensors: bool = False):
        self.materialize_fake_tensors = materialize_fake_tensors

    def __enter__(self) -> None:
        self._before = skips_data()
        _local.skips = True

    def __exit__(self, *exception: Any) -> None:
        _local.skips = self._before
