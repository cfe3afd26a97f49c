"""`torch.hub`, the part that keeps downloaded weights: the cache folder, a download with its hash
checked, and `load_state_dict_from_url`. Code from repositories is not loaded.
"""

import hashlib
import os
import re
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

from . import _errors
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

HASH_IN_NAME = re.compile(r"-([a-f0-9]*)\.")
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
                        print(f"\r{target.name}: {100 * done // total}%", end="", file=sys.stderr)
            if progress and total:
                print(file=sys.stderr)
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
    name = file_name or os.path.basename(urllib.parse.urlparse(url).path)
    file = folder / name
    if not file.exists():
        sys.stderr.write(f'Downloading: "{url}" to {file}\n')
        match = HASH_IN_NAME.search(name) if check_hash else None
        download_url_to_file(url, str(file), match and match[1], progress)
    return load_file(str(file), map_location=map_location, weights_only=weights_only)


def load(repo_or_dir, model, *args, **kwargs):
    """Not covered: it runs code from a repository, which imports what it likes."""
    raise _errors.not_covered("torch.hub.load")


def list(github, *args, **kwargs):
    """Not covered."""
    raise _errors.not_covered("torch.hub.list")


def help(github, model, *args, **kwargs):
    """Not covered."""
    raise _errors.not_covered("torch.hub.help")
