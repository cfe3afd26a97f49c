"""torch._dynamo.utils as far as packages import from it."""

from __future__ import annotations


def is_compile_supported(device_type: str) -> bool:
    """False: there is no compiler for functions of one's own besides what runs them anyhow."""
    return False
