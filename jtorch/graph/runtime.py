"""Process-wide set-up of JAX, done once at import: 64-bit types, the persistent compilation cache,
and on Linux the allocator. Knows nothing of traces.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import sys

import jax

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3


def _cache_dir() -> str | None:
    """Where compiled programs are kept: JTORCH_CACHE_DIR ("" for nowhere), or the user's cache."""
    chosen = os.environ.get("JTORCH_CACHE_DIR")
    if chosen is not None:
        return chosen or None
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return str(pathlib.Path(base) / "jtorch" / "xla")


def _configure_cache() -> None:
    """Keep small programs too: a new program costs 20 to 100 ms, a cached one 2."""
    if jax.config.jax_compilation_cache_dir is not None:  # pyright: ignore[reportAttributeAccessIssue]
        return
    directory = _cache_dir()
    if directory is None:
        return
    jax.config.update("jax_compilation_cache_dir", directory)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def _configure_malloc() -> None:
    """XLA's CPU client takes buffers from malloc; by default glibc maps and unmaps large ones on
    every step. Keeping them on the heap made a GPT step 35 -> 25 ms.
    """
    if not sys.platform.startswith("linux") or os.environ.get("JTORCH_MALLOC", "1") == "0":
        return
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):  # not glibc
        return
    mallopt(_M_MMAP_THRESHOLD, 1 << 30)
    mallopt(_M_TRIM_THRESHOLD, 1 << 30)
    mallopt(_M_TOP_PAD, 64 << 20)


jax.config.update("jax_enable_x64", True)
_configure_cache()
_configure_malloc()
