"""Which device a storage from a file goes to: the tag in the file, and `map_location`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import _devices
from ._storages import PACKAGES, Loaded

NO_DEVICE = (
    "Attempting to deserialize object on a {kind} device but torch.{name}.is_available() is False. "
    "If you are running on a CPU-only machine, please use torch.load with "
    "map_location=torch.device('cpu') to map your storages to the CPU."
)

Restore = Callable[[Loaded, str], Any]


def register_package(
    priority: int, tagger: Callable[[Any], str | None], deserializer: Restore
) -> None:
    """Let `deserializer(storage, location)` restore storages of locations of its own; the lowest
    priority is asked first.
    """
    PACKAGES.append((priority, tagger, deserializer))
    PACKAGES.sort(key=lambda package: package[0])


def default_restore_location(storage: Loaded, location: str) -> Any:
    """The storage on the device that a location names. RuntimeError without such a device."""
    for _, _, deserialize in PACKAGES:
        result = deserialize(storage, location)
        if result is not None:
            return result
    kind = location.partition(":")[0]
    if location in ("cpu", "meta"):
        return storage.to(location)
    if kind == "cuda":
        return storage.to(validate_cuda_device(location))
    if kind == "mps":
        raise RuntimeError("torch.UntypedStorage(): Storage device not recognized: mps")
    if kind in ("xpu", "hpu"):
        raise RuntimeError(NO_DEVICE.format(kind=kind.upper(), name=kind))
    raise RuntimeError(
        "don't know how to restore data location of torch.storage.UntypedStorage (tagged with "
        f"{location})"
    )


def validate_cuda_device(location: str) -> Any:
    """The GPU that a location names. RuntimeError where there is none."""
    device = _devices.device(location)
    if device.type != "cuda":
        raise ValueError(f"Expected a cuda device, but got: {device}")
    count = _devices.device_count("cuda")
    if not count:
        raise RuntimeError(NO_DEVICE.format(kind="CUDA", name="cuda"))
    device = _devices.with_index(device)
    if (device.index or 0) >= count:
        raise RuntimeError(
            f"Attempting to deserialize object on CUDA device {device.index} but "
            f"torch.cuda.device_count() is {count}. Please use torch.load with map_location "
            "to map your storages to an existing device."
        )
    return device


class Restorer:
    """The function that a `map_location` argument means. `discards` says that nobody will see the
    data of storages.
    """

    def __init__(self, function: Restore, discards: bool = False):
        self._function, self.discards = function, discards

    def __call__(self, storage: Loaded, location: str) -> Any:
        return self._function(storage, location)


def restorer(map_location: Any) -> Restorer:
    """What a `map_location` argument means."""
    if map_location is None:
        return Restorer(default_restore_location)
    if isinstance(map_location, dict):
        return Restorer(
            lambda storage, location: default_restore_location(
                storage, map_location.get(location, location)
            )
        )
    if isinstance(map_location, (str, bytes, _devices.device)):
        if isinstance(map_location, bytes):
            raise TypeError("cannot use a string pattern on a bytes-like object")
        name = str(map_location)
        return Restorer(
            lambda storage, location: default_restore_location(storage, name), name == "meta"
        )

    def by_function(storage: Loaded, location: str) -> Any:
        result = map_location(storage, location)
        return default_restore_location(storage, location) if result is None else result

    return Restorer(by_function)
