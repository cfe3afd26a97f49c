"""Gradients written by hand, where they are better than what jax derives. The one place that says
how they are attached, so that type checkers see a callable.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax


def own_gradient(*static: int) -> Callable[[Callable], Any]:
    """A function whose .defvjp(forward, backward) follows; `static`: positions of its arguments
    that are not arrays. The backward function must itself be differentiable by jax.
    """
    return partial(jax.custom_vjp, nondiff_argnums=static)
