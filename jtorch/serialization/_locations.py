"""Which device a storage from a file goes to: the tag in the file, and `map_location`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import _devices
from ._storages import Loaded

NO_CUDA = (
    "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If "
    "you are running on a CPU-only machine, please use torch.load with "
    "map_location=torch.device('cpu') to map your storages to the CPU."
)

Restore = Callable[[Loaded, str], Any]
_packages: list[tuple[int, Callable[[Any], str | None], Restore]] = []


def register_package(
    priority: int, tagger: Callable[[Any], str | None], deserializer: Restore
) -> None:
    """Let `deserializer(storage, location)` restore storages of locations of its own; the lowest
    priority is asked first.
    """
    _packages.append((priority, tagger, deserializer))
    _packages.sort(key=lambda package: package[0])


def default_restore_location(storage: Loaded, location: str) -> Any:
    """The storage on the device that a location names. RuntimeError without such a device."""
    for _, _, deserialize in _packages:
        result = deserialize(storage, location)
        if result is not None:
            return result
    kind = location.partition(":")[0]
    if kind in ("cpu", "meta"):
        return storage.to(location)
    if kind == "cuda":
        if not _devices.device_count("cuda"):
            raise RuntimeError(NO_CUDA)
        device = _devices.with_index(_devices.device(location))
        count = _devices.device_count("cuda")
        if (device.index or 0) >= count:
            raise RuntimeError(
                f"Attempting to deserialize object on CUDA device {device.index} but "
                f"torch.cuda.device_count() is {count}. Please use torch.load with map_location "
                "to map your storages to an existing device."
            )
        return storage.to(device)
    raise RuntimeError(
        "don't know how to restore data location of torch.storage.UntypedStorage (tagged with "
        f"{location})"
    )


def location_tag(storage: Any) -> str:
    """The location that files name for a storage or tensor."""
    for _, tag, _ in _packages:
        found = tag(storage)
        if found:
            return found
    return str(storage.device)


def restorer(map_location: Any) -> Restore:
    """The function that a `map_location` argument means."""
    if map_location is None:
        return default_restore_location
    if isinstance(map_location, dict):
        return lambda storage, location: default_restore_location(
            storage, map_location.get(location, location)
        )
    if isinstance(map_location, (str, bytes, _devices.device)):
        name = map_location.decode() if isinstance(map_location, bytes) else str(map_location)
        return lambda storage, location: default_restore_location(storage, name)

    def by_function(storage: Loaded, location: str) -> Any:
        result = map_location(storage, location)
        return default_restore_location(storage, location) if result is None else result

    return by_function
