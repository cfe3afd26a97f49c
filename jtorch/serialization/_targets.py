"""Where torch.save writes to. A path gets its new contents all at once, when they are complete, so
that what fails on the way leaves the earlier file as it was. It knows nothing of formats.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class _Sink:
    """A file-like object of the user's, written to in order."""

    def __init__(self, file: Any):
        self._write, self._done = file.write, 0
        self.flush = getattr(file, "flush", lambda: None)

    def write(self, data: bytes) -> int:
        """Hand on the data."""
        self._write(data)
        self._done += len(data)
        return len(data)

    def tell(self) -> int:
        """How much was written."""
        return self._done


@contextmanager
def target(f: Any) -> Iterator[tuple[Any, str]]:
    """A binary file to write to from its start, and the archive's name."""
    if not isinstance(f, (str, os.PathLike)):
        sink = _Sink(f)
        yield sink, "archive"
        sink.flush()
        return
    path = Path(f)
    if not path.parent.is_dir():
        raise RuntimeError(f"Parent directory {path.parent} does not exist.")
    try:
        file, temporary = _opened(path)
    except OSError as error:
        raise RuntimeError(
            "[enforce fail at inline_container.cc:747] . open file failed with strerror: "
            f"{error.strerror}"
        ) from error
    try:
        with file:
            yield file if temporary is not None else _Sink(file), path.stem
        if temporary is not None:
            os.replace(temporary, os.path.realpath(path))
    except BaseException:
        if temporary is not None:
            os.unlink(temporary)
        raise


def _opened(path: Path) -> tuple[Any, str | None]:
    """A file beside `path`, to take its place; or, for devices and pipes and in folders that may
    not be written, the file itself.
    """
    mode = path.stat().st_mode if path.exists() else None
    if mode is not None and not stat.S_ISREG(mode):
        return path.open("wb"), None
    if mode is not None and not os.access(path, os.W_OK):
        return path.open("r+b"), None  # raises what opening for writing does
    real = os.path.realpath(path)
    name = f"{os.path.basename(real)[:100]}.{secrets.token_hex(4)}.tmp"
    temporary = os.path.join(os.path.dirname(real), name)
    try:
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    except PermissionError:
        return path.open("wb"), None
    if mode is not None:
        os.fchmod(descriptor, stat.S_IMODE(mode))
    return os.fdopen(descriptor, "wb"), temporary
