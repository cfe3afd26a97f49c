"""Datapipes: chains, seeds, sharing out among workers. compat/ compares them with torch's."""

import pytest

import jtorch as torch
from jtorch.utils.data import DataLoader, IterDataPipe, MapDataPipe, functional_datapipe
from jtorch.utils.data.datapipes.iter import FileLister, IterableWrapper, RoutedDecoder
from jtorch.utils.data.datapipes.map import SequenceWrapper

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")


def even(x):
    return x % 2 == 0


def test_chains():
    source = IterableWrapper(range(6))
    assert list(source.filter(even).map(str).batch(2)) == [["0", "2"], ["4"]]
    a, b = source.fork(2)
    assert list(a.zip(b)) == [(i, i) for i in range(6)]
    odd, rest = source.demux(2, even)
    assert (list(odd), list(rest)) == ([1, 3, 5], [0, 2, 4])
    assert list(SequenceWrapper("abc").map(ord).batch(2)) == [[97, 98], [99]]
    with pytest.raises(AttributeError, match="no attribute 'foo"):
        source.foo


def test_orders_are_those_of_torch():
    assert list(IterableWrapper(range(10)).shuffle(buffer_size=3).set_seed(1)) == [
        0, 2, 3, 1, 5, 6, 8, 9, 4, 7,
    ]  # fmt: skip
    torch.manual_seed(0)
    assert list(IterableWrapper(range(10)).shuffle()) == [3, 5, 0, 1, 9, 6, 2, 7, 4, 8]


@pytest.mark.parametrize("workers", [0, 2])
def test_workers_share_a_pipe_out(workers):
    pipe = IterableWrapper(range(10)).shuffle().sharding_filter().map(float)
    torch.manual_seed(0)
    loader = DataLoader(pipe, 2, num_workers=workers, shuffle=True)
    for _ in range(2):
        seen = [x for batch in loader for x in batch.tolist()]
        assert sorted(seen) == list(range(10)) != seen


def test_one_iterator_at_a_time():
    pipe = IterableWrapper(range(3))
    first, second = iter(pipe), iter(pipe)
    next(first)
    next(second)
    with pytest.raises(RuntimeError, match="This iterator has been invalidated"):
        next(first)
    assert list(second) == [1, 2]


def test_names_can_be_taken_once():
    @functional_datapipe("doubled_in_a_test")
    class Doubled(IterDataPipe):
        def __init__(self, source):
            self.source = source

        def __iter__(self):
            for x in self.source:
                yield 2 * x

    assert list(IterableWrapper([1, 2]).doubled_in_a_test()) == [2, 4]
    assert "doubled_in_a_test" not in MapDataPipe.functions
    with pytest.raises(Exception, match="already taken"):
        functional_datapipe("doubled_in_a_test")(Doubled)


def test_files(tmp_path):
    for name in ("b.txt", "a.csv"):
        (tmp_path / name).write_text(name)
    read = FileLister(str(tmp_path)).open_files("rb").read_from_stream()
    assert [contents for _, contents in read] == [b"a.csv", b"b.txt"]
    with pytest.raises(NotImplementedError, match="RoutedDecoder"):
        RoutedDecoder([])
