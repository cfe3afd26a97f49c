"""Gradients written by hand, where they are better than what jax derives, and the names of nodes
where torch has several derivatives for one name. The one place that says how they are attached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax


def own_gradient(*static: int) -> Callable[[Callable], Any]:
    """A function whose .defvjp(forward, backward) follows; `static`: positions of its arguments
    that are not arrays. The backward function must itself be differentiable by jax.
    """
    return partial(jax.custom_vjp, nondiff_argnums=static)


def by_kind(stem: str, *kinds: str) -> Callable[[Sequence, dict], str]:
    """torch numbers derivatives by what the operands are: "tn" is a tensor and a number. A kind not
    listed has none.
    """
    names = {kind: f"{stem}Backward{i}" for i, kind in enumerate(kinds)}

    def name(inputs: Sequence, static: dict) -> str:
        kind = "".join(["t" if hasattr(x, "aval") else "n" for x in inputs])
        return names.get(kind[: len(kinds[0])], "NotImplemented")

    return name
