"""`torch.hub`: the cache folder, a download with its hash checked, `load_state_dict_from_url`, and
the entry points of a `hubconf.py` in a local folder or in a repository."""

import functools
import hashlib
import importlib.util
import os
import re
import sys
import tempfile
import urllib.request
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from urllib.parse import urlparse  # timm imports this one from here

from . import _hub_code
from .serialization import load as load_file

__all__ = [
    "download_url_to_file",
    "get_dir",
    "help",
    "list",
    "load",
    "load_state_dict_from_url",
    "set_dir",
]

HUBCONF = "hubconf.py"
HASH_REGEX = re.compile(r"-([a-f0-9]*)\.")
CHUNK = 1 << 17

_dir = None


def get_dir() -> str:
    """The folder for downloads: what `set_dir` said, or `$TORCH_HOME/hub`, or
    `$XDG_CACHE_HOME/torch/hub`, or `~/.cache/torch/hub`.
    """
    if _dir is not None:
        return _dir
    return os.path.join(_get_torch_home(), "hub")


def set_dir(d) -> None:
    """Sets the folder for downloads."""
    global _dir
    _dir = os.path.expanduser(d)


def _get_torch_home() -> str:
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return os.path.expanduser(os.environ.get("TORCH_HOME", os.path.join(cache, "torch")))


def download_url_to_file(url, dst, hash_prefix=None, progress=True) -> None:
    """Downloads to a file, which appears only once it is complete and its SHA-256 starts with
    `hash_prefix`. Raises RuntimeError where it does not. `progress` prints the share done.
    """
    target = Path(dst).expanduser()
    digest = hashlib.sha256()
    request = urllib.request.Request(url, headers={"User-Agent": "torch.hub"})
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
        try:
            with urllib.request.urlopen(request) as response:
                total = int(response.headers.get("Content-Length") or 0)
                done = 0
                while chunk := response.read(CHUNK):
                    digest.update(chunk)
                    file.write(chunk)
                    done += len(chunk)
                    if progress and total:
                        sys.stderr.write(f"\r{100 * done / total:.1f}%")
            if progress and total:
                sys.stderr.write("\n")
            found = digest.hexdigest()
            if hash_prefix is not None and found[: len(hash_prefix)] != hash_prefix:
                raise RuntimeError(f'invalid hash value (expected "{hash_prefix}", got "{found}")')
            file.close()
            os.replace(file.name, target)
        except BaseException:
            os.unlink(file.name)
            raise


def load_state_dict_from_url(
    url,
    model_dir=None,
    map_location=None,
    progress=True,
    check_hash=False,
    file_name=None,
    weights_only=False,
):
    """`torch.load` of a file that is downloaded unless `model_dir` (default: `get_dir()` with
    `checkpoints` below) has it. With `check_hash` the file name carries the start of its
    SHA-256, as in `resnet18-5c106cde.pth`.
    """
    folder = Path(model_dir if model_dir is not None else os.path.join(get_dir(), "checkpoints"))
    folder.mkdir(parents=True, exist_ok=True)
    name = file_name or os.path.basename(urlparse(url).path)
    file = folder / name
    if not file.exists():
        sys.stdout.write(f'Downloading: "{url}" to {file}\n')
        match = HASH_REGEX.search(name) if check_hash else None
        download_url_to_file(url, str(file), match and match[1], progress)
    file = _unpacked(file, folder)
    return load_file(str(file), map_location=map_location, weights_only=weights_only)


def _unpacked(file: Path, folder: Path) -> Path:
    """The one file in a zip archive, as weights were once wrapped; or the file itself."""
    if not zipfile.is_zipfile(file):
        return file
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) != 1 or members[0].is_dir():
            return file
        warnings.warn(
            "Falling back to the old format < 1.6. This support will be deprecated in favor of "
            "default zipfile format introduced in 1.6. Please redo torch.save() to save it in the "
            "new zipfile format.",
            DeprecationWarning,
            stacklevel=3,
        )
        return Path(archive.extract(members[0], folder))


# -- code in a folder


def _module(folder: str) -> ModuleType:
    """The `hubconf.py` of a folder, which may import what lies beside it."""
    path = os.path.join(folder, HUBCONF)
    spec = importlib.util.spec_from_file_location(HUBCONF, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def _on_path(folder: str) -> Iterator[None]:
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def _entry(module: ModuleType, model):
    if not isinstance(model, str):
        raise ValueError("Invalid input: model should be a string of function name")
    missing = [
        name
        for name in getattr(module, "dependencies", None) or ()
        if importlib.util.find_spec(name) is None
    ]
    if missing:
        raise RuntimeError(f"Missing dependencies: {', '.join(missing)}")
    found = getattr(module, model, None)
    if not callable(found):
        raise RuntimeError(f"Cannot find callable {model} in hubconf")
    return found


def _folder(github: str, reload: bool, trusted, verbose: bool, skip_validation: bool) -> str:
    """The folder of a repository, downloaded unless the cache has it."""
    cache = Path(get_dir())
    cache.mkdir(parents=True, exist_ok=True)
    repository = _hub_code.parse(github, cache)
    _hub_code.trust(repository, cache, trusted)
    folder = cache / repository.folder
    if not reload and folder.exists():
        if verbose:
            sys.stderr.write(f"Using cache found in {folder}\n")
        return str(folder)
    if not skip_validation:
        _hub_code.check_not_forked(repository)
    download = functools.partial(download_url_to_file, progress=False)
    return str(_hub_code.fetched(repository, cache, download))


def load(
    repo_or_dir,
    model,
    *args,
    source="github",
    trust_repo="check",
    force_reload=False,
    verbose=True,
    skip_validation=False,
    **kwargs,
):
    """What the function `model` of a `hubconf.py` returns, called with the other arguments: of the
    folder `repo_or_dir` (source="local"), or of the repository `owner/name[:ref]` of GitHub.

    A repository is downloaded unless the cache has it; `force_reload` does so anyway. Its code runs
    here, so a repository that is not trusted is asked about on the terminal, `trust_repo=False`
    always asks, and True never. `skip_validation` leaves out the question to GitHub whether the ref
    belongs to the repository and not to a fork of it. That code imports torch: without torch
    installed, run it under `python -m jtorch` or after `jtorch.install()`.
    """
    source = source.lower()
    if source not in ("github", "local"):
        raise ValueError(f'Unknown source: "{source}". Allowed values: "github" | "local".')
    if source == "github":
        repo_or_dir = _folder(repo_or_dir, force_reload, trust_repo, verbose, skip_validation)
    with _on_path(repo_or_dir):
        return _entry(_module(repo_or_dir), model)(*args, **kwargs)


def list(github, force_reload=False, skip_validation=False, trust_repo="check", verbose=True):
    """The names of the functions that a repository offers; the arguments are those of `load`."""
    folder = _folder(github, force_reload, trust_repo, verbose, skip_validation)
    with _on_path(folder):
        module = _module(folder)
    return [
        name for name in dir(module) if callable(getattr(module, name)) and not name.startswith("_")
    ]


def help(github, model, force_reload=False, skip_validation=False, trust_repo="check"):
    """The docstring of a function that a repository offers; the arguments are those of `load`."""
    folder = _folder(github, force_reload, trust_repo, True, skip_validation)
    with _on_path(folder):
        return _entry(_module(folder), model).__doc__
