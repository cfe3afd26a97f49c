"""Exception types that torch defines, and the one wording of "jtorch does not cover this". It knows
nothing else: who raises what is the business of the caller.
"""

COVERAGE = "docs/differences.md"

NOT_COVERED = """{name} is not covered by jtorch

{why}{coverage} says where coverage is listed."""


def not_covered(name, why=""):
    """The exception to raise where torch has something that jtorch does not do (yet): `name` as
    users write it, `why` one or two sentences on the reason or on what to do instead.
    """
    why = f"{why}\n" if why else ""
    return NotImplementedError(NOT_COVERED.format(name=name, why=why, coverage=COVERAGE))


class AcceleratorError(RuntimeError):
    """Something went wrong on a device that is not the CPU."""

    __module__ = "torch"


class OutOfMemoryError(RuntimeError):
    """A device has no room for a tensor."""

    __module__ = "torch"


class _LinAlgError(RuntimeError):
    """A matrix does not have the property that an algorithm needs (torch.linalg.LinAlgError)."""

    __module__ = "torch._C"


LinAlgError = _LinAlgError


def no_attribute(module, name):
    """For a missing name of a namespace: an AttributeError, since scripts probe with hasattr."""
    return AttributeError(
        f"module '{module}' has no attribute '{name}'\n\n"
        f"jtorch does not cover {module}.{name}; {COVERAGE} says where coverage is listed."
    )


def type_name_of(x):
    """A class as torch's argument errors name it."""
    cls = type(x)
    if cls.__module__.startswith("numpy"):
        return f"{cls.__module__}.{cls.__name__}"
    return cls.__name__


class _Once:
    """Which warnings of those that are given once a process were given."""

    def __init__(self):
        self.always = False
        self.given = set()

    def __call__(self, text):
        """Whether to warn now."""
        first = text not in self.given
        self.given.add(text)
        return first or self.always


once = _Once()
