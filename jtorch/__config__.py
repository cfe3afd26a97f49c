"""`torch.__config__`: what this build runs on, in words."""

import os
import platform
from importlib import metadata

import jax
import numpy as np

from . import version

__all__ = ["parallel_info", "show"]


def show() -> str:
    """The libraries underneath and the devices they see."""
    devices = ", ".join(str(device) for device in jax.devices())
    lines = [
        f"jtorch {version.jtorch}, following torch {version.torch}, on:",
        f"Python {platform.python_version()}, NumPy {np.__version__}",
        f"JAX {jax.__version__}, jaxlib {metadata.version('jaxlib')} (XLA)",
        f"Devices: {devices}",
    ]
    return "\n  - ".join(lines) + "\n"


def parallel_info() -> str:
    """The threads XLA may use on the CPU."""
    return f"XLA:CPU runs on the process's own thread pool, {os.cpu_count()} hardware threads\n"
