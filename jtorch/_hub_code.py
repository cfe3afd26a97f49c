"""Repositories of GitHub for `torch.hub`: which one a name means, whether it is trusted, and its
copy in the cache folder. Knows nothing of what lies in a repository.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

TRUSTED_OWNERS = ("facebookresearch", "facebookincubator", "pytorch", "fairinternal")
TRUSTED_LIST = "trusted_list"


class Repository(NamedTuple):
    owner: str
    name: str
    ref: str

    @property
    def home(self) -> str:
        return f"{self.owner}_{self.name}"

    @property
    def folder(self) -> str:
        return f"{self.home}_{self.ref.replace('/', '_')}"

    @property
    def url(self) -> str:
        return f"https://github.com/{self.owner}/{self.name}"


def parse(github: str, cache: Path) -> Repository:
    """owner/name[:ref]; without a ref it is `main` where there is such a branch, else `master`."""
    repository, _, ref = github.partition(":")
    owner, name = repository.split("/")
    if ref:
        return Repository(owner, name, ref)
    main, master = (Repository(owner, name, ref) for ref in ("main", "master"))
    try:
        with urlopen(f"{main.url}/tree/main/"):
            return main
    except HTTPError as error:
        if error.code == 404:
            return master
        raise
    except URLError as error:
        for each in (main, master):
            if (cache / each.folder).is_dir():
                return each
        raise RuntimeError(
            "It looks like there is no internet connection and the repo could not be found in the "
            f"cache ({cache})"
        ) from error


def trust(repository: Repository, cache: Path, given: bool | str) -> None:
    """Ask on the terminal whether its code may run, unless it is trusted or need not be (`given`
    True). Whom one has trusted stands in a file of the cache.
    """
    file = cache / TRUSTED_LIST
    known = file.read_text(encoding="utf-8").split() if file.exists() else []
    trusted = repository.home in known or repository.owner in TRUSTED_OWNERS
    if given is False or (given == "check" and not trusted):
        answer = input(
            f"The repository {repository.home} does not belong to the list of trusted repositories "
            "and as such cannot be downloaded. Do you trust this repository and wish to add it to "
            "the trusted list of repositories (y/N)?"
        )
        if answer.lower() in ("n", "no", ""):
            raise Exception("Untrusted repository.")
        if answer.lower() not in ("y", "yes"):
            raise ValueError(f"Unrecognized response {answer}.")
        if trusted:
            print("The repository is already trusted.")
    if not trusted:
        with open(file, "a", encoding="utf-8") as lines:
            lines.write(f"{repository.home}\n")


def check_not_forked(repository: Repository) -> None:
    """A commit of a fork can be had under the name of the original: what is wanted must be a branch
    or a tag of the repository itself, or the last commit of one.
    """
    headers = {"Accept": "application/vnd.github.v3+json"}
    token = os.environ.get("GITHUB_TOKEN")
    if token is not None:
        headers["Authorization"] = f"token {token}"
    for kind in ("branches", "tags"):
        page, found = 1, True
        while found:
            where = f"https://api.github.com/repos/{repository.owner}/{repository.name}/{kind}"
            request = Request(f"{where}?per_page=100&page={page}", headers=headers)
            with urlopen(request) as response:
                found = json.loads(response.read().decode("utf-8"))
            for each in found:
                if repository.ref in (each["name"], each["commit"]["sha"]):
                    return
            page += 1
    raise ValueError(
        f"Cannot find {repository.ref} in {repository.url}. If it's a commit from a forked repo, "
        "please call hub.load() with forked repo directly."
    )


def fetched(repository: Repository, cache: Path, download: Callable[[str, Path], None]) -> Path:
    """Its folder in the cache, made anew: complete, or as it was."""
    target = cache / repository.folder
    with tempfile.TemporaryDirectory(dir=cache) as place:
        archive = Path(place, "code.zip")
        _download(repository, archive, download)
        with zipfile.ZipFile(archive) as code:
            code.extractall(Path(place, "code"))
        (top,) = Path(place, "code").iterdir()
        if target.exists():
            shutil.rmtree(target)
        top.rename(target)
    return target


def _download(repository: Repository, archive: Path, download: Callable) -> None:
    ref, zips = repository.ref, f"{repository.url}/zipball"
    sys.stderr.write(f'Downloading: "{zips}/{ref}" to {archive}\n')
    try:
        download(f"{zips}/{ref}", archive)
    except HTTPError as error:
        if error.code != 300:  # several things of that name
            raise
        warnings.warn(
            f"The ref {ref} is ambiguous. Perhaps it is both a tag and a branch in the repo? "
            "Torchhub will now assume that it's a branch. You can disambiguate tags and branches "
            "by explicitly passing refs/heads/branch_name or refs/tags/tag_name as the ref. That "
            "might require using skip_validation=True.",
            stacklevel=5,
        )
        download(f"{zips}/refs/heads/{ref}", archive)
