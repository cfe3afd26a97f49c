"""torch.hub: the cache folder, checked downloads, and weights by URL (here, of files)."""

import hashlib
import sys
import zipfile
from urllib.error import URLError

import pytest

import jtorch as torch
from jtorch import _hub_code
from jtorch.utils import model_zoo


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(torch.hub, "_dir", None)
    return tmp_path


def test_folders(home, monkeypatch):
    assert torch.hub.get_dir() == str(home / "home" / "hub")
    monkeypatch.delenv("TORCH_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    assert torch.hub.get_dir() == str(home / "torch" / "hub")
    torch.hub.set_dir(str(home / "there"))
    assert torch.hub.get_dir() == str(home / "there")


def test_load_state_dict_from_url(home, capsys):
    state = torch.nn.Linear(2, 3).state_dict()
    torch.save(state, home / "weights.pt")
    digest = hashlib.sha256((home / "weights.pt").read_bytes()).hexdigest()
    named = home / f"weights-{digest[:8]}.pt"
    (home / "weights.pt").rename(named)

    for _ in range(2):  # downloaded, then found
        loaded = torch.hub.load_state_dict_from_url(named.as_uri(), check_hash=True)
        assert loaded["weight"].tolist() == state["weight"].tolist()
    assert capsys.readouterr().out.count("Downloading:") == 1
    assert (home / "home" / "hub" / "checkpoints" / named.name).exists()


def test_a_wrong_hash_leaves_no_file(home):
    (home / "weights-00000000.pt").write_bytes(b"something else")
    with pytest.raises(RuntimeError, match=r'invalid hash value .expected "00000000", got "'):
        torch.hub.load_state_dict_from_url(
            (home / "weights-00000000.pt").as_uri(), model_dir=home / "models", check_hash=True
        )
    assert list((home / "models").iterdir()) == []


HUBCONF = """
import beside

dependencies = ["math"]


def layer(n=2, *, bias=True):
    \"\"\"A layer.\"\"\"
    return beside.torch.nn.Linear(n, 5, bias=bias)


def _hidden():
    pass


number = 3
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "hubconf.py").write_text(HUBCONF)
    (tmp_path / "beside.py").write_text("import jtorch as torch\n")
    yield tmp_path
    sys.modules.pop("beside", None)


def test_code_in_a_folder(folder):
    made = torch.hub.load(str(folder), "layer", 3, source="local", bias=False)
    assert made.weight.shape == (5, 3) and made.bias is None
    assert str(folder) not in sys.path
    for name, error, text in [
        ("number", RuntimeError, "Cannot find callable number in hubconf"),
        ("absent", RuntimeError, "Cannot find callable absent in hubconf"),
        (3, ValueError, "Invalid input: model should be a string of function name"),
    ]:
        with pytest.raises(error, match=text):
            torch.hub.load(str(folder), name, source="local")
    (folder / "hubconf.py").write_text("dependencies = ['no_such_module']\n")
    with pytest.raises(RuntimeError, match="Missing dependencies: no_such_module"):
        torch.hub.load(str(folder), "layer", source="local")
    with pytest.raises(FileNotFoundError):
        torch.hub.load(str(folder / "absent"), "layer", source="local")
    with pytest.raises(ValueError, match='Unknown source: "gitlab". Allowed values'):
        torch.hub.load(str(folder), "layer", source="gitlab")


def test_repositories_in_the_cache(folder, home, capsys, monkeypatch):
    def offline(*args):
        raise URLError("no route")

    monkeypatch.setattr(_hub_code, "urlopen", offline)
    there = home / "home" / "hub" / "me_repo_main"
    there.parent.mkdir(parents=True)
    (home / "copy").mkdir()
    for name in ("hubconf.py", "beside.py"):
        (home / "copy" / name).write_text((folder / name).read_text())
    (home / "copy").rename(there)
    with pytest.raises(OSError, match="reading from stdin"):  # it is not trusted
        torch.hub.list("me/repo")
    assert torch.hub.list("me/repo", trust_repo=True) == ["layer"]
    assert torch.hub.help("me/repo:main", "layer") == "A layer."
    assert torch.hub.load("me/repo", "layer").weight.shape == (5, 2)
    assert f"Using cache found in {there}" in capsys.readouterr().err


def test_weights_in_a_zip_archive(home):
    torch.save({"a": torch.ones(2)}, home / "w.pt")
    with zipfile.ZipFile(home / "old.zip", "w") as archive:
        archive.write(home / "w.pt", "inner.pt")
    with pytest.warns(DeprecationWarning, match="Falling back to the old format < 1.6"):
        loaded = model_zoo.load_url((home / "old.zip").as_uri(), progress=False)
    assert loaded["a"].tolist() == [1, 1]
    with pytest.raises(URLError, match="No such file"):
        torch.hub.load_state_dict_from_url((home / "absent.pt").as_uri())
