"""JTORCH_LOG=compile: what was compiled, how long it took, which user line caused it, and what
differed from the nearest earlier program. A compile of several seconds says so unasked.
"""

from __future__ import annotations

import os
import pathlib
import sys
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .trace import State

_PACKAGE = str(pathlib.Path(__file__).resolve().parent.parent) + os.sep
SLOW_SECONDS = 10.0
_recent: deque[list[State]] = deque(maxlen=64)


def enabled() -> bool:
    return "compile" in os.environ.get("JTORCH_LOG", "").split(",")


def user_line() -> str:
    """file:line of the innermost frame outside this package and JAX."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        ours = name.startswith((_PACKAGE, "<")) and name != "<string>"  # which is python -c
        if not ours and f"{os.sep}jax{os.sep}" not in name:
            return f"{name}:{frame.f_lineno}"
        frame = frame.f_back
    return "<unknown>"


def compiled(path: list[State], ops: int, inputs: int, seconds: float, kind: str) -> None:
    """A whole trace was compiled."""
    if not enabled() and seconds < SLOW_SECONDS:
        _recent.append(path)
        return
    print(
        f"jtorch: compiled {ops} ops ({inputs} inputs, cut by {kind}) in {seconds * 1e3:.0f} ms, "
        f"at {user_line()}\n        {_difference(path)}",
        file=sys.stderr,
    )
    _recent.append(path)


def compiled_op(state: State, seconds: float) -> None:
    """A single op was compiled, because its trace has not come twice."""
    if enabled():
        print(
            f"jtorch: compiled op {_describe(state)} in {seconds * 1e3:.0f} ms, at {user_line()}",
            file=sys.stderr,
        )


def _difference(path: list[State]) -> str:
    """How this trace first departs from the recent one it shares the longest beginning with."""
    best, where = None, -1
    for other in _recent:
        n = 0
        for a, b in zip(path, other, strict=False):
            if a is not b:
                break
            n += 1
        if n >= where and other is not path:
            best, where = other, n
    if best is None:
        return "the first program"
    if where == len(path) == len(best):
        return "the same ops as an earlier program; other outputs are still referenced"
    if where >= len(path) or where >= len(best):
        return f"an earlier program with {len(best)} ops cut at op {len(path)}"
    now, before = _describe(path[where]), _describe(best[where])
    return f"differs from an earlier program at op {where + 1}: {now}, was {before}"


def _describe(state: State) -> str:
    statics = ", ".join(f"{k}={v}" for k, v in state.static)
    inputs = ", ".join(
        str(k) if not isinstance(k, tuple) else str(k[1]) for k in state.key[2:] if k is not None
    )
    return f"{state.prim.name}({inputs}{'; ' + statics if statics else ''}) -> {list(state.avals)}"
