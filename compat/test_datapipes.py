"""Datapipes beside real torch: the same items, orders, lengths and words."""

from __future__ import annotations

import pickle
import re

import pytest
import torch

import jtorch

from .programs._outcome import differences, error, run

pytestmark = pytest.mark.filterwarnings("ignore")


def even(x):
    return x % 2 == 0


def parity(x):
    return x % 2


def third(x):
    return x % 3


def small(x):
    return 0 if x <= 3 else None


def add(*numbers):
    return sum(numbers)


def first_line(f, *args, **kwargs):
    found = error(f, *args, **kwargs)
    return re.split(r"\\n|\n|', ", found)[0] if isinstance(found, str) else found


def mapping(torch, source, pipes):
    p = source(range(10))
    rows = source([(1, 2, 3), (4, 5, 6)])
    return [
        list(p.map(str)), list(p.filter(even)), list(rows.map(str, input_col=1)),
        list(rows.map(add, input_col=[0, 1])), list(rows.map(add, input_col=[0, 2], output_col=1)),
        list(rows.map(str, input_col=0, output_col=-1)), list(rows.filter(even, input_col=1)),
        list(source([{"a": 1}]).map(str, input_col="a", output_col="b")),
        list(p.batch(2).collate()), list(p.collate(collate_fn=str)),
        first_line(list, p.filter(parity)), first_line(p.map, 3), first_line(p.map, str, None, 2),
        first_line(p.map, str, 0, [2, 3]), len(p.map(str)), first_line(len, p.filter(even)),
    ]  # fmt: skip


def combining(torch, source, pipes):
    p, letters = source(range(5)), source("abc")
    a, b = p.fork(2)
    out = [list(a), list(b), list(a), len(a), list(zip(a, b))]
    a, b = p.demux(2, parity)
    out += [list(b), list(a)]
    a, b = p.demux(2, small, drop_none=True)
    out += [list(a), list(b), first_line(len, a)]
    a, b = p.demux(2, parity, buffer_size=1)
    out.append(first_line(list, b))
    a, b = p.demux(2, third)
    out.append(first_line(list, a))
    a, b = p.fork(2, buffer_size=2)
    out.append(first_line(list, a))
    return [
        *out, list(p.concat(letters)), list(p.zip(letters)), list(p.mux(letters)),
        [len(f(letters)) for f in (p.concat, p.zip, p.mux)], type(p.fork(1)).__name__,
        first_line(p.fork, 0), first_line(p.demux, 0, even), first_line(pipes.iter.Concater),
        first_line(pipes.iter.Zipper, 3), first_line(pipes.iter.Concater, 3),
        first_line(len, p.zip(p.filter(even))), first_line(p.fork, 2, copy="x"),
    ]  # fmt: skip


def grouping(torch, source, pipes):
    p = source(range(10))
    nested = p.batch(2).batch(2)
    small = dict(buffer_size=4, group_size=4, guaranteed_group_size=3)
    return [
        list(p.batch(3)), list(p.batch(3, drop_last=True)), list(p.batch(3).unbatch()),
        list(nested.unbatch()), list(nested.unbatch(2)), list(nested.unbatch(-1)),
        first_line(list, nested.unbatch(4)), first_line(list, nested.unbatch(-2)),
        len(p.batch(3)), len(p.batch(3, drop_last=True)), first_line(p.batch, 0),
        list(p.groupby(third)), list(p.groupby(third, group_size=2)),
        list(p.groupby(third, keep_key=True)), list(p.groupby(third, buffer_size=3)),
        list(p.groupby(third, drop_remaining=True, **small)), type(next(iter(p.batch(2)))).__name__,
        first_line(list, p.groupby(third, **small)), next(iter(p.batch(2))).as_str(),
    ]  # fmt: skip


def ordering(torch, source, pipes):
    p = source(range(10))
    shuffled = p.shuffle()
    out = [list(shuffled), list(shuffled), list(shuffled.set_seed(3))]
    out += [list(shuffled.set_shuffle(False)), list(p.shuffle(buffer_size=3).set_seed(1))]
    out += [list(p.batch(2).shuffle(unbatch_level=1).set_seed(1)), len(shuffled)]
    generator = torch.Generator().manual_seed(0)
    options = {"num_samples": 3, "generator": generator}
    sampler = torch.utils.data.RandomSampler
    out += [list(pipes.iter.Sampler(p)), list(pipes.iter.Sampler(p, sampler, None, options))]
    keyed = pipes.map.SequenceWrapper(range(6)).shuffle()
    out += [list(keyed), list(keyed), list(keyed.set_seed(2)), list(keyed.set_shuffle(False))]
    return [*out, first_line(p.shuffle, buffer_size=0), torch.get_rng_state()]


def sharding(torch, source, pipes):
    d = torch.utils.data
    filtered = source(range(20)).sharding_filter()
    out = [list(filtered), len(filtered)]
    filtered.apply_sharding(3, 1)
    out += [list(filtered), len(filtered), first_line(filtered.apply_sharding, 3, 4)]
    group = type(filtered).apply_sharding.__defaults__[0].__class__
    for settings in (
        [(group.DISTRIBUTED, 2, 1), (group.MULTIPROCESSING, 3, 2)],
        [(group.MULTIPROCESSING, 3, 1), (group.DISTRIBUTED, 2, 0)],
        [(group.DEFAULT, 2, 0), (group.DISTRIBUTED, 2, 0)],
    ):
        p = source(range(20)).sharding_filter()
        for which, count, place in settings:
            out.append(first_line(p.apply_sharding, count, place, which))
        out.append(list(p))
    p = source(range(6)).sharding_filter().map(str)
    d.graph_settings.apply_sharding(p, 2, 1)
    twice = source(range(4)).sharding_filter().sharding_filter()
    out += [list(p), first_line(d.graph_settings.apply_sharding, twice, 2, 1)]
    return [*out, len(d.graph_settings.get_all_graph_pipes(d.graph.traverse_dps(twice)))]


def keyed(torch, source, pipes):
    m = pipes.map.SequenceWrapper(range(6))
    return [
        list(m), len(m), list(m.map(str)), list(m.batch(4)), list(m.batch(4, drop_last=True)),
        m.batch(4)[1], first_line(m.batch(4).__getitem__, 5), list(m.concat(m)), m.zip(m)[2],
        first_line(m.zip(m).__getitem__, 9), first_line(m.concat(m).__getitem__, 20),
        first_line(pipes.map.Concater), first_line(pipes.map.Zipper, 3), repr(m),
        len(m.concat(m)), len(m.zip(m.map(str))), pipes.map.SequenceWrapper({"a": 1})["a"],
    ]  # fmt: skip


def iterating(torch, source, pipes):
    """One iterator at a time; names; pickles; pipes of the user's."""
    d = torch.utils.data

    class Source(d.IterDataPipe):
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return iter(range(self.n))

    class Twice(d.IterDataPipe):
        def __init__(self, source):
            self.source = source

        def __iter__(self):
            for x in self.source:
                yield 2 * x

        def __len__(self):
            return len(self.source)

    d.functional_datapipe(f"twice_{id(torch)}")(Twice)
    out = []
    for p in (Source(4), source(range(4))):
        one = iter(p)
        out.append(next(one))
        two = iter(p)
        next(two)
        out += [first_line(next, one), next(two)]
    doubled = getattr(Source(3), f"twice_{id(torch)}")()
    out += [list(doubled), list(doubled.batch(2)), repr(doubled).split(".")[-1]]
    back = pickle.loads(pickle.dumps(source(range(5)).map(str).batch(2)))
    taken = d.functional_datapipe("map")
    return [
        *out, list(back), first_line(taken, Source), first_line(getattr, back, "foo"),
        first_line(len, source(iter([1]))), "batch" in dir(back), str(back), pipes.iter.__all__,
        pipes.map.__all__,
    ]  # fmt: skip


def files(torch, source, pipes, tmp_path):
    lister = pipes.iter.FileLister
    root = str(tmp_path)

    def short(paths):
        return [path[len(root) :] for path in paths]

    read = lister(root).open_files("rb").read_from_stream
    return [
        short(lister(root)), short(lister(root, "*.txt", recursive=True)),
        short(source([root]).list_files(["*.csv"])), first_line(len, lister(root)),
        len(lister(root, length=3)), [b for _, b in read()], [b for _, b in read(2)],
        [f.read() for _, f in lister(root).open_files()],
        first_line(pipes.iter.FileOpener, [], mode="q"),
        first_line(pipes.iter.FileOpener, [], "rb", encoding="a"),
    ]  # fmt: skip


def loading(torch, source, pipes):
    d, out = torch.utils.data, []
    for make, options in [
        (lambda: source(range(10)).shuffle().sharding_filter(), dict(batch_size=2, shuffle=True)),
        (lambda: source(range(10)).shuffle(), dict(batch_size=3, shuffle=False)),
        (lambda: source(range(10)).shuffle(), dict(batch_size=None)),
        (lambda: source(range(4)), dict(shuffle=True)),
        (lambda: pipes.map.SequenceWrapper(range(6)), dict(batch_size=4, shuffle=True)),
    ]:
        loader = d.DataLoader(make(), **options)
        out += [list(loader), list(loader), first_line(len, loader)]
    return [*out, first_line(d.DataLoader, source([1]), sampler=[1]), torch.get_rng_state()]


PROGRAMS = [
    mapping, combining, grouping, ordering, sharding, keyed, iterating, loading,
]  # fmt: skip


def in_library(program, torch, *args):
    pipes = torch.utils.data.datapipes
    return program(torch, pipes.iter.IterableWrapper, pipes, *args)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_program(program):
    theirs, ours = (run(lambda lib: in_library(program, lib), lib) for lib in (torch, jtorch))
    found = differences(theirs, ours)
    assert not found, "\n".join(found)


def test_files(tmp_path):
    (tmp_path / "below").mkdir()
    for name in ("b.csv", "a.txt", "below/c.txt"):
        (tmp_path / name).write_text(name * 2)
    theirs, ours = (in_library(files, lib, tmp_path) for lib in (torch, jtorch))
    assert ours == theirs
