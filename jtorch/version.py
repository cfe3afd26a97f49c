"""The version jtorch reports where torch's is asked for, and its own. Imports nothing of jtorch.

`torch.__version__` names the torch release whose behaviour jtorch follows, with jtorch's own
version as the local part (`2.13.0+jtorch0.1.0`), as torch's own builds say `2.13.0+cpu`: code that
parses it, with `packaging` or with `split(".")`, works as it does there.
"""

import re

jtorch = "0.1.0"
torch = "2.13.0"

__all__ = ["__version__", "cuda", "debug", "git_version", "hip", "rocm", "xpu"]


class TorchVersion(str):
    """A version string that compares as a version: with strings, and with tuples of numbers.

    `TorchVersion("2.13.0+jtorch0.1.0") >= "2.6"` and `> (2, 9)` are both true. The other side may
    be any object whose `str()` is a version.
    """

    __slots__ = ()

    def __lt__(self, other):
        return _key(self) < _key(other)

    def __le__(self, other):
        return _key(self) <= _key(other)

    def __eq__(self, other):
        return isinstance(other, (str, tuple)) and _key(self) == _key(other)

    def __ne__(self, other):
        return not self == other

    def __gt__(self, other):
        return _key(self) > _key(other)

    def __ge__(self, other):
        return _key(self) >= _key(other)

    __hash__ = str.__hash__


_VERSION = re.compile(
    r"v?(?P<release>\d+(?:\.\d+)*)[-_.]?(?P<phase>a|b|rc|alpha|beta|dev|post)?[-_.]?(?P<count>\d*)"
)
_PHASES = {"dev": -4, "a": -3, "alpha": -3, "b": -2, "beta": -2, "rc": -1, None: 0, "post": 1}


def _key(version):
    """What a version is ordered by: release, phase (dev < a < b < rc < none < post), local part."""
    if isinstance(version, tuple):
        version = ".".join(str(part) for part in version)
    public, _, local = str(version).strip().lower().partition("+")
    match = _VERSION.match(public)
    if match is None:
        raise ValueError(f"Invalid version: {str(version)!r}")
    release = [int(part) for part in match["release"].split(".")]
    while release and release[-1] == 0:  # 2.13 and 2.13.0 are one version
        release.pop()
    return release, _PHASES[match["phase"]], int(match["count"] or 0), local


__version__ = TorchVersion(f"{torch}+jtorch{jtorch}")
debug = False
git_version = None  # a release is not tied to a checkout
cuda = None  # the CUDA that jax was built for is jax's business; torch's own kernels are not here
hip = rocm = xpu = None
