"""`import torch` means jtorch: an import finder, first on `sys.meta_path`, that resolves `torch`
and everything below it to jtorch's own modules. `torch.nn.functional` is then the same module
object as `jtorch.nn.functional`, so classes are the same classes and pickles of either name load.

The finder also answers `importlib.metadata.version("torch")`, and hands itself to the processes
that `multiprocessing` spawns. It knows names of modules and nothing of tensors: it imports
nothing of jtorch but the version and the wording of errors.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import multiprocessing.spawn
import sys

from . import _errors, version

PACKAGE = __name__.partition(".")[0]
ALIAS = "torch"

# Parts of jtorch that torch has no module of that name for. `import torch.graph` fails as in torch.
OURS_ONLY = frozenset({"__main__", "_alias", "_surface", "graph", "ops"})

# `import torch.ops` gives what the attribute `ops` of the package is, the operators by name. The
# modules of jtorch.ops, which is no attribute of the package, are declarations.
ATTRIBUTES = frozenset({"torch.ops"})

REAL_TORCH_FIRST = """jtorch.install() needs `torch` not to be imported yet, but it is: {path}

Two libraries cannot both be `torch` in one process, and what was imported so far already holds
objects of the other. Call jtorch.install() before the first `import torch`, or run the program with
`python -m jtorch script.py`."""

NOT_COVERED = """No module named '{name}'

{name} is not covered by jtorch; {coverage} says where coverage is listed."""


def install():
    """Make `import torch` mean jtorch in this process, and in processes spawned from it.

    Calling it again does nothing. Raises RuntimeError when real torch is already imported.
    """
    if _installed() is not None:
        return
    present = sys.modules.get(ALIAS)
    if present is not None and present is not sys.modules[PACKAGE]:
        path = getattr(present, "__file__", None) or repr(present)
        raise RuntimeError(REAL_TORCH_FIRST.format(path=path))
    sys.meta_path.insert(0, TorchFinder())
    multiprocessing.spawn.get_preparation_data = _preparation_data


def uninstall():
    """Undo `install()`: a later `import torch` finds what is on the path again. Names already bound
    by earlier imports keep their objects. Calling it without `install()` does nothing.
    """
    finder = _installed()
    if finder is None:
        return
    sys.meta_path.remove(finder)
    if multiprocessing.spawn.get_preparation_data is _preparation_data:
        multiprocessing.spawn.get_preparation_data = _original_preparation_data
    for name in [name for name in sys.modules if name == ALIAS or name.startswith(ALIAS + ".")]:
        if sys.modules[name] is sys.modules.get(_target(name)):
            del sys.modules[name]


def is_installed():
    """Whether `import torch` means jtorch in this process."""
    return _installed() is not None


def _installed():
    return next((finder for finder in sys.meta_path if isinstance(finder, TorchFinder)), None)


def _target(name):
    """jtorch's name of a module of torch: torch.nn -> jtorch.nn."""
    return PACKAGE + name[len(ALIAS) :]


# -- finding modules --


class TorchFinder(importlib.abc.MetaPathFinder):
    """Answers for `torch` and `torch.*`, and for the installed distribution called torch."""

    def find_spec(self, fullname, path=None, target=None):
        top, _, rest = fullname.partition(".")
        if top != ALIAS:
            return None
        if fullname in ATTRIBUTES:
            return importlib.machinery.ModuleSpec(fullname, _Loader())
        found = None
        if rest.partition(".")[0] not in OURS_ONLY:
            found = importlib.util.find_spec(_target(fullname))
        if found is None:
            # An import deserves our words; importlib.util.find_spec, a probe, expects None.
            if _asked_by_import():
                text = NOT_COVERED.format(name=fullname, coverage=_errors.COVERAGE)
                raise ModuleNotFoundError(text, name=fullname)
            return None
        spec = importlib.machinery.ModuleSpec(fullname, _Loader(), origin=found.origin)
        spec.submodule_search_locations = found.submodule_search_locations
        spec.has_location = found.has_location
        return spec

    def find_distributions(self, context=None):
        """The distribution `torch`, with the version that jtorch reports."""
        name = None if context is None else context.name
        if name is None or name.lower() == ALIAS:
            yield TorchDistribution()


class _Loader(importlib.abc.Loader):
    """Loads torch.x by importing jtorch.x, and leaves that module as its own import made it."""

    def __init__(self):
        self.spec = None

    def create_module(self, spec):
        if spec.name in ATTRIBUTES:
            return getattr(importlib.import_module(PACKAGE), spec.name.rpartition(".")[2])
        module = importlib.import_module(_target(spec.name))
        self.spec = module.__spec__  # the import system is about to overwrite it
        return module

    def exec_module(self, module):
        module.__spec__ = self.spec

    def get_code(self, fullname):
        """The code of the module, for `python -m torch.x`."""
        spec = importlib.util.find_spec(_target(fullname))
        return None if spec is None else spec.loader.get_code(spec.name)  # pyright: ignore


def _asked_by_import():
    """Whether the finder is asked by an import statement and not by a probe."""
    frame = sys._getframe(2)  # the caller of find_spec: importlib's loop over the finders
    asker = frame.f_back
    return asker is not None and asker.f_code.co_name == "_find_and_load_unlocked"


# -- the installed distribution --

METADATA = f"""Metadata-Version: 2.1
Name: {ALIAS}
Version: {version.__version__}
Summary: The PyTorch API on JAX, under torch's name (jtorch-xla)
"""


class TorchDistribution(importlib.metadata.Distribution):
    """What `importlib.metadata` says about `torch` while the alias is installed."""

    def read_text(self, filename):
        return {"METADATA": METADATA, "top_level.txt": ALIAS + "\n"}.get(filename)

    def locate_file(self, path):
        return importlib.metadata.distribution("jtorch-xla").locate_file(path)


# -- child processes --

_original_preparation_data = multiprocessing.spawn.get_preparation_data


class _InstallInChild:
    """Installs the alias where it is unpickled."""

    def __reduce__(self):
        return install, ()


def _preparation_data(name):
    """What a spawned child is told, with the alias first: the child then imports the main script,
    whose `import torch` must find jtorch, before it runs anything.
    """
    return {"jtorch": _InstallInChild(), **_original_preparation_data(name)}
