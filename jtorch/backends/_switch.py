"""Modules whose switches check what is assigned to them, as those of `torch.backends` do. Knows no
particular switch.
"""

import sys
import types


class SwitchModule(types.ModuleType):
    """A module with typed switches: assigning a value of another type raises as torch does.

    The switches are in the module's `_switches`: name -> (type, name that torch's error gives it).
    """

    def __setattr__(self, name, value):
        kind, label = self.__dict__.get("_switches", {}).get(name, (object, name))
        if not isinstance(value, kind):
            raise RuntimeError(f"{label} expects a {kind.__name__}, but got {type(value).__name__}")
        super().__setattr__(name, value)


def make_switches(module_name):
    """Turns the module of this name into a SwitchModule."""
    sys.modules[module_name].__class__ = SwitchModule
