"""Workers that are processes: the same batches as from threads, tensors that arrive whole, errors,
deaths, and nothing left behind. One loader serves several tests, because spawning takes seconds.
"""

import os
import random
import sys
import threading
import time

import numpy as np
import pytest

import jtorch as torch
from jtorch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info
from jtorch.utils.data._utils import processes

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")


class Draws(Dataset):
    """Keys, tensors large and small, and numbers from every generator."""

    def __len__(self):
        return 6

    def __getitem__(self, i):
        info = get_worker_info()
        draws = torch.rand(2), random.random(), np.random.rand()
        kinds = torch.full((2,), i, dtype=torch.bfloat16), torch.ones(3, 2).t() * i, "text"
        return i, info.id, info.seed, torch.full((300, 400), float(i)), *draws, *kinds


class Stream(IterableDataset):
    def __iter__(self):
        info = get_worker_info()
        return iter(range(info.id, 7, info.num_workers))


class Unwell(Dataset):
    """Raises what cannot be pickled, returns what cannot be pickled, waits, exits."""

    def __len__(self):
        return 5

    def __getitem__(self, i):
        if i == 1:

            class Local(Exception):
                pass

            raise Local("boom")
        if i == 2:
            return threading.Lock()
        if i == 3:
            raise KeyError("k")
        if i == 4:
            sys.exit(3)
        return i


class Slow(Dataset):
    def __len__(self):
        return 2

    def __getitem__(self, i):
        time.sleep(60)


def seed_worker(worker_id):
    assert get_worker_info().id == worker_id


def first(samples):
    return samples[0]


def plain(x):
    return (
        [plain(y) for y in x] if isinstance(x, (list, tuple)) else getattr(x, "tolist", lambda: x)()
    )


@pytest.mark.parametrize(("method", "data"), [("spawn", Draws()), ("forkserver", Stream())])
def test_batches_are_those_of_threads(method, data):
    seen = []
    for context in (None, method):
        torch.manual_seed(5)
        loader = DataLoader(
            data, 2, num_workers=2, worker_init_fn=seed_worker,
            multiprocessing_context=context, persistent_workers=True,
        )  # fmt: skip
        seen.append([plain(list(loader)), plain(list(loader))])
    assert seen[0] == seen[1]
    crew = loader._iterator._crew
    assert os.listdir(crew.folder) == []
    loader._iterator._shutdown_workers()
    assert not any(worker.is_alive() for worker in crew.workers)
    folder = crew.folder
    del crew
    assert not os.path.exists(folder)


def test_failures():
    loader = DataLoader(
        Unwell(), 1, num_workers=1, collate_fn=first, multiprocessing_context="spawn"
    )
    iterator = iter(loader)
    assert next(iterator) == 0
    seen = []
    for _ in range(4):
        with pytest.raises(Exception) as caught:
            next(iterator)
        seen.append((caught.type, str(caught.value)))
    assert seen[0][1].startswith("Caught ") and "Local" in seen[0][1]
    assert seen[1][0] is TypeError and "cannot pickle" in seen[1][1]
    assert (
        seen[2][0] is KeyError and "Caught KeyError in DataLoader worker process 0." in seen[2][1]
    )
    assert seen[3][0] is RuntimeError
    assert (
        seen[3][1]
        == f"DataLoader worker (pid(s) {iterator._crew.workers[0].pid}) exited unexpectedly"
    )


def test_timeout(monkeypatch):
    monkeypatch.setattr(processes, "PATIENCE", 0.2)
    loader = DataLoader(Slow(), num_workers=1, timeout=0.1, multiprocessing_context="spawn")
    iterator = iter(loader)
    with pytest.raises(RuntimeError, match="DataLoader timed out after 0.1 seconds"):
        next(iterator)
    workers = iterator._crew.workers
    del iterator
    assert not any(worker.is_alive() for worker in workers)


def test_parcels(tmp_path):
    data = {
        "large": torch.arange(100_000), "strided": torch.ones(400, 300).t(),
        "0d": torch.tensor(3.0), "array": np.arange(100_000.0),
        "bf16": torch.ones(300_000, dtype=torch.bfloat16),
        "grad": torch.ones(2, requires_grad=True), "bool": torch.tensor([True]),
    }  # fmt: skip
    for folder in (str(tmp_path), None, "/dev/full/nothing"):
        if folder == "/dev/full/nothing":
            with pytest.raises(OSError):
                processes.pack(data, folder)
            continue
        parcel = processes.pack(data, folder)
        assert len(list(tmp_path.iterdir())) == (0 if folder is None else len(parcel.files))
        back = processes.unpack(parcel)
        assert not list(tmp_path.iterdir())
        for name, x in data.items():
            y = back[name]
            assert (type(y), y.dtype, y.shape) == (type(x), x.dtype, x.shape)
            assert y.tolist() == x.tolist()
        assert back["strided"].stride() == (1, 300)
        assert back["grad"].requires_grad
        back["array"][0] = 5  # memory of its own
        back["large"].add_(1)


def test_forks_are_refused():
    with pytest.raises(RuntimeError, match="cannot be forked"):
        DataLoader(Draws(), num_workers=1, multiprocessing_context="fork")
