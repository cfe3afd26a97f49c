"""What tensors that alias each other share: the root value, its stamp, and, while NumPy arrays of
it are alive, the memory that is then the truth. Knows values; knows no Tensor.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from weakref import ref

import numpy as np

from ._layout import Layout, is_contiguous, storage_order
from .graph import Value, from_buffer, look

_addresses = itertools.count(1)


class Counter:
    """A version counter, shared by a tensor and its views."""

    __slots__ = ("n", "writer")

    def __init__(self):
        self.n = 0
        self.writer: tuple[str, int] | None = None  # name and output of the node written last


class Store:
    """The storage behind a family of aliases. `stamp` changes with every write."""

    __slots__ = ("address", "host", "layout", "plain", "root", "stamp")

    def __init__(self, root: Value, layout: Layout):
        self.root, self.layout = root, layout
        self.plain = is_contiguous(layout.shape, layout.strides)
        self.stamp = 0
        self.host: Host | None = None
        self.address = next(_addresses) << 32

    def write(self, root: Value) -> None:
        """Replace the contents; memory shared with NumPy is written at once."""
        if self.host is not None and self.host.alive():
            self.host.array[...] = np.asarray(look(root))
        else:
            self.host = None
        self.root = root
        self.stamp += 1

    def sync(self) -> None:
        """Take over what NumPy code may have written since the last read."""
        host = self.host
        if host is None:
            return
        array = host.array
        self.root = from_buffer(np.array(array, order="C"), self.root.aval.device)
        self.stamp += 1
        if not host.alive():
            self.host = None

    def share(self) -> Host:
        """The memory of this storage as NumPy sees it, made on first demand."""
        if self.host is None:
            flat = np.array(np.asarray(look(self.root)), order="C")
            self.host = Host.exporting(flat, self.layout)
        return self.host


class Host:
    """Memory shared with NumPy: `array` has the root's shape; `alive` says whether anyone else
    still holds the memory.
    """

    __slots__ = ("alive", "array", "buffer", "exports")

    def __init__(self, array: np.ndarray, alive: Callable[[], bool], buffer=None):
        self.array, self.alive, self.buffer = array, alive, buffer
        self.exports: list[ref[np.ndarray]] = []

    @classmethod
    def exporting(cls, values: np.ndarray, layout: Layout) -> Host:
        """Memory of our own, in the storage order of the layout."""
        buffer = bytearray(max(values.nbytes, 1))
        strides = tuple(s * values.itemsize for s in layout.strides)
        if storage_order(layout.shape, layout.strides) is None and values.size:
            raise RuntimeError("jtorch: a storage that is not dense cannot be shared with NumPy")
        array = np.ndarray(values.shape, values.dtype, buffer=buffer, strides=strides)
        array[...] = values
        host = cls(array, lambda: any(r() is not None for r in host.exports), buffer)
        return host

    @classmethod
    def importing(cls, array: np.ndarray) -> Host:
        """The user's array. Views of it may exist that we cannot count, so a view stays shared."""
        host = cls(array, lambda: array.base is not None or sys.getrefcount(array) > 3)
        return host

    def export(self, layout: Layout, dtype: np.dtype) -> np.ndarray:
        """An ndarray of this layout, in elements of this dtype, over the shared memory."""
        offset = layout.offset * dtype.itemsize
        strides = tuple(s * dtype.itemsize for s in layout.strides)
        if self.buffer is None:  # the user's own array, counted by its references
            return np.asarray(_Memory(self.array, offset, layout.shape, strides, dtype))
        out = np.ndarray(layout.shape, dtype, self.buffer, offset, strides)
        self.exports.append(ref(out))
        return out


class _Memory:
    """A part of an array's memory, as NumPy's array interface describes it."""

    def __init__(self, array: np.ndarray, offset: int, shape, strides, dtype: np.dtype):
        self.array = array
        address = array.__array_interface__["data"][0] + offset
        self.__array_interface__ = {
            "data": (address, False), "shape": shape, "strides": strides, "typestr": dtype.str,
            "version": 3,
        }  # fmt: skip
