"""torch.save and torch.load by themselves."""

import collections
import io
import mmap
import os
import pickle
import subprocess
import sys
import threading
import types
import zipfile

import pytest

import jtorch as torch
from jtorch import serialization
from jtorch.serialization._archive import Writer
from jtorch.utils.serialization import config


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


FULL_DISK = """
import resource, signal, sys
import jtorch as torch
path = sys.argv[1]
torch.save({"a": torch.ones(3)}, path)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for new in (True, False):
    try:
        torch.save({"a": torch.zeros(1_000_000)}, path, _use_new_zipfile_serialization=new)
    except OSError as error:
        print(error.strerror)
    print(torch.load(path)["a"].tolist())
"""


def test_a_full_disk_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.pt"
    command = [sys.executable, "-c", FULL_DISK, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["File too large", "[1.0, 1.0, 1.0]"] * 2
    assert os.listdir(tmp_path) == ["x.pt"]


def test_a_saved_file_takes_the_place_of_the_old(tmp_path):
    path, link = tmp_path / "x.pt", tmp_path / "link.pt"
    torch.save({"a": torch.arange(1000.0)}, path)
    path.chmod(0o640)
    link.symlink_to(path)
    mapped = torch.load(path, mmap=True)["a"]
    torch.save({"a": torch.zeros(3)}, link)
    assert link.is_symlink() and path.stat().st_mode & 0o777 == 0o640
    assert torch.load(path)["a"].tolist() == [0, 0, 0]
    assert mapped.sum() == 999 * 500  # what is mapped is the file that was
    assert sorted(os.listdir(tmp_path)) == ["link.pt", "x.pt"]


def test_writing_to_a_device():
    torch.save(torch.ones(3), "/dev/null")
    with pytest.raises(RuntimeError, match="open file failed with strerror: Is a directory"):
        torch.save(1, "/tmp")


class Unnamed:
    """A file-like object that can only write."""

    def __init__(self):
        self.parts = []

    def write(self, data):
        assert type(data) is bytes
        self.parts.append(data)


def test_what_can_only_write():
    sink = Unnamed()
    torch.save({"a": torch.arange(3)}, sink)
    assert torch.load(io.BytesIO(b"".join(sink.parts)))["a"].tolist() == [0, 1, 2]


def test_mapped_files(tmp_path):
    path = tmp_path / "x.pt"
    torch.save({"a": torch.arange(4.0), "b": torch.arange(6).reshape(2, 3).t()}, path)
    private = torch.load(path, mmap=True)
    private["a"].fill_(7)
    assert torch.load(path)["a"].tolist() == [0, 1, 2, 3]
    assert private["b"].tolist() == [[0, 3], [1, 4], [2, 5]]
    with serialization.set_default_mmap_options(mmap.MAP_SHARED):
        shared = torch.load(path, mmap=True)
    shared["a"].fill_(7)
    assert torch.load(path)["a"].tolist() == [7] * 4
    torch.save(1, path, _use_new_zipfile_serialization=False)
    with pytest.raises(RuntimeError, match="mmap can only be used with files saved with"):
        torch.load(path, mmap=True)


def test_byte_order():
    swapped = archive({"data.pkl": PICKLE, "byteorder": b"big", "data/0": b"\0\0\0\1" * 2})
    assert torch.load(swapped).view(torch.int32).tolist() == [1, 1]
    silent = {"data.pkl": PICKLE, "data/0": b"\0\0\0\1" * 2}
    assert torch.load(archive(silent)).view(torch.int32).tolist() == [1 << 24] * 2
    serialization.set_default_load_endianness(serialization.LoadEndianness.BIG)
    try:
        assert torch.load(archive(silent)).view(torch.int32).tolist() == [1, 1]
    finally:
        serialization.set_default_load_endianness(None)
    with pytest.raises(ValueError, match="Unknown endianness type: middle"):
        torch.load(archive({**silent, "byteorder": b"middle"}))


PICKLE = (
    b"\x80\2ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\n"
    b"X\1\0\0\x000X\3\0\0\0cpuK\2tQK\0K\2\x85K\1\x85\x89ccollections\nOrderedDict\n)RtR."
)


def archive(records, method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target:
        for name, data in records.items():
            target.writestr(f"archive/{name}", data)
    buffer.seek(0)
    return buffer


def test_compressed_archives():
    records = {"data.pkl": PICKLE, "data/0": bytes(8)}
    assert torch.load(archive(records, zipfile.ZIP_DEFLATED)).tolist() == [0, 0]
    records["data/0"] = bytes(1 << 25)
    with pytest.raises(RuntimeError, match="failed reading file data/0: .* would become 33554432"):
        torch.load(archive(records, zipfile.ZIP_DEFLATED))


def test_checksums():
    data = archive({"data.pkl": PICKLE, "data/0": bytes(8)}).getvalue()
    assert torch.load(io.BytesIO(data.replace(bytes(8), bytes(7) + b"@"))).tolist() == [0, 2]
    damaged = data.replace(b"FloatStorage", b"HloatStorage")
    with pytest.raises(RuntimeError, match=r"failed reading file data.pkl: its checksum is wrong"):
        torch.load(io.BytesIO(damaged))
    serialization.set_crc32_options(False)
    try:
        torch.save(torch.ones(2), buffer := io.BytesIO())
    finally:
        serialization.set_crc32_options(True)
    assert {info.CRC for info in zipfile.ZipFile(buffer).infolist()} == {0}
    buffer.seek(0)
    assert torch.load(buffer).tolist() == [1, 1]


def test_data_left_out(tmp_path):
    path = tmp_path / "x.pt"
    with serialization.skip_data():
        torch.save({"a": torch.ones(3)}, path)
    assert torch.load(path)["a"].tolist() == [0, 0, 0]
    torch.save({"a": torch.ones(3)}, path)
    with serialization.skip_data():
        assert torch.load(path)["a"].shape == (3,)
        with pytest.raises(RuntimeError, match="Cannot use skip_data=True with"):
            torch.save(1, path, _use_new_zipfile_serialization=False)


def test_unsafe_globals():
    buffer = io.BytesIO()
    torch.save([threading.Thread, Evil(), torch.ones(1), Evil()], buffer)
    buffer.seek(0)
    found = ["threading.Thread", "exec"]
    assert serialization.get_unsafe_globals_in_checkpoint(buffer) == found
    torch.save([threading.Thread], buffer := io.BytesIO(), pickle_protocol=4)
    buffer.seek(0)
    with serialization.safe_globals([threading.Thread]):
        assert serialization.get_unsafe_globals_in_checkpoint(buffer) == []


def test_another_pickle_module():
    class Upper(pickle.Unpickler):
        def find_class(self, module, name):
            return list if name == "deque" else super().find_class(module, name)

    module = types.SimpleNamespace(
        Unpickler=Upper, Pickler=pickle._Pickler, dump=pickle.dump, __name__="mine"
    )
    value = [collections.deque([1]), torch.ones(2)]
    for new in (True, False):
        torch.save(value, buffer := io.BytesIO(), module, _use_new_zipfile_serialization=new)
        buffer.seek(0)
        loaded = torch.load(buffer, pickle_module=module)
        assert loaded[0] == [1] and loaded[1].tolist() == [1, 1]
    with pytest.raises(RuntimeError, match="Can not safely load weights when explicit pickle"):
        torch.load(buffer, pickle_module=pickle, weights_only=True)


def test_memory_formats_are_kept():
    assert roundtrip([torch.channels_last], weights_only=False) == [torch.channels_last]


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


def test_settings_by_name(tmp_path):
    torch.save(torch.ones(2), path := tmp_path / "x.pt")
    with config.patch("save.storage_alignment", 4096):
        torch.save(torch.ones(2), other := tmp_path / "y.pt")
    assert other.stat().st_size > 4096 > path.stat().st_size
    assert torch.load(other).tolist() == [1, 1]
    with config.patch({"load.mmap": True}):
        with pytest.raises(ValueError, match="f must be a file path in order to use the mmap"):
            torch.load(io.BytesIO(path.read_bytes()))
    assert config.load.mmap is False and config.get_config_copy()["save.compute_crc32"] is True
    with pytest.raises(AttributeError, match=r"config.load.depth does not exist"):
        config.load.depth = 3
