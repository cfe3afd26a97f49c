"""torch.save and torch.load by themselves."""

import collections
import io
import pickle
import threading
import types

import pytest

import jtorch as torch
from jtorch import serialization
from jtorch.serialization._archive import Writer


def roundtrip(obj, **options):
    buffer = io.BytesIO()
    torch.save(obj, buffer)
    buffer.seek(0)
    return torch.load(buffer, **options)


def test_values_and_strides():
    x = torch.arange(24.0).reshape(2, 3, 4)
    for tensor in (x, x.transpose(0, 2), x[:, 1:, ::2], x[1], x.bfloat16(), x > 3, x.long()):
        again = roundtrip(tensor)
        assert again.tolist() == tensor.tolist()
        assert again.dtype is tensor.dtype
        assert again.stride() == tensor.stride()


def test_sharing_survives():
    x = torch.zeros(2, 3)
    again = roundtrip([x, x.t(), x, x[0], x.detach()])
    again[0].fill_(5)
    assert all((each == 5).all() for each in again)
    assert again[0] is again[2]
    x.fill_(1)
    assert (again[0] == 5).all()


def test_a_slice_saves_its_whole_storage():
    big = torch.zeros(1000)
    buffer = io.BytesIO()
    torch.save(big[:2], buffer)
    assert len(buffer.getvalue()) > 4000
    torch.save(big[:2].clone(), buffer := io.BytesIO())
    assert len(buffer.getvalue()) < 2000


def test_modules_and_parameters():
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    again = roundtrip(net, weights_only=False)
    x = torch.ones(1, 2)
    assert again(x).tolist() == net(x).tolist()
    state = roundtrip(net.state_dict())
    assert type(state) is collections.OrderedDict
    assert list(state) == ["0.weight", "0.bias"]
    parameter = roundtrip(net[0].weight)
    assert type(parameter) is torch.nn.Parameter
    assert parameter.requires_grad


def test_a_loaded_model_trains():
    net = torch.nn.Linear(2, 1)
    again = roundtrip(net, weights_only=False)
    optimizer = torch.optim.SGD(again.parameters(), lr=0.1)
    before = again.weight.tolist()
    again(torch.ones(3, 2)).sum().backward()
    optimizer.step()
    assert again.weight.tolist() != before
    assert net.weight.tolist() == before


def test_paths(tmp_path):
    path = tmp_path / "a file.pt"
    torch.save({"a": torch.ones(2)}, path)
    assert torch.load(str(path))["a"].tolist() == [1, 1]
    with open(path, "rb") as file:
        assert torch.load(file)["a"].tolist() == [1, 1]
    with pytest.raises(RuntimeError, match=r"^Parent directory .* does not exist\.$"):
        torch.save(1, tmp_path / "no" / "x.pt")


def test_a_failed_save_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.pt"
    torch.save(1, path)
    with pytest.raises(Exception, match="pickle"):
        torch.save([torch.ones(2), threading.Lock()], path)
    assert torch.load(path) == 1


def test_archive_in_the_middle_of_a_file():
    buffer = io.BytesIO(b"head")
    buffer.seek(4)
    torch.save(torch.ones(2), buffer)
    buffer.seek(4)
    assert torch.load(buffer).tolist() == [1, 1]


class Evil:
    def __reduce__(self):
        return exec, ("raise AssertionError('this must not run')",)


HOSTILE = [
    b"cposix\nsystem\n(S'true'\ntR.",
    b"c__builtin__\neval\n(S'1'\ntR.",
    b"ctorch.nn.functional\nrelu\n(I1\ntR.",
    b"ctorch.hub\nload\n(S'a'\ntR.",
    b"(c__builtin__\nexec\nS'1'\no.",
    b"(S'1'\ni__builtin__\neval\n.",
    b"ctorch._tensor\n_rebuild_from_type_v2\n(c__builtin__\nset\nc__builtin__\nset\n(t}tR.",
    b"c_codecs\nencode\n(S'a'\nS'rot13'\ntR.",
]


@pytest.mark.parametrize("pickled", HOSTILE)
def test_hostile_pickles(pickled):
    with pytest.raises(pickle.UnpicklingError):
        torch.load(io.BytesIO(pickled))
    archive = io.BytesIO()
    writer = Writer(archive, "archive")
    writer.put("data.pkl", pickled)
    writer.close()
    archive.seek(0)
    with pytest.raises(pickle.UnpicklingError):
        torch.load(archive)


def test_weights_only_refuses_code():
    buffer = io.BytesIO()
    torch.save(Evil(), buffer)
    buffer.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="Unsupported global: GLOBAL exec was not"):
        torch.load(buffer)


def test_weights_only_by_environment(monkeypatch):
    buffer = io.BytesIO()
    torch.save(collections.deque([1]), buffer)
    buffer.seek(0)
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    assert torch.load(buffer) == collections.deque([1])
    monkeypatch.delenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
    monkeypatch.setenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "1")
    buffer.seek(0)
    with pytest.raises(pickle.UnpicklingError):
        torch.load(buffer, weights_only=False)


def test_safe_globals():
    with serialization.safe_globals([collections.deque]):
        assert roundtrip(collections.deque([1])) == collections.deque([1])
        assert serialization.get_safe_globals() == [collections.deque]
    serialization.add_safe_globals([collections.deque])
    assert roundtrip(collections.deque([1])) == collections.deque([1])
    serialization.clear_safe_globals()
    with pytest.raises(pickle.UnpicklingError):
        roundtrip(collections.deque([1]))


def test_what_is_not_covered_names_itself():
    module = types.SimpleNamespace(Pickler=type("Pickler", (pickle.Pickler,), {}), __name__="mine")
    with pytest.raises(NotImplementedError, match="pickle_module=mine"):
        torch.save(1, io.BytesIO(), pickle_module=module)
    with pytest.raises(AttributeError, match="has no attribute 'Pickler'"):
        torch.save(1, io.BytesIO(), pickle_module=io)
    with pytest.raises(NotImplementedError, match="pickle_protocol=0"):
        torch.save(1, io.BytesIO(), pickle_protocol=0)


def test_register_package():
    seen = []

    def restore(storage, location):
        seen.append(location)

    serialization.register_package(5, lambda storage: None, restore)
    assert roundtrip(torch.ones(1)).tolist() == [1]
    assert seen == ["cpu"]
