"""torch.onnx.symbolic_helper: the decorators that packages put on functions for an export."""

from __future__ import annotations

from collections.abc import Callable


def parse_args(*arg_descriptors: str) -> Callable:
    """A decorator that leaves the function as it is: an export would call it."""
    return lambda fn: fn


def quantized_args(*arg_q_descriptors: bool, **_options) -> Callable:
    """A decorator that leaves the function as it is, for the same reason."""
    return lambda fn: fn
