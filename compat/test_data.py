"""Datasets, samplers, collating and the DataLoader beside real torch: the same batches in the same
order for a seed, the same draws from the generators, the same words.
"""

from __future__ import annotations

import inspect
import json
import pathlib
import subprocess
import sys
import types
from collections import ChainMap, OrderedDict, UserDict, UserList, defaultdict, deque, namedtuple

import numpy as np
import pytest
import torch

import jtorch

from . import loading as loading_with_workers
from .loading import Kit
from .programs._outcome import differences, error, run

Point = namedtuple("Point", "x y")


KITS = {lib.__name__: Kit(lib) for lib in (torch, jtorch)}


def kit(torch):
    return KITS[torch.__name__]


# -- datasets and samplers --


def datasets(torch):
    k = kit(torch)
    d, numbers, x = k.data, k.Numbers, torch.arange(10)
    both = d.ConcatDataset([numbers(3), numbers(2)])
    return [
        error(d.Dataset().__getitem__, 0), error(len, d.Dataset()), error(len, k.Stream()),
        error(d.IterableDataset), (numbers() + numbers(3)).cumulative_sizes,
        list(k.Stream(2) + k.Stream(3)), error(d.TensorDataset, x, x[:3]),
        d.TensorDataset(x, x)[3], d.TensorDataset(x, x)[2:4], d.TensorDataset(x)[[1, 2]],
        error(d.TensorDataset(x).__getitem__, 10), error(len, d.TensorDataset()),
        d.StackDataset(numbers(), numbers())[2], d.StackDataset(a=numbers(), b=numbers())[2],
        error(d.StackDataset), error(d.StackDataset, numbers(), a=numbers()),
        error(d.StackDataset, numbers(), numbers(3)),
        error(d.StackDataset(k.Batched(), numbers()).__getitems__, [1, 2]),
        d.StackDataset(numbers(), numbers()).__getitems__([1, 2]),
        d.StackDataset(a=numbers()).__getitems__([1, 2]),
        error(d.ConcatDataset, []), error(d.ConcatDataset, [k.Stream()]),
        [both[i] for i in range(-5, 5)], error(both.__getitem__, -6), error(both.__getitem__, 5),
        both.cummulative_sizes, error(list, d.ChainDataset([numbers()])),
        len(d.ChainDataset([k.Sized(5), k.Sized(6)])), error(len, d.ChainDataset([k.Stream()])),
        d.Subset(numbers(), [3, 4])[1], d.Subset(numbers(), [3, 4]).__getitems__([0, 1]),
        d.Subset(k.Batched(), [3, 4]).__getitems__([0, 1]),
        error(d.Subset(numbers(), [3]).__getitem__, 1),
    ]  # fmt: skip


def splits(torch):
    k = kit(torch)
    split, numbers = k.data.random_split, k.Numbers
    out = []
    for n, lengths in [
        (10, [3, 7]), (10, [3, 6]), (10, [0.33, 0.33, 0.34]), (11, [0.5, 0.5]),
        (10, [0.5, 1.2, -0.7]), (10, [0.5, 0.4]), (3, [0.01, 0.99]), (10, [0, 10]), (10, [1.0]),
        (1, [1, 0]), (10, [-1, 11]),
    ]:  # fmt: skip
        parts = error(split, numbers(n), lengths)
        out.append(parts if isinstance(parts, str) else [part.indices for part in parts])
    generator = torch.Generator().manual_seed(42)
    return [*out, [part.indices for part in split(numbers(), [3, 7], generator=generator)]]


def samplers(torch):
    d = kit(torch).data
    g = torch.Generator().manual_seed(3)
    weights = [0.1, 0.9, 0.4, 0.7, 3.0, 0.6]
    out = [
        list(d.SequentialSampler(range(3))), list(d.RandomSampler(range(10))),
        list(d.RandomSampler(range(10), num_samples=25)),
        list(d.RandomSampler(range(10), True, 70)), list(d.RandomSampler(range(10), generator=g)),
        list(d.RandomSampler(range(10), True, 7, g)), list(d.SubsetRandomSampler([5, 6, 7, 8])),
        list(d.SubsetRandomSampler("abc", g)), list(d.WeightedRandomSampler(weights, 8)),
        list(d.WeightedRandomSampler(weights, 5, replacement=False)),
        list(d.WeightedRandomSampler(torch.tensor(weights), 5, generator=g)),
        list(d.BatchSampler(d.SequentialSampler(range(10)), 3, False)),
        list(d.BatchSampler(range(10), 3, True)), len(d.BatchSampler(range(10), 3, False)),
        len(d.BatchSampler(range(10), 3, True)), len(d.RandomSampler(range(9), num_samples=4)),
        d.WeightedRandomSampler(weights, 8).weights,
    ]  # fmt: skip
    return [*out, torch.get_rng_state(), g.get_state()]


def sampler_errors(torch):
    k = kit(torch)
    d = k.data
    return [
        error(d.RandomSampler, k.NoLength()), error(d.RandomSampler, [1], replacement=3),
        error(d.RandomSampler, [1], num_samples=0), error(d.RandomSampler, [1], num_samples=1.5),
        error(d.RandomSampler, []), error(d.WeightedRandomSampler, [[0.1, 0.2]], 8),
        error(d.WeightedRandomSampler, [1.0], 0), error(d.WeightedRandomSampler, [1.0], True),
        error(d.WeightedRandomSampler, [1.0], 1, replacement=1),
        error(list, d.WeightedRandomSampler([0.1, 0.2], 3, replacement=False)),
        error(d.BatchSampler, [1], 0, False), error(d.BatchSampler, [1], True, False),
        error(d.BatchSampler, [1], 1.5, False), error(d.BatchSampler, [1], 1, 0),
        error(len, d.BatchSampler(iter([1]), 2, False)), error(iter, d.Sampler()),
        error(d.Sampler, 3), error(d.DistributedSampler, [1], 2, 2),
    ]  # fmt: skip


def distributed(torch):
    sampler = kit(torch).data.distributed.DistributedSampler
    out = []
    for size, ranks, options in [
        (11, 4, {}), (11, 4, {"shuffle": False}), (11, 4, {"drop_last": True, "seed": 5}),
        (2, 5, {}), (12, 4, {"drop_last": True}),
    ]:  # fmt: skip
        for rank in range(ranks):
            each = sampler(range(size), ranks, rank, **options)
            each.set_epoch(rank // 2)
            out.append([list(each), len(each)])
    return out


# -- collating --


def collating(torch):
    collate, t = kit(torch).data.default_collate, torch.tensor
    good = [
        [t([1, 2]), t([3, 4])], [t([1, 2]), t([3.0, 4])], [t(1), t(2)], [t(1), t(2.0)],
        [torch.ones(2).requires_grad_(), torch.ones(2)], [np.ones(2), np.zeros(2)],
        [np.ones(2, "int8")] * 2, [np.ones(2, "uint16")] * 2, [np.array(1.0)] * 2,
        [np.ones(2, "f"), np.ones(2, "d")], [np.float32(1), np.float32(2)], [np.float64(1)] * 2,
        [np.int32(1)] * 2, [np.bool_(True)] * 2, [np.float32(1), np.float64(2)],
        [np.float16(1)] * 2, [np.complex64(1)] * 2, [np.str_("a")], [1.0, 2.0], [1.0, 2], [1, 2.0],
        [True, False], [True, 2], ["a", "b"], [b"a"], [{"a": 1, "b": t([1])}] * 2,
        [{"a": 1}, {"a": 3, "b": 2}], [OrderedDict(a=1)] * 2, [Point(1, 2.0)] * 2, [(1, "a")] * 2,
        [[1, "a"]] * 2, [[(1, [2])]] * 2, [(), ()], [["a", "b"]] * 2, (1, 2),
        [torch.ones(2, dtype=torch.bfloat16)] * 2, [torch.arange(6).view(2, 3).t()] * 2,
    ]  # fmt: skip
    bad = [
        [t([1, 2]), t([3])], [np.ones(2), np.zeros(3)], [np.array(["a"])] * 2,
        [np.array([None])] * 2, [np.arange(3)[::-1]] * 2, [np.ones(2, ">f4")] * 2, [1j], [None],
        [object()], [{"a": 1}, {"b": 2}], [[1], [2, 3]], [{1}],
    ]  # fmt: skip
    return [collate(batch) for batch in good] + [error(collate, batch) for batch in bad]


def collating_other_containers(torch):
    collate = kit(torch).data.default_collate
    out = []
    for elem in [
        defaultdict(int, a=1), UserDict(a=1), ChainMap({"a": 1}),
        types.MappingProxyType({"a": 1}), deque([1, 2]), UserList([1, 2]), range(2),
    ]:  # fmt: skip
        batch = collate([elem, elem])
        out.append([type(batch).__name__, dict(batch) if hasattr(batch, "keys") else list(batch)])
    return out


def converting(torch):
    convert = kit(torch).data.default_convert
    out = []
    for x in [
        1, 1.5, "a", b"b", None, np.ones(2), np.float32(1), np.str_("a"), np.array(["a"]),
        {"a": np.ones(1)}, OrderedDict(a=np.ones(1)), Point(np.ones(1), 2), (np.ones(1), 2),
        [np.ones(1), 2], range(3), torch.tensor(1), np.array(1), {1}, np.bool_(True),
    ]:  # fmt: skip
        y = convert(x)
        out.append([type(y).__name__, y])
    array = np.ones(2)
    shared = convert(array)
    array[0] = 5
    return [*out, shared]


def own_collate_functions(torch):
    collate = kit(torch).data._utils.collate.collate

    def total(batch, *, collate_fn_map):
        return sum(batch)

    return [
        collate([1, 2], collate_fn_map={int: total}),
        collate([True, 2], collate_fn_map={int: total}),
        collate([1.0, 2.0], collate_fn_map={(int, float): total}),
        collate([(1, [2])] * 3, collate_fn_map={int: total}),
        error(collate, [1]),
    ]


# -- the loader --


def loaded(loader):
    return list(loader)


def loading(torch):
    k = kit(torch)
    d, out = k.data, []
    x, y = torch.arange(46.0).view(23, 2), torch.arange(23)
    subset = d.Subset(d.TensorDataset(x, y), list(range(3, 17)))
    for data, options in [
        (d.TensorDataset(x, y), dict(batch_size=4)),
        (d.TensorDataset(x, y), dict(batch_size=4, shuffle=True)),
        (d.TensorDataset(x, y), dict(batch_size=4, shuffle=True, drop_last=True)),
        (d.TensorDataset(x, y), dict(batch_size=None, shuffle=True)),
        (d.TensorDataset(x), dict(batch_size=30)),
        (d.TensorDataset(x, y), dict(sampler=[3, -1, 5], batch_size=2)),
        (subset, dict(batch_size=4, shuffle=True)),
        (d.Subset(subset, [3, -2, 1]), dict(batch_size=2)),
        (d.ConcatDataset([subset, subset]), dict(batch_size=5, shuffle=True)),
        (k.Numbers(), dict(batch_sampler=[[1], [2, 3]])),
        (k.Numbers(), dict(batch_size=3, shuffle=True)),
        (k.Batched(), dict(batch_size=3)),
        (k.Stream(), dict(batch_size=2)),
        (k.Stream(), dict(batch_size=None)),
        (k.Stream(), dict(batch_size=2, drop_last=True)),
        ([(1, np.ones(2)), {"a": 1.5}], dict(batch_size=None)),
        ([1, 2, 3], dict(batch_size=2, shuffle=True)),
        (k.Numbers(0), dict()),
    ]:
        loader = d.DataLoader(data, **options)
        out += [loaded(loader), loaded(loader)]
        out.append([len(loader) if hasattr(data, "__len__") else None, loader.batch_size])
    return [*out, torch.get_rng_state()]


def draws(torch):
    """Which draws a pass takes from the default generator, and when."""
    k, states = kit(torch), []
    for options in [dict(), dict(shuffle=True)]:
        loader = k.data.DataLoader(k.Numbers(), 3, **options)
        states.append(torch.get_rng_state().tolist())
        iterator = iter(loader)
        states.append(torch.get_rng_state().tolist())
        next(iterator)
        states.append(torch.get_rng_state().tolist())
    generator = torch.Generator().manual_seed(1)
    loader = k.data.DataLoader(k.Numbers(), 3, shuffle=True, generator=generator)
    return [*states, loaded(loader), loaded(loader), torch.get_rng_state(), generator.get_state()]


BAD_OPTIONS = [
    dict(num_workers=-1), dict(timeout=-1), dict(num_workers=0, prefetch_factor=2),
    dict(num_workers=1, prefetch_factor=-1), dict(persistent_workers=True),
    dict(shuffle=True, sampler=[1]), dict(batch_sampler=[[1]], batch_size=2),
    dict(batch_sampler=[[1]], shuffle=True), dict(batch_sampler=[[1]], drop_last=True),
    dict(batch_sampler=[[1]], sampler=[1]), dict(batch_size=None, drop_last=True),
    dict(batch_size=0), dict(batch_size="a"), dict(batch_size=True), dict(shuffle="x", sampler=[1]),
    dict(num_workers=1, multiprocessing_context="foo"), dict(multiprocessing_context="spawn"),
    dict(num_workers=1, multiprocessing_context=3), dict(num_workers="a"), dict(foo=1),
]  # fmt: skip


def loader_errors(torch):
    k = kit(torch)
    loader = k.data.DataLoader
    out = []
    for options in BAD_OPTIONS:
        out.append(error(loader, k.Numbers(), **options))
        if options != dict(shuffle="x", sampler=[1]):
            out.append(error(loader, k.Stream(), **options))
    d = loader(k.Numbers(), 2)
    for name in ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset"):
        out.append(error(setattr, d, name, 3))
    d.collate_fn = d.foo = d.num_workers = 3
    return [
        *out, error(loader, k.Numbers(0), shuffle=True), error(len, loader(k.NoLength())),
        error(loader, k.NoLength(), shuffle=True), error(len, loader(k.Stream())),
        error(next, iter(loader([]))), d.multiprocessing_context,
    ]  # fmt: skip


def loader_lengths(torch):
    k = kit(torch)
    loader = k.data.DataLoader
    d = loader(k.Sized(12), 2)
    out = [len(loader(k.Sized(9), 2)), len(loader(k.Sized(9), 4, drop_last=True)), len(d)]
    return [*out, len(loader(k.Sized(9), None)), loaded(d), loaded(loader(k.Sized(5), 1))]


def loader_attributes(torch):
    k = kit(torch)
    loader = k.data.DataLoader
    out = []
    for d in (loader(k.Numbers(), 2), loader(k.Numbers(), None), loader(k.Stream())):
        names = sorted(name for name in vars(d) if not name.startswith("_DataLoader"))
        kinds = [type(getattr(d, name)).__name__ for name in names]
        out.append([names, kinds, d.collate_fn.__name__, len(d.__dict__)])
    return [*out, loader(k.Numbers(), num_workers=1).prefetch_factor, loader[int] is not None]


def signatures(torch):
    """As those see them who make a loader like another one."""
    d, out = torch.utils.data, []
    for name in d.__all__:
        kind = getattr(d, name)
        if isinstance(kind, type) and issubclass(kind, (d.DataLoader, d.Dataset, d.Sampler)):
            parameters = inspect.signature(kind.__init__).parameters.values()
            out.append([name, [(p.name, p.kind, str(p.default)) for p in parameters]])
    loader = d.DataLoader([1], num_workers=1)
    parameters = list(inspect.signature(d.DataLoader.__init__).parameters)[1:]
    out.append([name for name in parameters if not hasattr(loader, name)])
    return out


def pinning(torch):
    k = kit(torch)
    loader = k.data.DataLoader
    return [
        loaded(loader(k.Numbers(4), 2, pin_memory=True)),
        loaded(loader(k.Numbers(4), 2, pin_memory=True, pin_memory_device="cuda")),
        error(loaded, loader(k.Numbers(4), timeout=3)),
        error(loaded, loader(k.Numbers(4), num_workers=1, prefetch_factor=0)),
    ]


def errors_while_loading(torch):
    k = kit(torch)

    class Bad(k.Numbers):
        def __getitem__(self, i):
            if i == 4:
                raise ValueError(f"boom {i}")
            return i

    iterator, out = iter(k.data.DataLoader(Bad(), 2)), []
    for _ in range(6):
        out.append(error(next, iterator))
    short = k.data.TensorDataset(torch.ones(3))
    return [*out, error(loaded, k.data.DataLoader(short, sampler=[5]))]


PROGRAMS = [
    collating, collating_other_containers, converting, datasets, distributed, draws,
    errors_while_loading, loader_attributes, loader_errors, loader_lengths, loading,
    own_collate_functions, pinning, sampler_errors, samplers, signatures, splits,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_program(program):
    found = differences(run(program, torch), run(program, jtorch))
    assert not found, "\n".join(found)


# -- workers --


@pytest.fixture(scope="module")
def theirs():
    """What real torch does with workers, in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "compat.loading"]
    root = pathlib.Path(__file__).parent.parent
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=300, check=True
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def ours():
    return loading_with_workers.outcomes(jtorch)


CASES = [*loading_with_workers.WORKER_CASES, ("errors", {})]


@pytest.mark.parametrize(
    "i", range(len(CASES)), ids=lambda i: f"{getattr(CASES[i][0], '__name__', CASES[i][0])}-{i}"
)
def test_workers(i, ours, theirs):
    assert ours[i] == theirs[i]
