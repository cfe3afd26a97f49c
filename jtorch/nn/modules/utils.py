"""The helpers that torch keeps under this name: tuples of sizes, and keys of a wrapped
state_dict."""

from __future__ import annotations

from typing import Any

from .._tuples import _ntuple as _ntuple
from .._tuples import _pair as _pair
from .._tuples import _quadruple as _quadruple
from .._tuples import _reverse_repeat_tuple as _reverse_repeat_tuple
from .._tuples import _single as _single
from .._tuples import _triple as _triple


def _list_with_default(out_size: Any, defaults: list[int]) -> Any:
    """`out_size` with None replaced by the trailing sizes of the input."""
    if isinstance(out_size, int | slice):
        return out_size
    if len(defaults) <= len(out_size):
        raise ValueError(f"Input dimension should be at least {len(out_size) + 1}")
    tail = defaults[-len(out_size) :]
    return [d if v is None else v for v, d in zip(out_size, tail, strict=True)]


def consume_prefix_in_state_dict_if_present(state_dict: dict[str, Any], prefix: str) -> None:
    """Strip `prefix` (such as `"module."`) from the keys, and from the metadata, in place."""
    for key in list(state_dict):
        if key.startswith(prefix):
            state_dict[key[len(prefix) :]] = state_dict.pop(key)
    metadata: Any = getattr(state_dict, "_metadata", None) or {}
    for key in list(metadata):
        # The wrapper itself is listed under the prefix without its dot.
        if key and key == prefix.replace(".", ""):
            metadata[""] = metadata.pop(key)
        elif key and key.startswith(prefix):
            metadata[key[len(prefix) :]] = metadata.pop(key)
