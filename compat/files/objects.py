"""The matrix of objects: what else is in files, and what `map_location` makes of it. Each is made
the same way with either library.
"""

from __future__ import annotations

import collections
import datetime
import fractions
import pathlib
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from . import kinds


def network(lib: Any) -> Any:
    """Layers of many kinds, with parameters, buffers and options."""
    lib.manual_seed(0)
    nn = lib.nn
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding="same"), nn.BatchNorm2d(4), nn.ReLU(inplace=True),
        nn.MaxPool2d(2), nn.ConvTranspose2d(4, 2, 2), nn.GroupNorm(1, 2), nn.Flatten(),
        nn.Linear(2, 3, bias=False), nn.LayerNorm(3), nn.Embedding(4, 3, padding_idx=0),
        nn.LSTM(3, 4, 2, bidirectional=True), nn.GRUCell(3, 4), nn.Dropout(0.1), nn.GELU("tanh"),
        nn.MultiheadAttention(4, 2), nn.TransformerEncoderLayer(4, 2, 8), nn.PReLU(),
        nn.Upsample(scale_factor=2), nn.Softmax(dim=1), nn.CrossEntropyLoss(), nn.Bilinear(2, 2, 1),
        nn.InstanceNorm1d(3, affine=True), nn.AdaptiveAvgPool2d((None, 2)), nn.ZeroPad2d(1),
    )  # fmt: skip


def _containers(lib: Any) -> Any:
    nn = lib.nn
    lib.manual_seed(0)
    made = nn.ModuleDict({"a": nn.ModuleList([nn.Linear(1, 1)]), "b": nn.Identity()})
    made.extra = nn.ParameterList([lib.ones(2), lib.zeros(1)])
    made.named = nn.ParameterDict({"w": lib.ones(2)})
    return made


def _trained(name: str, **options: Any) -> Callable[[Any], Any]:
    def make(lib: Any) -> Any:
        lib.manual_seed(0)
        net = lib.nn.Linear(2, 2)
        groups = [{"params": [net.weight]}, {"params": [net.bias], "lr": 0.5}]
        optimizer = getattr(lib.optim, name)(groups, lr=0.25, **options)
        for _ in range(2):
            optimizer.zero_grad()
            net(lib.ones(3, 2)).sum().backward()
            optimizer.step()
        return optimizer

    return make


def _scheduler(name: str, *args: Any, **options: Any) -> Callable[[Any], Any]:
    def make(lib: Any) -> Any:
        optimizer = lib.optim.SGD([lib.zeros(1, requires_grad=True)], lr=0.5)
        scheduler = getattr(lib.optim.lr_scheduler, name)(optimizer, *args, **options)
        optimizer.step()
        scheduler.step(*((1.0,) if name == "ReduceLROnPlateau" else ()))
        return scheduler

    return make


def _own_net(lib: Any) -> Any:
    lib.manual_seed(1)
    with kinds.using(lib) as classes:
        return classes.Net(3)


def _with_gradient(lib: Any) -> Any:
    x = lib.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    return [x, x.grad]


def _tied(lib: Any) -> Any:
    model = lib.nn.Sequential(lib.nn.Linear(2, 2), lib.nn.Linear(2, 2))
    for p in model.parameters():
        lib.nn.init.constant_(p, 0.5)
    model[1].weight = model[0].weight
    return model


# Of these, weights_only=True reads some and refuses others, with the same words.
OBJECTS: dict[str, Callable[[Any], Any]] = {
    "numbers": lambda lib: [None, 1, -1, 1 << 70, 2.5, float("inf"), True, "é", b"ab", 1j, ()],
    "long text": lambda lib: "x" * 100_000,
    "bytes": lambda lib: [bytearray(b"abc"), b"x" * 300, b""],
    "nested": lambda lib: {"a": [lib.ones(1), {"b": (lib.zeros(2), None)}], 3: {1, 2}, (1, 2): 3},
    "ordered": lambda lib: collections.OrderedDict(a=lib.ones(1), b=2),
    "counter": lambda lib: collections.Counter("abca"),
    "defaultdict": lambda lib: collections.defaultdict(list, a=[1]),
    "deque": lambda lib: collections.deque([1, 2], maxlen=3),
    "frozenset": lambda lib: frozenset([1, 2]),
    "ranges": lambda lib: [range(3), slice(1, 2), ...],
    "itself": lambda lib: [[lib.ones(1)]] * 2,
    "many": lambda lib: [lib.full((3,), float(i)) for i in range(300)],
    "size": lambda lib: [lib.Size([2, 3]), lib.Size([]), lib.ones(2, 3).shape],
    "device": lambda lib: [lib.device("cpu"), lib.device("cuda", 1), lib.device("meta")],
    "dtype": lambda lib: [lib.float32, lib.int64, lib.bool, lib.bfloat16, lib.float8_e5m2],
    "layout": lambda lib: [lib.strided, lib.sparse_coo],
    "generator": lambda lib: lib.Generator().manual_seed(5),
    "rng state": lambda lib: lib.Generator().manual_seed(5).get_state(),
    "finfo": lambda lib: lib.finfo(lib.float32).max,
    "numpy": lambda lib: {"a": np.arange(3), "b": np.float64(2.5), "c": np.dtype("f4")},
    "numpy kinds": lambda lib: [np.arange(4).reshape(2, 2).T, np.array(["a"]), np.bool_(True)],
    "path": lambda lib: [pathlib.PurePosixPath("a/b"), datetime.date(2020, 1, 2)],
    "fraction": lambda lib: fractions.Fraction(1, 3),
    "namespace": lambda lib: types.SimpleNamespace(a=lib.ones(1)),
    "namedtuple": lambda lib: kinds.Pair(lib.ones(1), 2),
    "dataclass": lambda lib: kinds.Record(lib.ones(2)),
    "reduced": lambda lib: kinds.Reduced(lib.ones(2)),
    "function": lambda lib: kinds.shift,
    "torch function": lambda lib: [lib.relu, lib.nn.functional.gelu, lib.nn.init.ones_],
    "classes": lambda lib: [lib.nn.Linear, lib.optim.Adam, lib.Tensor, lib.nn.Parameter],
    "typed storage": lambda lib: lib.arange(3.0).storage(),
    "untyped storage": lambda lib: lib.arange(3.0).untyped_storage(),
    "storage with tensor": lambda lib: [(x := lib.arange(3)).storage(), x[1:]],
    "gradient": _with_gradient,
    "state_dict": lambda lib: network(lib).state_dict(),
    "network": network,
    "containers": _containers,
    "tied": _tied,
    "own module": _own_net,
    "own state_dict": lambda lib: _own_net(lib).state_dict(),
    "SGD": _trained("SGD", momentum=0.9, nesterov=True),
    "Adam": _trained("Adam", betas=(0.5, 0.5), amsgrad=True),
    "AdamW": _trained("AdamW", betas=(0.5, 0.5), weight_decay=0.5),
    "Adagrad": _trained("Adagrad"),
    "RMSprop": _trained("RMSprop", centered=True, momentum=0.5),
    "Adam state": lambda lib: _trained("Adam", betas=(0.5, 0.5))(lib).state_dict(),
    "StepLR": _scheduler("StepLR", 2),
    "CosineAnnealingLR": _scheduler("CosineAnnealingLR", 10),
    "OneCycleLR": _scheduler("OneCycleLR", 0.1, total_steps=10),
    "ReduceLROnPlateau": _scheduler("ReduceLROnPlateau"),
    "StepLR state": lambda lib: _scheduler("StepLR", 2)(lib).state_dict(),
    "distribution": lambda lib: lib.distributions.Normal(lib.zeros(1), lib.ones(1)),
    "checkpoint": lambda lib: {
        "epoch": 3, "model": network(lib).state_dict(), "best": 0.5,
        "optimizer": _trained("SGD", momentum=0.9)(lib).state_dict(), "args": {"lr": 0.1},
    },
}  # fmt: skip

# Torch itself does not read these back from the old format, or only by luck: it runs `__setstate__`
# before the data is there.
NOT_IN_OLD_FILES = ("generator", "untyped storage")

LOCATIONS: dict[str, Callable[[Any], Any]] = {
    "None": lambda lib: None,
    "cpu": lambda lib: "cpu",
    "cpu:0": lambda lib: "cpu:0",
    "meta": lambda lib: "meta",
    "cuda": lambda lib: "cuda",
    "cuda:1": lambda lib: "cuda:1",
    "unknown": lambda lib: "foo",
    "mps": lambda lib: "mps",
    "xpu": lambda lib: "xpu",
    "bytes": lambda lib: b"cpu",
    "number": lambda lib: 3,
    "device": lambda lib: lib.device("cpu"),
    "meta device": lambda lib: lib.device("meta"),
    "dict": lambda lib: {"cpu": "meta"},
    "dict of others": lambda lib: {"cuda:0": "cpu"},
    "empty dict": lambda lib: {},
    "callable": lambda lib: lambda storage, location: storage,
    "callable of None": lambda lib: lambda storage, location: None,
    "callable of cpu": lambda lib: lambda storage, location: storage.cpu(),
    "callable of clone": lambda lib: lambda storage, location: storage.clone(),
    "callable of new": lambda lib: (
        lambda storage, location: lib.UntypedStorage(storage.nbytes()).fill_(0)
    ),
    "callable of junk": lambda lib: lambda storage, location: (storage, location),
    "callable that raises": lambda lib: lambda storage, location: 1 / 0,
}
