"""Loading with workers, as data that two processes can compare: `python -m compat.loading` prints
what real torch does. torch's workers are forked, which a process that has started JAX must not do.
"""

from __future__ import annotations

import json
import random
import sys
import warnings

import numpy as np
import torch

from .programs._outcome import describe


class Two(Exception):
    """Cannot be raised again from its message."""

    def __init__(self, a, b):
        super().__init__(a, b)


class Kit:
    """Datasets of one library."""

    def __init__(self, torch):
        data = self.data = torch.utils.data

        class Numbers(data.Dataset):
            def __init__(self, n=10):
                self.n = n

            def __len__(self):
                return self.n

            def __getitem__(self, i):
                return i

        class NoLength(data.Dataset):
            def __getitem__(self, i):
                return i

        class Batched(Numbers):
            def __getitems__(self, indices):
                return indices[:1]

        class Stream(data.IterableDataset):
            def __init__(self, n=7):
                self.n = n

            def __iter__(self):
                info = data.get_worker_info()
                if info is None:
                    return iter(range(self.n))
                return iter(range(info.id, self.n, info.num_workers))

        class Sized(Stream):
            def __len__(self):
                return self.n - 3

        class Same(Stream):
            def __iter__(self):
                return iter(range(self.n))

        self.Numbers, self.NoLength, self.Batched = Numbers, NoLength, Batched
        self.Stream, self.Sized, self.Same = Stream, Sized, Same


def with_workers(torch, make, options, passes=2):
    """The batches of some passes, and the program's own random numbers afterwards."""
    k = Kit(torch)
    torch.manual_seed(5)
    random.seed(1)
    np.random.seed(2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loader = k.data.DataLoader(make(torch, k), **options)
        out = [describe(list(loader), torch) for _ in range(passes)]
    return [*out, random.random(), np.random.rand(), torch.rand(3).tolist()]


def numbers(torch, k):
    return k.Numbers()


def tensors(torch, k):
    return k.data.TensorDataset(torch.arange(22.0).view(11, 2), torch.arange(11))


def stream(torch, k):
    return k.Stream(11)


def same_stream(torch, k):
    return k.Same(5)


def infos(torch, k):
    class Infos(k.Numbers):
        def __getitem__(self, i):
            info = k.data.get_worker_info()
            return i, info.id, info.num_workers, info.seed, torch.initial_seed(), len(info.dataset)

    return Infos()


def host_draws(torch, k):
    class Draws(k.Numbers):
        def __getitem__(self, i):
            return i, random.random(), float(np.random.rand()), random.randint(0, 9)

    return Draws()


def torch_draws(torch, k):
    class Draws(k.Numbers):
        def __getitem__(self, i):
            return i, torch.rand(2), torch.randint(0, 100, (3,)), torch.randperm(4)

    return Draws()


def stream_draws(torch, k):
    class Draws(k.Stream):
        def __iter__(self):
            for i in super().__iter__():
                yield i, random.random()

    return Draws(11)


def pipe(torch, k):
    source = k.data.datapipes.iter.IterableWrapper(range(12))
    return source.shuffle().sharding_filter().map(float)


def unsharded_pipe(torch, k):
    return k.data.datapipes.iter.IterableWrapper(range(6)).batch(2).collate()


def keyed_pipe(torch, k):
    return k.data.datapipes.map.SequenceWrapper(range(7)).map(float)


def augmented(torch, k):
    class Augmented(k.Numbers):
        def __getitem__(self, i):
            x = torch.arange(6.0).view(2, 3) + i
            if torch.rand(1) < 0.5:
                x = x.flip(-1)
            i = torch.randint(0, 3, (1,)).item()
            return x.roll(i, 1) + torch.empty(2, 3).uniform_(-1, 1), random.choice("abc")

    return Augmented(12)


def seed_worker(worker_id):
    random.seed(worker_id)
    np.random.seed(worker_id + 100)


WORKER_CASES = [
    (numbers, dict(batch_size=3, num_workers=2)),
    (numbers, dict(batch_size=3, num_workers=2, shuffle=True)),
    (numbers, dict(batch_size=None, num_workers=3)),
    (numbers, dict(batch_size=2, num_workers=2, shuffle=True, persistent_workers=True)),
    (numbers, dict(batch_size=2, num_workers=3, prefetch_factor=1)),
    (tensors, dict(batch_size=4, num_workers=2, shuffle=True)),
    (stream, dict(batch_size=2, num_workers=3)),
    (stream, dict(batch_size=2, num_workers=3, drop_last=True)),
    (stream, dict(batch_size=None, num_workers=2, persistent_workers=True)),
    (stream, dict(batch_size=3, num_workers=2, prefetch_factor=1)),
    (same_stream, dict(batch_size=2, num_workers=2)),
    (pipe, dict(batch_size=2, num_workers=2)),
    (pipe, dict(batch_size=2, num_workers=2, persistent_workers=True, shuffle=False)),
    (pipe, dict(batch_size=2, num_workers=2, persistent_workers=True, shuffle=True)),
    (pipe, dict(batch_size=5, shuffle=True)),
    (unsharded_pipe, dict(batch_size=None, num_workers=2)),
    (keyed_pipe, dict(batch_size=2, num_workers=2, shuffle=True)),
    (augmented, dict(batch_size=3, num_workers=2, shuffle=True)),
    (infos, dict(batch_size=3, num_workers=2)),
    (host_draws, dict(batch_size=2, num_workers=2)),
    (host_draws, dict(batch_size=2, num_workers=2, worker_init_fn=seed_worker)),
    (host_draws, dict(batch_size=2, num_workers=2, persistent_workers=True, shuffle=True)),
    (torch_draws, dict(batch_size=2, num_workers=2)),
    (torch_draws, dict(batch_size=2, num_workers=2, persistent_workers=True)),
    (stream_draws, dict(batch_size=2, num_workers=3)),
]


def worker_errors(torch):
    """First and last line of what arrives for each kind of exception."""
    k, out = Kit(torch), []

    class Raises(k.Numbers):
        def __init__(self, error):
            super().__init__(4)
            self.error = error

        def __getitem__(self, i):
            raise self.error

    def fails(worker_id):
        raise OSError("init")

    def broken(batch):
        return 1 / 0

    cases = [(Raises(e), {}) for e in (ValueError("boom"), KeyError("k"), Two(1, 2))]
    cases += [(k.Numbers(), {"worker_init_fn": fails}), (k.Numbers(), {"collate_fn": broken})]
    for data, options in cases:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                list(k.data.DataLoader(data, 2, num_workers=1, **options))
            except Exception as e:
                lines = str(e).strip().split("\n")
                out.append([type(e).__name__, *lines[:2], lines[-1].replace("compat.loading.", "")])
    return out


def outcomes(torch):
    """All of the above, as JSON keeps it."""
    found = [with_workers(torch, *case) for case in WORKER_CASES]
    return json.loads(json.dumps([*found, worker_errors(torch)]))


if __name__ == "__main__":
    json.dump(outcomes(torch), sys.stdout)
