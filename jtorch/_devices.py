"""Devices, memory formats and layouts as torch names them, and the jax devices behind them. Imports nothing
of jtorch.
"""

from __future__ import annotations

import os
import re
import threading
from typing import Any

import jax

META = "meta"
_TYPES = (
    "cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, meta, "
    "hpu, mtia, privateuseone"
)


class device:
    """Where a tensor lives: a type and, for some, an index. Also a context manager."""

    __slots__ = ("_previous", "index", "type")

    def __init__(self, type: Any = None, index: int | None = None):
        if isinstance(type, device):
            type, index = type.type, type.index if index is None else index
        elif isinstance(type, int):
            type, index = "cuda", type
        elif isinstance(type, str):
            type, index = _parse(type, index)
        else:
            raise TypeError(f"device(): argument 'type' (position 1) must be str, not {_name(type)}")
        self.type: str = type
        self.index: int | None = index
        self._previous: list[Any] = []

    def __repr__(self) -> str:
        tail = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{tail})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self):
        return device, (str(self),)

    def __enter__(self) -> device:
        self._previous.append(_state.default)
        _state.default = self
        return self

    def __exit__(self, *exc) -> None:
        _state.default = self._previous.pop()

    def __call__(self, func):
        def wrapped(*args, **kwargs):
            with self:
                return func(*args, **kwargs)

        return wrapped


device.__module__ = "torch"


def _name(x: Any) -> str:
    return type(x).__name__


def _parse(text: str, index: int | None) -> tuple[str, int | None]:
    if not text:
        raise RuntimeError("Device string must not be empty")
    match = re.fullmatch(r"([a-zA-Z_]+)(?::([0-9]+|-1))?", text)
    if match is None:
        raise RuntimeError(f"Invalid device string: '{text}'")
    kind, number = match.groups()
    if kind not in _TYPES.replace(",", "").split():
        raise RuntimeError(
            f"Expected one of {_TYPES} device type at start of device string: {kind}"
        )
    if number is not None:
        if index is not None:
            raise RuntimeError(
                f"type (string) must not include an index because index was passed explicitly: {text}"
            )
        index = int(number)
    if index is not None and index < 0:
        index = None if index == -1 else index
    return kind, index


class _State(threading.local):
    def __init__(self):
        self.default: device | None = None


_state = _State()
CPU = device("cpu")


def default_device() -> device:
    """Where factory functions put tensors when they are not told."""
    return _state.default or CPU


def set_default_device(d: Any) -> None:
    _state.default = None if d is None else device(d)


def accelerators() -> list[Any]:
    """jax's GPUs, or its TPUs with JTORCH_CUDA=tpu: what "cuda" means here."""
    platform = os.environ.get("JTORCH_CUDA", "cuda")
    try:
        return jax.local_devices(backend="tpu" if platform == "tpu" else "gpu")
    except RuntimeError:  # jax has no such backend here
        return []


def to_jax(d: Any = None) -> Any:
    """The jax device (or META) of anything that names a device."""
    d = default_device() if d is None else d if isinstance(d, device) else device(d)
    if d.type == "cpu":
        return _cpu()
    if d.type == "meta":
        return META
    if d.type == "cuda":
        found = accelerators()
        if not found:
            raise AssertionError("Torch not compiled with CUDA enabled")
        index = d.index or 0
        if index >= len(found):
            raise RuntimeError("CUDA error: invalid device ordinal")
        return found[index]
    raise NotImplementedError(f"jtorch: device type {d.type!r} is not covered; use cpu, cuda or meta")


_cpu_device: list[Any] = []


def _cpu() -> Any:
    if not _cpu_device:
        _cpu_device.append(jax.local_devices(backend="cpu")[0])
    return _cpu_device[0]


_of: dict[Any, device] = {META: device("meta")}


def of_jax(d: Any) -> device:
    """torch's name of a jax device."""
    found = _of.get(d)
    if found is None:
        if d.platform == "cpu":
            found = _of[d] = CPU
        else:
            found = _of[d] = device("cuda", accelerators().index(d))
    return found


def put(array: Any, target: Any) -> Any:
    """A jax array on another device."""
    return jax.device_put(array, target)


class memory_format:
    """An order of dimensions in memory."""

    def __init__(self, name: str):
        self._name = name

    def __repr__(self) -> str:
        return f"torch.{self._name}"

    def __reduce__(self):
        return _constant, (self._name,)


class layout(memory_format):
    """How elements are stored: strided, or a sparse scheme."""


contiguous_format = memory_format("contiguous_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
preserve_format = memory_format("preserve_format")
strided, sparse_coo = layout("strided"), layout("sparse_coo")


def _constant(name: str):
    return globals()[name]
