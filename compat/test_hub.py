"""Repositories of torch.hub beside real torch: the same small web, the same answers on the
terminal, and the same results, words and files."""

from __future__ import annotations

import email.message
import io
import json
import sys
import urllib.request
import warnings
import zipfile
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest

torch = pytest.importorskip("torch")
import jtorch  # noqa: E402
from jtorch import _hub_code  # noqa: E402

HUBCONF = '''
import beside

def layer(n=2):
    """A layer."""
    return beside.name, n
'''


class Web:
    """What can be had, by URL; what is not there is 404, and everything fails offline."""

    def __init__(self, version: str = "1", offline: bool = False, ambiguous: bool = False) -> None:
        self.offline, self.pages = offline, {}
        if ambiguous:
            self.pages["https://github.com/me/repo/zipball/v1"] = 300
        for owner, branches in (("me", ["main", "feature/x", "v1"]), ("pytorch", ["master"])):
            site = f"https://github.com/{owner}/repo"
            names = [{"name": b, "commit": {"sha": f"{b}0"}} for b in branches]
            api = f"https://api.github.com/repos/{owner}/repo"
            self.pages[f"{api}/branches?per_page=100&page=1"] = json.dumps(names).encode()
            for kind in ("branches?per_page=100&page=2", "tags?per_page=100&page=1"):
                self.pages[f"{api}/{kind}"] = b"[]"
            for branch in branches:
                self.pages[f"{site}/tree/{branch}/"] = b""
                for ref in (branch, f"{branch}0", f"refs/heads/{branch}"):
                    self.pages.setdefault(f"{site}/zipball/{ref}", _archive(version))

    def open(self, request, *args, **kwargs):
        url = request if isinstance(request, str) else request.full_url
        if self.offline:
            raise URLError("no route")
        page = self.pages.get(url, 404)
        if isinstance(page, int):
            raise HTTPError(url, page, "no", email.message.Message(), None)
        answer = io.BytesIO(page)
        answer.headers = email.message.Message()
        answer.info = lambda: answer.headers
        return answer


def _archive(version: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("me-repo-abc/", "")
        archive.writestr("me-repo-abc/hubconf.py", HUBCONF)
        archive.writestr("me-repo-abc/beside.py", f"name = {version!r}")
    return file.getvalue()


YES, NO, WHAT = ["y"], ["N"], ["what"]
STORIES = {
    "asked": [("load", "me/repo", {}, YES), ("load", "me/repo", {"n": 3}, [])],
    "refused": [("load", "me/repo", {}, NO), ("list", "me/repo", {}, [""])],
    "mumbled": [("help", "me/repo", {}, WHAT)],
    "trusted": [("load", "me/repo", {"trust_repo": True}, []), ("help", "me/repo", {}, [])],
    "asked again": [("list", "me/repo", {}, YES), ("list", "me/repo", {"trust_repo": False}, YES)],
    "an owner": [("load", "pytorch/repo", {}, []), ("list", "pytorch/repo:master", {}, [])],
    "reloaded": [
        ("load", "me/repo:main", {}, YES),
        ("load", "me/repo", {"force_reload": True}, []),
    ],
    "a branch": [("load", "me/repo:feature/x", {}, YES), ("load", "me/repo:main0", {}, [])],
    "a fork": [("load", "me/repo:fork", {}, YES)],
    "not asked about": [("load", "me/repo:fork", {"skip_validation": True}, YES)],
    "ambiguous": [("load", "me/repo:v1", {}, YES)],
    "offline": [("load", "me/repo", {}, YES)],
    "quiet": [("load", "me/repo", {}, YES), ("load", "me/repo", {"verbose": False}, [])],
}


def told(lib, story: str, home: Path, monkeypatch, capsys) -> list:
    """What each call of a story gives or raises, prints and warns of, and the files at the end."""
    web, answers, found = Web(), [], []
    if story in ("offline", "ambiguous"):
        web = Web(**{story: True})
    for place in (urllib.request, torch.hub, _hub_code):
        monkeypatch.setattr(place, "urlopen", web.open)
    monkeypatch.setattr(torch.hub, "_hub_dir", None)  # both are put back afterwards
    monkeypatch.setattr(jtorch.hub, "_dir", None)
    monkeypatch.setattr("builtins.input", lambda text: print(text) or answers.pop(0))
    lib.hub.set_dir(str(home))
    for function, repository, options, given in STORIES[story]:
        answers[:] = given
        name = [] if function == "list" else ["layer"]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                result = getattr(lib.hub, function)(repository, *name, **options)
            except Exception as error:
                result = type(error).__name__, str(error)
        said = capsys.readouterr()
        lines = [line.replace(str(home), "HOME") for line in (said.out + said.err).splitlines()]
        lines = [line.split(" to HOME")[0] for line in lines]  # the name of the archive is our own
        found.append(
            (str(result).replace(str(home), "HOME"), lines, [str(w.message) for w in caught])
        )
        sys.modules.pop("beside", None)
    listed = home / "trusted_list"
    found.append(listed.read_text().split() if listed.exists() else [])
    return [*found, sorted(p.name for p in home.iterdir() if p.is_dir())]


@pytest.mark.parametrize("story", STORIES)
def test_story(story, tmp_path, monkeypatch, capsys):
    sides = []
    for lib in (torch, jtorch):
        home = tmp_path / lib.__name__
        home.mkdir()
        sides.append(told(lib, story, home, monkeypatch, capsys))
    assert sides[1] == sides[0]


def test_a_new_copy_replaces_the_old(tmp_path, monkeypatch):
    monkeypatch.setattr(jtorch.hub, "_dir", str(tmp_path))
    for version in ("1", "2"):
        monkeypatch.setattr(urllib.request, "urlopen", Web(version).open)
        monkeypatch.setattr(_hub_code, "urlopen", Web(version).open)
        jtorch.hub.load("me/repo", "layer", trust_repo=True, force_reload=True)
        assert (tmp_path / "me_repo_main" / "beside.py").read_text() == f"name = {version!r}"
        sys.modules.pop("beside")
    monkeypatch.setattr(urllib.request, "urlopen", Web(offline=True).open)
    with pytest.raises(URLError):
        jtorch.hub.load("me/repo:main", "layer", force_reload=True, skip_validation=True)
    assert (tmp_path / "me_repo_main" / "beside.py").read_text() == "name = '2'"
