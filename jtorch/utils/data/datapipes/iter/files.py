"""Pipes of files: their names, what opens them, what reads them."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ....._errors import not_covered
from .._decorator import functional_datapipe
from ..datapipe import IterDataPipe
from .utils import IterableWrapperIterDataPipe

__all__ = [
    "FileListerIterDataPipe",
    "FileOpenerIterDataPipe",
    "RoutedDecoderIterDataPipe",
    "StreamReaderIterDataPipe",
    "StreamWrapper",
]


class StreamWrapper:
    """An open file, which is closed with its last reference."""

    def __init__(self, file_obj: Any) -> None:
        self.file_obj = file_obj

    def __getattr__(self, name: str) -> Any:
        if name == "file_obj":  # not made yet
            raise AttributeError(name)
        return getattr(self.file_obj, name)

    def __iter__(self) -> Iterator[Any]:
        yield from self.file_obj

    def __enter__(self) -> Any:
        return self.file_obj.__enter__()

    def __exit__(self, *exception: Any) -> Any:
        return self.file_obj.__exit__(*exception)

    def __del__(self) -> None:
        if "file_obj" in self.__dict__:
            self.file_obj.close()

    def __repr__(self) -> str:
        return f"StreamWrapper<{self.file_obj!r}>"


def _names(root: str, masks: Any, recursive: bool, abspath: bool, ordered: bool) -> Iterator[str]:
    masks = [masks] if isinstance(masks, str) else masks
    if os.path.isfile(root):
        folders: Iterable[Any] = [(os.path.dirname(root), [], [os.path.basename(root)])]
    else:
        folders = os.walk(root)
    for folder, below, files in folders:
        if ordered:
            below.sort()
            files.sort()
        for name in files:
            if not any(masks) or any(fnmatch.fnmatch(name, mask) for mask in masks):
                path = os.path.join(folder, name)
                yield os.path.abspath(path) if abspath else path
        if not recursive:
            return


@functional_datapipe("list_files")
class FileListerIterDataPipe(IterDataPipe):
    """Paths of the files in folders whose names match a mask, in alphabetical order."""

    def __init__(
        self,
        root: str | Sequence[str] | IterDataPipe = ".",
        masks: str | list[str] = "",
        *,
        recursive: bool = False,
        abspath: bool = False,
        non_deterministic: bool = False,
        length: int = -1,
    ) -> None:
        super().__init__()
        roots = [root] if isinstance(root, str) else root
        if not isinstance(roots, IterDataPipe):
            roots = IterableWrapperIterDataPipe(roots)
        self.datapipe = roots
        self.masks = masks
        self.recursive = recursive
        self.abspath = abspath
        self.non_deterministic = non_deterministic
        self.length = length

    def __iter__(self) -> Iterator[str]:
        for root in self.datapipe:
            ordered = not self.non_deterministic
            yield from _names(root, self.masks, self.recursive, self.abspath, ordered)

    def __len__(self) -> int:
        return _told(self, self.length)


def _told(pipe: IterDataPipe, length: int) -> int:
    if length == -1:
        raise TypeError(f"{type(pipe).__name__} instance doesn't have valid length")
    return length


@functional_datapipe("open_files")
class FileOpenerIterDataPipe(IterDataPipe):
    """(path, open file) of paths."""

    def __init__(
        self,
        datapipe: Iterable[str],
        mode: str = "r",
        encoding: str | None = None,
        length: int = -1,
    ) -> None:
        super().__init__()
        self.datapipe = datapipe
        self.mode = mode
        self.encoding = encoding
        if mode not in ("b", "t", "rb", "rt", "r"):
            raise ValueError(f"Invalid mode {mode}")
        if "b" in mode and encoding is not None:
            raise ValueError("binary mode doesn't take an encoding argument")
        self.length = length

    def __iter__(self) -> Iterator[tuple[str, StreamWrapper]]:
        mode = self.mode if self.mode.startswith("r") else "r" + self.mode
        for path in self.datapipe:
            if not isinstance(path, str):
                raise TypeError(f"Expected string type for pathname, but got {type(path)}")
            yield path, StreamWrapper(open(path, mode, encoding=self.encoding))

    def __len__(self) -> int:
        return _told(self, self.length)


@functional_datapipe("read_from_stream")
class StreamReaderIterDataPipe(IterDataPipe):
    """(path, contents) of (path, open file); with `chunk` that many bytes at a time."""

    def __init__(self, datapipe: IterDataPipe, chunk: int | None = None) -> None:
        self.datapipe = datapipe
        self.chunk = chunk

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for name, stream in self.datapipe:
            if self.chunk is None:
                yield name, stream.read()
                continue
            while part := stream.read(self.chunk):
                yield name, part


@functional_datapipe("routed_decode")
class RoutedDecoderIterDataPipe(IterDataPipe):
    """Not covered."""

    def __init__(self, datapipe: Any, *handlers: Any, key_fn: Any = None) -> None:
        raise not_covered("datapipes.iter.RoutedDecoder")
