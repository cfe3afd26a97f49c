"""The DataLoader: order, workers, errors, and what it must not cost."""

import gc
import random
import subprocess
import sys
import threading
import time
import warnings
import weakref
from pathlib import Path

import numpy as np
import pytest

import jtorch as torch
from jtorch.graph import pending_ops, stats
from jtorch.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
    get_worker_info,
)

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")


class Numbers(Dataset):
    def __init__(self, n=10):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return i


class Stream(IterableDataset):
    def __init__(self, n=7):
        self.n = n

    def __iter__(self):
        info = get_worker_info()
        return iter(range(self.n) if info is None else range(info.id, self.n, info.num_workers))


def batches(loader):
    return [batch.tolist() if hasattr(batch, "tolist") else batch for batch in loader]


def test_orders_are_those_of_torch():
    first, second = [[6, 7, 1], [4, 2, 0], [9, 8, 3], [5]], [[2, 4, 7], [0, 8, 9], [5, 3, 6], [1]]
    for workers in (0, 2):
        torch.manual_seed(0)
        loader = DataLoader(Numbers(), 3, shuffle=True, num_workers=workers)
        assert [batches(loader), batches(loader)] == [first, second]
    loader = DataLoader(Numbers(), 3, shuffle=True, generator=torch.Generator().manual_seed(1))
    assert batches(loader) == [[4, 6, 9], [2, 3, 1], [0, 7, 8], [5]]


def test_sizes():
    assert batches(DataLoader(Numbers(5), 2)) == [[0, 1], [2, 3], [4]]
    assert batches(DataLoader(Numbers(5), 2, drop_last=True)) == [[0, 1], [2, 3]]
    assert batches(DataLoader(Numbers(3), None)) == [0, 1, 2]
    assert batches(DataLoader(Numbers(9), batch_sampler=[[1], [2, 3]])) == [[1], [2, 3]]
    assert batches(DataLoader(Numbers(9), 2, sampler=[5, 3, 1])) == [[5, 3], [1]]
    assert len(DataLoader(Numbers(5), 2)) == 3
    assert len(DataLoader(Numbers(5), 2, drop_last=True)) == 2
    assert len(DataLoader(Numbers(5), None)) == 5


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_streams(workers):
    loader = DataLoader(Stream(), 2, num_workers=workers)
    expected = {
        0: [[0, 1], [2, 3], [4, 5], [6]],
        1: [[0, 1], [2, 3], [4, 5], [6]],
        2: [[0, 2], [1, 3], [4, 6], [5]],
    }
    assert batches(loader) == expected[workers]
    assert batches(loader) == expected[workers]
    with pytest.raises(TypeError, match="no len"):
        len(loader)


def test_stream_that_is_longer_than_it_says():
    class Short(Stream):
        def __len__(self):
            return 2

    loader = DataLoader(Short(), 2)
    assert len(loader) == 1
    with pytest.warns(UserWarning, match="was reported to be 2"):
        list(loader)


def test_persistent_workers():
    threads = set()

    class Where(Numbers):
        def __getitem__(self, i):
            threads.add(threading.get_ident())
            return i

    loader = DataLoader(Where(), 2, num_workers=2, persistent_workers=True)
    first = iter(loader)
    next(first)
    assert iter(loader) is first
    for _ in range(2):
        assert batches(loader) == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    assert len(threads) == 2


def test_worker_info():
    class Info(Numbers):
        def __getitem__(self, i):
            info = get_worker_info()
            return info.id, info.num_workers, info.seed - torch.initial_seed(), info.dataset is self

    loader = DataLoader(Info(4), None, num_workers=2)
    assert [item for item in loader] == [[0, 2, 0, True], [1, 2, 0, True]] * 2
    assert get_worker_info() is None


class Draws(Numbers):
    def __getitem__(self, i):
        return i, random.random(), float(np.random.rand())


def test_workers_have_streams_of_their_own():
    def run(workers, **options):
        torch.manual_seed(5)
        random.seed(1)
        np.random.seed(2)
        loader = DataLoader(Draws(8), 2, num_workers=workers, **options)
        rows = [[x.tolist() for x in batch] for batch in loader]
        return rows, random.random(), np.random.rand()

    rows, python, numpy = run(2)
    assert run(2)[0] == rows
    values = [v for row in rows for v in row[1]]
    assert len(set(values)) == 8
    random.seed(1)
    np.random.seed(2)
    assert (python, numpy) == (random.random(), np.random.rand())  # the program's are untouched

    def seed_worker(worker_id):
        random.seed(worker_id)
        np.random.seed(worker_id)

    rows, _, _ = run(2, worker_init_fn=seed_worker)
    expected = [random.Random(0), random.Random(1)]
    assert [row[1] for row in rows] == [[expected[i % 2].random() for _ in "ab"] for i in range(4)]


def test_default_generator_is_the_workers_own():
    class Torch(Numbers):
        def __getitem__(self, i):
            return float(torch.rand(()))

    def run():
        torch.manual_seed(5)
        values = [x for x in DataLoader(Torch(8), None, num_workers=2)]
        return values, float(torch.rand(()))

    assert run() == run()
    assert len(set(run()[0])) == 8


def test_a_worker_sees_its_own_copy_of_the_dataset():
    def shift(worker_id):
        get_worker_info().dataset.n = 3 + worker_id

    data = Stream(99)
    loader = DataLoader(data, None, num_workers=2, worker_init_fn=shift)
    assert batches(loader) == [0, 1, 2, 3]
    assert data.n == 99


class Bad(Numbers):
    def __getitem__(self, i):
        if i == 4:
            raise ValueError(f"boom {i}")
        return i


def test_errors_come_from_the_worker_with_their_traceback():
    with pytest.raises(ValueError, match="boom 4"):
        list(DataLoader(Bad(), 2))
    with pytest.raises(ValueError) as caught:
        list(DataLoader(Bad(), 2, num_workers=2))
    lines = str(caught.value).splitlines()
    assert lines[0] == "Caught ValueError in DataLoader worker process 0."
    assert lines[1] == "Original Traceback (most recent call last):"
    assert any("in __getitem__" in line for line in lines)
    assert lines[-1] == "ValueError: boom 4"


@pytest.mark.parametrize("workers", [0, 2])
def test_a_pass_goes_on_after_an_error(workers):
    iterator, seen = iter(DataLoader(Bad(), 2, num_workers=workers)), []
    while True:
        try:
            seen.append(next(iterator).tolist())
        except ValueError:
            seen.append("error")
        except StopIteration:
            break
    assert seen == [[0, 1], [2, 3], "error", [6, 7], [8, 9]]


def test_unusual_errors():
    class Two(Exception):
        def __init__(self, a, b):
            super().__init__(a, b)

    class Raises(Numbers):
        def __init__(self, error):
            super().__init__()
            self.error = error

        def __getitem__(self, i):
            raise self.error

    with pytest.raises(KeyError) as caught:
        list(DataLoader(Raises(KeyError("k")), num_workers=1))
    assert "\nOriginal Traceback" in str(caught.value)
    with pytest.raises(RuntimeError, match="Caught Two in DataLoader worker"):
        list(DataLoader(Raises(Two(1, 2)), num_workers=1))

    def fails(worker_id):
        raise OSError("init")

    with pytest.raises(OSError, match="Caught OSError"):
        list(DataLoader(Numbers(), num_workers=2, worker_init_fn=fails))


def test_timeout():
    class Slow(Numbers):
        def __getitem__(self, i):
            time.sleep(0.5)
            return i

    with pytest.raises(RuntimeError, match="timed out after 0.05 seconds"):
        list(DataLoader(Slow(), num_workers=1, timeout=0.05))


def test_workers_fetch_at_the_same_time():
    barrier = threading.Barrier(2, timeout=5)

    class Meets(Numbers):
        def __getitem__(self, i):
            if i >= 2:  # the first batch decides that workers may run freely
                barrier.wait()
            return i

    assert batches(DataLoader(Meets(6), 1, num_workers=2)) == [[i] for i in range(6)]


def test_workers_fetch_ahead_but_not_too_far():
    fetched = []

    class Counts(Numbers):
        def __getitem__(self, i):
            fetched.append(i)
            return i

    iterator = iter(DataLoader(Counts(50), 1, num_workers=2, prefetch_factor=3))
    next(iterator)
    time.sleep(0.2)
    assert len(fetched) == 7


def test_passes_left_early():
    loader = DataLoader(Numbers(40), 1, num_workers=3, persistent_workers=True)
    for i in range(20):
        for batch in loader:
            if batch.item() == i:
                break
    assert batches(loader) == [[i] for i in range(40)]


def test_out_of_order():
    class Uneven(Numbers):
        def __getitem__(self, i):
            time.sleep(0.05 if i % 2 else 0.0)
            return i

    seen = batches(DataLoader(Uneven(12), 1, num_workers=2, in_order=False))
    assert sorted(seen) == [[i] for i in range(12)]
    assert seen != sorted(seen)


def test_leaving_a_pass_ends_its_threads():
    class Plain(Numbers):
        pass

    iterator = iter(DataLoader(Plain(50), 1, num_workers=2))
    next(iterator)
    crew = weakref.ref(iterator._crew)
    threads = iterator._crew.workers
    del iterator
    gc.collect()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
    assert crew() is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (dict(num_workers=-1), "num_workers option should be non-negative"),
        (dict(timeout=-1), "timeout option should be non-negative"),
        (dict(prefetch_factor=2), "prefetch_factor option could only"),
        (dict(persistent_workers=True), "persistent_workers option needs"),
        (dict(shuffle=True, sampler=[1]), "sampler option is mutually exclusive with shuffle"),
        (dict(batch_sampler=[[1]], batch_size=2), "batch_sampler option is mutually exclusive"),
        (dict(batch_size=None, drop_last=True), "batch_size=None option disables"),
        (dict(batch_size=0), "batch_size should be a positive integer"),
        (dict(multiprocessing_context="spawn"), "multi-process loading"),
    ],
)
def test_bad_arguments(options, words):
    with pytest.raises(ValueError, match=words):
        DataLoader(Numbers(), **options)


def test_fixed_attributes():
    loader = DataLoader(Numbers(), 2)
    with pytest.raises(ValueError, match="batch_size attribute should not be set after"):
        loader.batch_size = 3
    loader.worker_init_fn = print
    assert loader.multiprocessing_context is None


def test_pin_memory_warns_without_an_accelerator():
    if torch.accelerator.is_available():
        pytest.skip("there is one")
    with pytest.warns(UserWarning, match="no accelerator is found"):
        list(DataLoader(Numbers(), pin_memory=True))


@pytest.mark.parametrize("subset", [False, True])
@pytest.mark.parametrize("workers", [0, 2])
def test_a_tensor_dataset_costs_no_ops(subset, workers):
    x = np.arange(40.0).reshape(20, 2)
    data = TensorDataset(torch.tensor(x), torch.arange(20))
    data = Subset(data, list(range(19, -1, -1))) if subset else data
    list(DataLoader(data, 4))  # what is pending runs
    before, compiled = pending_ops(), (stats.programs, stats.ops, stats.runs)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rows = list(DataLoader(data, 6, shuffle=True, num_workers=workers))
    assert pending_ops() == before
    assert (stats.programs, stats.ops, stats.runs) == compiled
    for a, b in rows:
        assert a.tolist() == [x[i].tolist() for i in b.tolist()]
    assert [len(a) for a, _ in rows] == [6, 6, 6, 2]


def test_a_tensor_dataset_shared_with_numpy():
    array = np.zeros((4, 2), "float32")
    loader = DataLoader(TensorDataset(torch.from_numpy(array)), 2)
    array[0] = 1
    (first,), _ = loader
    assert first.tolist() == [[1, 1], [0, 0]]
    array[0] = 2
    assert first.tolist() == [[1, 1], [0, 0]]


def test_batches_keep_the_gradient_of_the_data():
    x = torch.ones(4, 2).requires_grad_()
    total = sum(batch.sum() for (batch,) in DataLoader(TensorDataset(x), 3))
    total.backward()
    assert x.grad.tolist() == [[1, 1]] * 4


def test_an_index_out_of_range_is_reported():
    with pytest.raises(IndexError):
        list(DataLoader(TensorDataset(torch.ones(3)), sampler=[5]))


def test_own_collate_functions_get_samples_of_a_tensor_dataset():
    x = torch.arange(10.0).reshape(5, 2)
    data = TensorDataset(x, torch.arange(5))
    list(DataLoader(data, 2))
    before = pending_ops(), stats.runs
    seen = list(DataLoader(data, 3, collate_fn=lambda samples: samples))
    assert (pending_ops(), stats.runs) == before
    samples = [s for batch in seen for s in batch]
    assert [type(s) for s in samples] == [tuple] * 5
    assert [(a.tolist(), b.item()) for a, b in samples] == [
        ([2.0 * i, 2.0 * i + 1], i) for i in range(5)
    ]


def test_tensors_without_data_are_batched_too():
    (batch,) = next(iter(DataLoader(TensorDataset(torch.ones(5, 2, device="meta")), 3)))
    assert (batch.shape, batch.device.type) == ((3, 2), "meta")


def test_loaders_in_workers():
    class Nested(Numbers):
        def __getitem__(self, i):
            inner = DataLoader(Draws(4), 2, num_workers=2)
            return [[x.tolist() for x in batch[:1]] for batch in inner], random.random()

    torch.manual_seed(3)
    rows = list(DataLoader(Nested(4), None, num_workers=2))
    assert [row[0] for row in rows] == [[[[0, 1]], [[2, 3]]]] * 4
    torch.manual_seed(3)
    assert [row[1] for row in DataLoader(Draws(4), None, num_workers=2)] == [r[1] for r in rows]


def test_a_worker_that_exits_is_reported():
    class Exits(Numbers):
        def __getitem__(self, i):
            raise SystemExit

    with pytest.raises(RuntimeError, match=r"worker \(pid\(s\) \d+\) exited unexpectedly"):
        list(DataLoader(Exits(), num_workers=1))


def test_workers_have_the_grad_mode_of_the_loop():
    class Modes(Numbers):
        def __getitem__(self, i):
            return torch.is_grad_enabled()

    with torch.no_grad():
        assert list(DataLoader(Modes(2), None, num_workers=1)) == [False, False]
    assert list(DataLoader(Modes(2), None, num_workers=1)) == [True, True]


def test_a_seed_set_in_a_worker_is_its_own():
    class Seeds(Numbers):
        def __getitem__(self, i):
            torch.manual_seed(i)
            return torch.rand(2)

    torch.manual_seed(9)
    list(DataLoader(Numbers(4), None))  # a pass draws one seed
    expected = torch.rand(3).tolist()
    torch.manual_seed(9)
    rows = list(DataLoader(Seeds(4), None, num_workers=2))
    assert torch.rand(3).tolist() == expected
    for i, row in enumerate(rows):
        torch.manual_seed(i)
        assert row.tolist() == torch.rand(2).tolist()


def test_workers_offer_generators_of_their_own():
    class Own(Numbers):
        def __getitem__(self, i):
            rng = get_worker_info().rng
            return rng.random_generator.random(), torch.rand(1, generator=rng.torch_generator)

    def passed():
        torch.manual_seed(4)
        return [(a, b.tolist()) for a, b in DataLoader(Own(6), None, num_workers=2)]

    assert passed() == passed()
    assert len({a for a, _ in passed()}) == 6


@pytest.mark.parametrize("ending", ["", "sys.exit(0)", "raise KeyboardInterrupt"])
def test_a_program_that_ends_amid_a_pass(tmp_path, ending):
    script = tmp_path / "script.py"
    script.write_text(f"""
import sys, time, torch
from torch.utils.data import DataLoader

class Slow(torch.utils.data.Dataset):
    def __len__(self):
        return 1000

    def __getitem__(self, i):
        time.sleep(0.01)
        return torch.rand(3) + i

loaders = [DataLoader(Slow(), 2, num_workers=2, persistent_workers=p) for p in (True, False)]
iterators = [iter(loader) for loader in loaders]
next(iterators[0]), next(iterators[1]), iter(loaders[1])
print("here")
{ending}
""")
    done = subprocess.run(
        [sys.executable, "-m", "jtorch", str(script)],
        capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout == "here\n"
    assert (done.returncode == 0) == (ending != "raise KeyboardInterrupt")
    assert "Fatal" not in done.stderr and "Exception ignored" not in done.stderr


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.bool])
def test_views_are_put_together_without_running_their_ops(dtype):
    x, y = (torch.arange(24).view(6, 2, 2) % 3).to(dtype), torch.arange(6)

    class Views(Numbers):
        def __getitem__(self, i):
            return x[i], x[:, 1, i % 2], x[i].t(), y[i]

    x.tolist(), y.tolist()
    loader = DataLoader(Views(6), 4)
    list(loader)
    before = pending_ops(), stats.runs
    batches = list(loader)
    if dtype is not torch.bfloat16:
        assert (pending_ops(), stats.runs) == before
    for start, (a, b, c, d) in zip((0, 4), batches):
        rows = range(start, min(start + 4, 6))
        assert a.tolist() == [x[i].tolist() for i in rows]
        assert b.tolist() == [x[:, 1, i % 2].tolist() for i in rows]
        assert c.tolist() == [x[i].t().tolist() for i in rows]
        assert d.tolist() == list(rows)


def test_views_are_read_when_they_are_put_together():
    x = torch.zeros(4, 2)

    class Written(Numbers):
        def __getitem__(self, i):
            row = x[i]
            row += i
            return row

    (batch,) = DataLoader(Written(4), 4)
    assert batch.tolist() == [[i, i] for i in range(4)] == x.tolist()
    x.zero_()
    assert batch.tolist() == [[i, i] for i in range(4)]


@pytest.mark.parametrize("workers", [0, 1])
def test_programs_are_made_for_samples_that_come_again_soon(workers):
    x = torch.ones(200, 2 + workers)  # programs of its own
    x.tolist()

    class Alike(Numbers):
        def __getitem__(self, i):
            return x[i] * 2 + 1

    class Different(Numbers):
        def __getitem__(self, i):
            ops = [torch.neg, torch.abs, torch.exp]
            return ops[i % 3](ops[i // 3 % 3](ops[i // 9 % 3](ops[i // 27 % 3](x[i] + 1))))

    def compiled(data):
        before = stats.programs
        for _ in range(3):
            list(DataLoader(data, 2, num_workers=workers))
        return stats.programs - before

    assert compiled(Alike(20)) > 0
    assert compiled(Different(80)) == 0
