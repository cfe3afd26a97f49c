"""torch.hub: the cache folder, checked downloads, and weights by URL (here, of files)."""

import hashlib

import pytest

import jtorch as torch


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
    assert capsys.readouterr().err.count("Downloading:") == 1
    assert (home / "home" / "hub" / "checkpoints" / named.name).exists()


def test_a_wrong_hash_leaves_no_file(home):
    (home / "weights-00000000.pt").write_bytes(b"something else")
    with pytest.raises(RuntimeError, match=r'invalid hash value .expected "00000000", got "'):
        torch.hub.load_state_dict_from_url(
            (home / "weights-00000000.pt").as_uri(), model_dir=home / "models", check_hash=True
        )
    assert list((home / "models").iterdir()) == []


@pytest.mark.parametrize("name", ["load", "list", "help"])
def test_repositories_are_refused_by_name(name):
    with pytest.raises(NotImplementedError, match=rf"torch\.hub\.{name}"):
        getattr(torch.hub, name)("pytorch/vision", "resnet18")
