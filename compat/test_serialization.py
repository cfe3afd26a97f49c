"""Files of torch.save beside real torch: what either library writes, the other reads alike."""

import collections
import io
import os
import pickle
import re
import zipfile
from functools import partial

import numpy as np
import pytest
import torch

import jtorch

DTYPES = [
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8",
    "uint16", "uint32", "uint64", "bool", "complex64", "complex128", "float8_e4m3fn",
]  # fmt: skip


def written(library, obj, **options):
    buffer = io.BytesIO()
    library.save(obj, buffer, **options)
    return buffer.getvalue()


def read(library, data, **options):
    return library.load(io.BytesIO(data), **options)


def crossed(make, **options):
    """(ours, theirs): each library's reading of the other's file."""
    ours = read(jtorch, written(torch, make(torch)), **options)
    theirs = read(torch, written(jtorch, make(jtorch)), **options)
    return ours, theirs


def described(value):
    """A value of either library as plain Python, with all that a file should keep."""
    name = type(value).__name__
    if name in ("Tensor", "Parameter", "Buffer"):
        about = (name, repr(value.dtype), tuple(value.shape), value.stride(), value.requires_grad,
                 value.storage_offset(), str(value.device))  # fmt: skip
        attributes = {k: described(v) for k, v in vars(value).items() if k != "_is_param"}
        if value.device.type == "meta":
            return (*about, attributes)
        plain = value.detach()
        plain = plain.float() if "float8" in about[1] else plain
        return (*about, attributes, repr(plain.tolist()))
    if isinstance(value, dict):
        items = [(described(k), described(v)) for k, v in value.items()]
        return name, items, {k: described(v) for k, v in getattr(value, "__dict__", {}).items()}
    if isinstance(value, (list, tuple, set)) and name != "Size":
        return name, [described(v) for v in value]
    if isinstance(value, np.ndarray):
        return name, str(value.dtype), value.tolist()
    return name, repr(value)


def same(make, **options):
    ours, theirs = crossed(make, **options)
    assert described(ours) == described(theirs)
    assert described(ours) == described(read(torch, written(torch, make(torch)), **options))
    assert described(ours) == described(read(jtorch, written(jtorch, make(jtorch)), **options))


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes(dtype):
    if not hasattr(jtorch, dtype):
        pytest.skip(f"jtorch.{dtype} is not exported")
    same(lambda library: library.arange(6).reshape(2, 3).to(getattr(library, dtype)))
    same(lambda library: library.tensor(1).to(getattr(library, dtype)))
    same(lambda library: library.zeros(0, 3).to(getattr(library, dtype)))


def test_views_share_a_storage():
    def make(library):
        x = library.arange(24.0).reshape(2, 3, 4)
        return {
            "x": x,
            "t": x.transpose(0, 2),
            "row": x[1],
            "cut": x[:, 1:, ::2],
            "flat": x.view(-1),
        }

    same(make)
    for result in crossed(make):
        result["x"].fill_(7)
        assert all((view == 7).all() for view in result.values())


@pytest.mark.parametrize(
    "make",
    [
        lambda lib: lib.arange(12.0).reshape(3, 4).t(),
        lambda lib: lib.arange(12.0).reshape(3, 4)[1:, 1:],
        lambda lib: lib.ones(3).expand(4, 3),
        lambda lib: lib.ones(2, 3, 4, 5).to(memory_format=lib.channels_last),
        lambda lib: lib.ones(3)[1:1],
        lambda lib: lib.empty(2, 3, device="meta"),
        lambda lib: lib.ones(3, requires_grad=True),
        lambda lib: lib.ones(3, requires_grad=True) * 2,
        lambda lib: lib.nn.Parameter(lib.ones(2, 2)),
        lambda lib: lib.nn.Parameter(lib.ones(2, 2), requires_grad=False),
        lambda lib: lib.nn.Buffer(lib.ones(2)),
        lambda lib: lib.complex(lib.ones(2), lib.ones(2)),
    ],
)
def test_tensors(make):
    same(make)
    same(make, weights_only=False)


CONTAINERS = [
    lambda lib: None, lambda lib: [1, -1, 1 << 70, 2.5, True, "é", b"ab", 1j, ()],
    lambda lib: {"a": [lib.ones(1), {"b": (lib.zeros(2), None)}], 3: {1, 2}},
    lambda lib: collections.OrderedDict(a=lib.ones(1), b=2),
    lambda lib: collections.Counter("abca"), lambda lib: bytearray(b"abc"),
    lambda lib: [lib.float32, lib.int64, lib.bool, lib.bfloat16],
    lambda lib: [lib.device("cpu"), lib.device("cuda:1"), lib.device("meta")],
    lambda lib: [lib.Size([2, 3]), lib.strided], lambda lib: "x" * 100_000,
    lambda lib: [lib.full((3,), float(i)) for i in range(300)],
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(CONTAINERS)))
@pytest.mark.parametrize("weights_only", [True, False])
def test_containers(number, weights_only):
    same(CONTAINERS[number], weights_only=weights_only)


@pytest.mark.parametrize("protocol", [1, 2, 3, 4, 5])
def test_protocols(protocol):
    def make(lib):
        return {"a": lib.arange(3), "d": lib.float16, "s": lib.Size([1])}

    # real torch refuses to read the others with weights_only=True
    options = {"weights_only": False} if protocol not in (2, 3) else {}
    ours = read(jtorch, written(torch, make(torch), pickle_protocol=protocol), **options)
    theirs = read(torch, written(jtorch, make(jtorch), pickle_protocol=protocol), **options)
    assert described(ours) == described(theirs)


def model(lib):
    lib.manual_seed(0)
    return lib.nn.Sequential(
        lib.nn.Conv2d(3, 4, 3), lib.nn.BatchNorm2d(4), lib.nn.ReLU(), lib.nn.Flatten(),
        lib.nn.Linear(4, 2), lib.nn.Embedding(3, 2), lib.nn.LSTM(2, 3), lib.nn.Dropout(0.1),
    )  # fmt: skip


def test_state_dicts():
    same(lambda lib: model(lib).state_dict())
    ours = model(jtorch)
    ours.load_state_dict(read(jtorch, written(torch, model(torch).state_dict())))
    theirs = model(torch)
    theirs.load_state_dict(read(torch, written(jtorch, ours.state_dict())))
    for name, value in theirs.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), model(torch).state_dict()[name].numpy())


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"])
def test_optimizer_state_dicts(name):
    def make(lib):
        lib.manual_seed(0)
        net = lib.nn.Linear(3, 2)
        options = {"momentum": 0.9} if name == "SGD" else {}
        optimizer = getattr(lib.optim, name)(net.parameters(), lr=0.1, **options)
        for _ in range(2):
            optimizer.zero_grad()
            net(lib.ones(4, 3)).sum().backward()
            optimizer.step()
        return optimizer.state_dict()

    def shape_of(value):
        if isinstance(value, dict):
            return {str(k): shape_of(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [shape_of(v) for v in value]
        if type(value).__name__ == "Tensor":
            return repr(value.dtype), tuple(value.shape)
        return repr(value)

    ours, theirs = crossed(make)
    assert shape_of(ours) == shape_of(theirs)


def test_whole_modules():
    ours, theirs = crossed(lambda lib: model(lib)[:6], weights_only=False)
    assert repr(ours) == repr(theirs)
    x = np.linspace(-1, 1, 2 * 3 * 5 * 5, dtype=np.float32).reshape(2, 3, 5, 5)
    ours, theirs = ours[:4].eval(), theirs[:4].eval()
    np.testing.assert_allclose(
        ours(jtorch.from_numpy(x)).detach().numpy(), theirs(torch.from_numpy(x)).detach().numpy(),
        rtol=1e-5, atol=1e-6,
    )  # fmt: skip


def modules_in_torch():
    return [
        name
        for name in dir(torch.nn)
        if isinstance(getattr(torch.nn, name), type) and hasattr(jtorch.nn, name)
    ]


@pytest.mark.parametrize("name", modules_in_torch())
def test_classes_have_torchs_names(name):
    if torch.nn.__dict__[name].__module__.startswith("torch.nn.modules"):
        ours = read(torch, written(jtorch, getattr(jtorch.nn, name)), weights_only=False)
        assert ours is getattr(torch.nn, name)
        back = read(jtorch, written(torch, getattr(torch.nn, name)), weights_only=False)
        assert back is getattr(jtorch.nn, name)


@pytest.mark.parametrize(
    "pick",
    [
        lambda lib: lib.optim.SGD, lambda lib: lib.optim.AdamW, lambda lib: lib.nn.functional.relu,
        lambda lib: lib.nn.functional.gelu, lambda lib: lib.nn.init.xavier_uniform_,
        lambda lib: lib.optim.lr_scheduler.StepLR, lambda lib: lib.nn.Parameter,
    ],
)  # fmt: skip
def test_names(pick):
    assert read(torch, written(jtorch, pick(jtorch)), weights_only=False) is pick(torch)
    assert read(jtorch, written(torch, pick(torch)), weights_only=False) is pick(jtorch)


def test_functions_of_torch():
    ours, theirs = crossed(lambda lib: lib.relu, weights_only=False)
    assert ours is jtorch.relu
    assert theirs is torch.relu


def test_generators():
    ours, theirs = crossed(lambda lib: lib.Generator().manual_seed(5), weights_only=False)
    assert jtorch.rand(3, generator=ours).tolist() == torch.rand(3, generator=theirs).tolist()


def test_numpy_inside():
    same(lambda lib: {"a": np.arange(3), "b": np.float64(2.5)}, weights_only=False)


def test_legacy_files():
    value = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2, dtype=torch.int16)}
    value["c"] = value["a"].t()
    data = written(torch, value, _use_new_zipfile_serialization=False)
    for weights_only in (True, False):
        ours = read(jtorch, data, weights_only=weights_only)
        assert described(ours) == described(read(torch, data))
        ours["a"].zero_()
        assert (ours["c"] == 0).all()


def test_records_are_torchs():
    value = collections.OrderedDict(a=[1, "x"], b={"c": 2.5})
    ours = zipfile.ZipFile(io.BytesIO(written(jtorch, value | {"t": jtorch.ones(3)})))
    theirs = zipfile.ZipFile(io.BytesIO(written(torch, value | {"t": torch.ones(3)})))
    assert ours.namelist() == theirs.namelist()
    for name in ours.namelist():
        if "serialization_id" not in name:
            assert ours.read(name) == theirs.read(name), name


def test_mmap(tmp_path):
    path = tmp_path / "file.pt"
    jtorch.save({"a": jtorch.arange(1000.0), "b": jtorch.ones(3)}, path)
    mapped = torch.load(path, mmap=True)
    assert mapped["a"].tolist() == list(range(1000))
    torch.save({"a": torch.arange(1000.0)}, path)
    assert jtorch.load(str(path), mmap=True)["a"].tolist() == list(range(1000))


LOCATIONS = [
    "cpu", "meta", "cuda", "foo", None, {"cpu": "meta"}, {"cuda:0": "cpu"},
    lambda storage, location: storage, lambda storage, location: None,
    lambda storage, location: storage.cpu(),
]  # fmt: skip


def outcome(function):
    try:
        return described(function())
    except Exception as error:
        return type(error).__name__, str(error).split("\n")[0]


@pytest.mark.parametrize("number", range(len(LOCATIONS)))
def test_map_location(number):
    data = written(torch, {"a": torch.arange(3.0)})
    where = LOCATIONS[number]
    ours = outcome(lambda: read(jtorch, data, map_location=where))
    assert ours == outcome(lambda: read(torch, data, map_location=where))
    if isinstance(where, str) and where in ("cpu", "meta"):
        ours = outcome(lambda: read(jtorch, data, map_location=jtorch.device(where)))
        assert ours == outcome(lambda: read(torch, data, map_location=torch.device(where)))


class Foo:
    def __init__(self, x=1):
        self.x = x


def function():
    return 1


REFUSED = [Foo(), function, Foo, np.float64(1), np.arange(3), collections.deque([1]), range(3),
           slice(1, 2), frozenset([1]), int, print, Exception("x")]  # fmt: skip


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_weights_only_refuses(number):
    for writer in (jtorch, torch):
        data = written(writer, [REFUSED[number]])
        ours, theirs = (outcome(partial(read, lib, data)) for lib in (jtorch, torch))
        assert ours == theirs
        assert ours[0] == "UnpicklingError"
        for library in (jtorch, torch):
            with pytest.raises(
                pickle.UnpicklingError, match=r"Unsupported global: GLOBAL .* was not"
            ):
                read(library, data)


def test_safe_globals():
    data = written(jtorch, Foo(jtorch.ones(2)))
    for library in (jtorch, torch):
        with library.serialization.safe_globals([Foo]):
            assert read(library, data).x.tolist() == [1, 1]
        with pytest.raises(pickle.UnpicklingError):
            read(library, data)


class Evil:
    def __reduce__(self):
        return os.system, ("echo this must not run",)


def test_weights_only_runs_nothing(capfd):
    for data in (
        written(jtorch, Evil()),
        written(torch, Evil(), _use_new_zipfile_serialization=False),
    ):
        with pytest.raises(pickle.UnpicklingError):
            read(jtorch, data)
    assert "must not run" not in capfd.readouterr().out


def test_wrong_files(tmp_path):
    good = written(torch, torch.ones(100))
    cases = {"empty": b"", "half": good[: len(good) // 2], "pickle": pickle.dumps({"a": 1}, 2)}
    for name, data in cases.items():
        path = tmp_path / name
        path.write_bytes(data)
        for options in ({}, {"weights_only": False}):
            ours = outcome(lambda path=path, options=options: jtorch.load(path, **options))
            theirs = outcome(lambda path=path, options=options: torch.load(path, **options))
            assert ours == theirs, name
    for arguments in [("nonexistent.pt",), (3,), (None,), (tmp_path,)]:
        ours = outcome(lambda arguments=arguments: jtorch.load(*arguments))
        assert ours == outcome(lambda arguments=arguments: torch.load(*arguments))
    for arguments in [(1, "/nonexistent/x.pt"), (1, 3)]:
        ours = outcome(lambda arguments=arguments: jtorch.save(*arguments))
        assert ours == outcome(lambda arguments=arguments: torch.save(*arguments))


def test_places_outside_the_storage():
    data = written(torch, torch.ones(4))
    broken = data.replace(b"K\x04\x85", b"K\x7f\x85")
    assert broken != data
    archive = zipfile.ZipFile(io.BytesIO(data))
    pickled = archive.read("archive/data.pkl").replace(b"K\x04\x85", b"K\x7f\x85")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name in archive.namelist():
            target.writestr(name, pickled if name.endswith("data.pkl") else archive.read(name))
    with pytest.raises(RuntimeError, match="out of bounds for storage"):
        read(jtorch, buffer.getvalue())


class UnderTheAlias(pickle.Unpickler):
    """What `pickle.load` finds where `torch` is jtorch."""

    def find_class(self, module, name):
        return super().find_class(re.sub(r"^torch\b", "jtorch", module), name)


@pytest.mark.parametrize("protocol", [2, 4])
def test_plain_pickles_of_torch(protocol):
    torch.manual_seed(0)
    x = torch.arange(6.0).reshape(2, 3)
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    saved = {
        "views": [x, x.t()],
        "leaf": x.clone().requires_grad_(),
        "dtypes": [x.half(), x.bfloat16(), x.long(), x.to(torch.uint16), torch.tensor([1j])],
        "others": [torch.float32, x.shape, torch.device("cpu")],
        "meta": torch.ones(2, device="meta"),
        "buffer": torch.nn.Buffer(x),
        "net": net,
    }
    data = io.BytesIO(pickle.dumps(saved, protocol))
    loaded = UnderTheAlias(data).load()
    del saved["net"]
    assert repr({k: loaded[k] for k in saved}).replace("jtorch", "torch") == repr(saved)
    for name, value in net.state_dict().items():
        assert loaded["net"].state_dict()[name].tolist() == value.tolist()
