"""torch.utils.serialization.config: `load.mmap`, `save.compute_crc32` and so on, set for good or,
with `patch`, for a block. The same settings as those of `torch.serialization`'s functions.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...serialization import _settings

load, save = _settings.load, _settings.save


def get_config_copy() -> dict[str, Any]:
    """All settings by their dotted names."""
    return {
        f"{group}.{name}": value
        for group, holder in (("load", load), ("save", save))
        for name, value in vars(holder).items()
    }


@contextmanager
def patch(changes: Any = None, value: Any = None, **named: Any) -> Iterator[None]:
    """Other settings for a block: `patch("load.mmap", True)` or `patch({"load.mmap": True})`."""
    wanted = {changes: value} if isinstance(changes, str) else {**(changes or {}), **named}
    holders = {name: load if name.startswith("load.") else save for name in wanted}
    before = {name: getattr(holders[name], name.partition(".")[2]) for name in wanted}
    try:
        for name, new in wanted.items():
            setattr(holders[name], name.partition(".")[2], new)
        yield
    finally:
        for name, old in before.items():
            setattr(holders[name], name.partition(".")[2], old)
