"""What tensors that alias each other share: the root value, its stamp, and, while NumPy arrays of
it are alive, the memory that is then the truth. Knows values; knows no Tensor.
"""

from __future__ import annotations

import ctypes
import itertools
import math
import mmap
import sys
from collections.abc import Callable
from typing import Any
from weakref import ref

import numpy as np

from ._layout import Layout, is_contiguous, storage_order
from .graph import META, TRACED, Value, from_buffer, look

_names = itertools.count(1)  # in place of addresses, of what has none in this process


class Counter:
    """A version counter, shared by a tensor and its views."""

    __slots__ = ("n", "writer")

    def __init__(self):
        self.n = 0
        self.writer: tuple[str, int] | None = None  # name and output of the node written last


class Store:
    """The storage behind a family of aliases. `stamp` changes with every write. `memory` is what
    its address points to, from the first question for it on, and `shown` what of it is filled.
    """

    __slots__ = ("host", "layout", "memory", "name", "plain", "root", "shown", "stamp")

    def __init__(self, root: Value, layout: Layout):
        self.root, self.layout = root, layout
        self.plain = is_contiguous(layout.shape, layout.strides)
        self.stamp = 0
        self.host: Host | None = None
        self.memory: Any = None
        self.name = 0
        self.shown: tuple[int, list] = (0, [])

    def write(self, root: Value) -> None:
        """Replace the contents; memory shared with NumPy is written at once."""
        if self.host is not None and self.host.alive():
            self.host.take(np.asarray(look(root)))
        else:
            self.host = None
        self.root = root
        self.stamp += 1

    def sync(self, layout: Layout | None = None, dtype: Any = None) -> None:
        """Take over what NumPy code may have written since the last read, at least to the place
        that `layout` (in units of dtype) covers.
        """
        host = self.host
        if host is None:
            return
        alive = host.alive()
        root = np.asarray(look(self.root))
        if not host.agrees(root, layout if alive and self.plain else None, dtype):
            self.root = from_buffer(host.merged(root), self.root.aval.device)
            self.stamp += 1
        if not alive:
            self.host = None

    def share(self, layout: Layout, dtype: Any) -> np.ndarray:
        """This place of the storage as NumPy sees it; the memory is made on first demand."""
        self.sync()
        if self.host is None:
            aval = self.root.aval
            self.host = Host.exporting(aval.shape, aval.dtype, self.layout, self.memory)
        return self.host.export(np.asarray(look(self.root)), layout, dtype)

    def address(self, layout: Layout, dtype: Any) -> int:
        """Where this place of the storage can be read until something is written to it. It stays
        the same, and no other storage has it; what is written there, nobody sees. Inside a
        transformation, and on other devices than the CPU, it only is a name.
        """
        offset = layout.offset * dtype.itemsize
        device = self.root.aval.device
        if isinstance(self.root.buf, TRACED) or device is META or device.platform != "cpu":
            self.name = self.name or next(_names) << 32
            return self.name + offset
        self.sync()
        if self.memory is None and self.host is not None:
            self.memory = self.host.memory
            if self.memory is None:  # the user's own array
                return self.host.array.__array_interface__["data"][0] + offset
        if self.memory is None:
            self.memory = _reserved(_span(self.layout) * self.root.aval.dtype.itemsize)
        if self.shown[0] != self.stamp:
            self.shown = (self.stamp, [])
        if (layout, dtype) not in self.shown[1]:
            self._show(np.asarray(look(self.root)), layout, dtype)
            self.shown[1].append((layout, dtype))
        return np.frombuffer(self.memory, np.uint8, 1).ctypes.data + offset

    def _show(self, root: np.ndarray, layout: Layout, dtype: Any) -> None:
        if self.plain and root.flags.c_contiguous:
            _window(self.memory, layout, dtype)[...] = _window(_bytes(root), layout, dtype)
        else:
            _window(self.memory, self.layout, root.dtype)[...] = root


class Host:
    """Memory shared with NumPy: `array` has the root's shape; `alive` says whether anyone else
    still holds the memory. Memory of our own is filled where it is handed out and nowhere else, so
    that one row of a large tensor costs one row.
    """

    __slots__ = ("alive", "array", "exports", "memory", "whole")

    def __init__(self, array: np.ndarray, alive: Callable[[], bool] | None, memory: Any = None):
        self.array, self.alive, self.memory = array, alive or self._held, memory
        self.whole = memory is None
        self.exports: list[tuple[Layout, Any, ref[np.ndarray]]] = []

    @classmethod
    def exporting(cls, shape: tuple[int, ...], dtype: Any, layout: Layout, memory: Any) -> Host:
        """Memory of our own (new, unless there is some), in the storage order of the layout, with
        nothing in it yet.
        """
        if storage_order(layout.shape, layout.strides) is None and 0 not in shape:
            raise RuntimeError("jtorch: a storage that is not dense cannot be shared with NumPy")
        if memory is None:
            memory = _reserved(math.prod(shape) * dtype.itemsize)
        return cls(_window(memory, layout, dtype), None, memory)

    @classmethod
    def importing(cls, array: np.ndarray) -> Host:
        """The user's array. Views of it may exist that we cannot count, so a view stays shared."""
        host = cls(array, lambda: array.base is not None or sys.getrefcount(array) > 3)
        return host

    def _held(self) -> bool:
        return any(r() is not None for _, _, r in self.exports)

    # -- handing out

    def export(self, root: np.ndarray, layout: Layout, dtype: Any) -> np.ndarray:
        """An ndarray over one place of the memory, which agrees with root where it is filled."""
        if self.memory is None:
            return self._of_import(layout, dtype)
        self.exports = [e for e in self.exports if e[2]() is not None]
        out = _window(self.memory, layout, dtype)
        if not self.whole:
            if len(self.exports) < 64 and root.flags.c_contiguous and self._plain(root):
                out[...] = _window(_bytes(root), layout, dtype)
            else:
                self.array[...] = root
                self.whole = True
        self.exports.append((layout, dtype, ref(out)))
        return out

    def _plain(self, root: np.ndarray) -> bool:
        return self.array.strides == root.strides

    def _of_import(self, layout: Layout, dtype: Any) -> np.ndarray:
        """A view of the user's own array, counted by its references."""
        size = dtype.itemsize
        strides = tuple(s * size for s in layout.strides)
        return np.asarray(_Part(self.array, layout.offset * size, layout.shape, strides, dtype))

    # -- comparing and copying

    def agrees(self, root: np.ndarray, layout: Layout | None, dtype: Any) -> bool:
        """Whether the memory holds what root holds, at this place or (None) everywhere."""
        if not self.whole:
            mine, root = self.memory, _bytes(root)
            return all(_same(_window(mine, *e[:2]), _window(root, *e[:2])) for e in self.exports)
        if layout is None:
            return _same(self.array, root)
        return _same(*(_window(_bytes(x), layout, dtype) for x in (self.array, root)))

    def merged(self, root: np.ndarray) -> np.ndarray:
        """root with what NumPy code has written."""
        if self.whole:
            return np.array(self.array, order="C")
        root = np.array(root, order="C")
        for layout, dtype, _ in self.exports:
            _window(_bytes(root), layout, dtype)[...] = _window(self.memory, layout, dtype)
        return root

    def take(self, root: np.ndarray) -> None:
        """Write new contents into the memory that others see."""
        if self.whole:
            self.array[...] = root
            return
        flat = _bytes(np.ascontiguousarray(root))
        for layout, dtype, _ in self.exports:
            _window(self.memory, layout, dtype)[...] = _window(flat, layout, dtype)


def _reserved(size: int) -> Any:
    """Memory with nothing in it: pages nobody touches cost nothing. It is no ndarray, so that views
    of what is handed out keep that alive, not this.
    """
    return mmap.mmap(-1, size) if size > 1 << 16 else bytearray(max(size, 1))


def _span(layout: Layout) -> int:
    """How many elements there are from the first to the last, both counted."""
    if 0 in layout.shape:
        return 0
    return 1 + sum((n - 1) * s for n, s in zip(layout.shape, layout.strides, strict=True))


def _window(memory: Any, layout: Layout, dtype: Any) -> np.ndarray:
    """One place of row-major memory."""
    size = dtype.itemsize
    strides = tuple(s * size for s in layout.strides)
    return np.ndarray(layout.shape, dtype, memory, layout.offset * size, strides)


def _bytes(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1).view(np.uint8)


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    """Bit for bit: nan equals itself, and 0.0 is not -0.0."""
    a, b = np.ascontiguousarray(a), np.ascontiguousarray(b)
    return not _memcmp(a.ctypes.data, b.ctypes.data, a.nbytes)


_memcmp = ctypes.CDLL(None).memcmp
_memcmp.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


class _Part:
    """A part of an array's memory, as NumPy's array interface describes it."""

    def __init__(self, array: np.ndarray, offset: int, shape, strides, dtype: np.dtype):
        self.array = array
        address = array.__array_interface__["data"][0] + offset
        self.__array_interface__ = {
            "data": (address, False), "shape": shape, "strides": strides, "typestr": dtype.str,
            "version": 3,
        }  # fmt: skip
