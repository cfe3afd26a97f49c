"""The ops, one file per family, and the only layer that calls jax.numpy and jax.lax. Importing the
package imports every family, which fills the registry the surface is built from.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

families: list[ModuleType] = [
    importlib.import_module(f"{__name__}.{info.name}")
    for info in pkgutil.iter_modules(__path__)
    if not info.name.startswith("_")
]
