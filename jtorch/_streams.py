"""torch.Stream and torch.Event of the CPU, where work is done in the order in which it is asked
for: nothing is ever waited for, and there are no events to record.
"""

from __future__ import annotations

from typing import Any

from . import _devices
from ._errors import not_covered

__all__ = ["Event", "Stream"]

_NO_EVENTS = "cpu backend doesn't support events."


def _cpu(name: str, device: Any) -> _devices.device:
    given = _devices.CPU if device is None else _devices.as_device(device)
    if given.type != "cpu":
        _devices.to_jax(given)  # raises where there is no such device
        raise not_covered(f"torch.{name} on {given.type}")
    return given


class Stream:
    """The one queue of the CPU."""

    __module__ = "torch"
    device_index, device_type, stream_id = -1, 0, 0

    def __init__(self, device: Any = None, *, priority: int = 0):
        self.device = _cpu("Stream", device)

    def query(self) -> bool:
        """True: whatever was asked for is done when it is looked at."""
        return True

    def synchronize(self) -> None:
        """Returns at once."""

    def wait_stream(self, stream: Any) -> None:
        """Returns at once: there is one queue."""

    def record_event(self, event: Any = None) -> Event:
        raise RuntimeError(_NO_EVENTS)

    def wait_event(self, event: Any) -> None:
        """Returns at once."""

    def is_capturing(self) -> bool:
        """False."""
        return False

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *exc: Any) -> None:
        return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and other.device == self.device

    def __hash__(self) -> int:
        return hash(("stream", self.device))

    def __repr__(self) -> str:
        return (
            f"torch.Stream device_type={self.device.type}, device_index=-1, "
            f"stream_id={self.stream_id}"
        )


class Event:
    """An event of the CPU, which cannot be recorded."""

    __module__ = "torch"
    event_id = 0

    def __init__(
        self,
        device: Any = None,
        *,
        enable_timing: bool = False,
        blocking: bool = False,
        interprocess: bool = False,
    ):
        self.device = _cpu("Event", device)
        self._timed = enable_timing

    def record(self, stream: Any = None) -> None:
        raise RuntimeError(_NO_EVENTS)

    def query(self) -> bool:
        """True: nothing was recorded."""
        return True

    def synchronize(self) -> None:
        """Returns at once."""

    def wait(self, stream: Any = None) -> None:
        """Returns at once."""

    def elapsed_time(self, end_event: Event) -> float:
        if not (self._timed and end_event._timed):
            raise ValueError("Both events must be created with argument 'enable_timing=True'.")
        raise RuntimeError(_NO_EVENTS)

    def __repr__(self) -> str:
        return (
            f"torch.Event device_type={self.device.type}, device_index=-1, "
            f"event_flag={int(self._timed)}, event_id=0"
        )
