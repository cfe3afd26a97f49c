"""One pass over a DataLoader: in the calling thread, or with workers fetching ahead."""

from __future__ import annotations

import atexit
import functools
import itertools
import time
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ....accelerator import is_available as accelerator_is_available
from .._draws import draw_seed
from ..datapipes.datapipe import IterDataPipe, MapDataPipe
from . import processes, threads
from .exceptions import ExceptionWrapper
from .fetch import IterableFetcher, MapFetcher
from .worker import Exhausted, Plan, Task, reseed, shard_worker

if TYPE_CHECKING:
    from ..dataloader import DataLoader

Crew = threads.ThreadCrew | processes.ProcessCrew


@atexit.register
def _stop_all(patience: float = 5.0) -> None:
    """At exit: no thread may be in the middle of something when the interpreter goes."""
    crews: list[Crew] = [*threads.crews, *processes.crews]
    for crew in crews:
        crew.stop()
    deadline = time.monotonic() + patience
    for crew in crews:
        crew.join(deadline)


class _DatasetKind:
    """How a dataset is asked for samples."""

    Map = 0
    Iterable = 1


def _fetchers(loader: DataLoader) -> Callable[[Any], Any]:
    """What makes fetchers for a loader, without a reference to it: a worker thread must not keep
    alive the iterator whose end is to stop it.
    """
    return functools.partial(
        MapFetcher if loader._dataset_kind == _DatasetKind.Map else IterableFetcher,
        auto_collation=loader._auto_collation,
        collate_fn=loader.collate_fn,
        drop_last=loader.drop_last,
    )


class _BaseDataLoaderIter:
    """Draws a seed for workers, then the keys; `_next_data` turns them into batches."""

    def __init__(self, loader: DataLoader) -> None:
        self._loader = loader
        self._dataset = loader.dataset
        self._dataset_kind = loader._dataset_kind
        self._index_sampler = loader._index_sampler
        self._num_workers = loader.num_workers
        self._persistent_workers = loader.persistent_workers
        self._timeout = loader.timeout
        self._IterableDataset_len_called = loader._IterableDataset_len_called
        self._shared_seed = self._new_shared_seed()
        self._sampler_iter: Iterator[Any] = iter(self._index_sampler)
        self._base_seed = draw_seed(loader.generator)
        self._num_yielded = 0
        if loader.pin_memory and loader.pin_memory_device:
            warnings.warn(
                "pin_memory_device is deprecated, the current accelerator will be used as the "
                f"device,ignore pin_memory_device='{loader.pin_memory_device}'.",
                stacklevel=4,
            )
        if loader.pin_memory and not accelerator_is_available():
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device "
                "pinned memory won't be used.",
                stacklevel=4,
            )

    def _new_shared_seed(self) -> int | None:
        """What the workers' copies of a datapipe draw their seeds from."""
        if not isinstance(self._dataset, IterDataPipe):
            return None
        seed = draw_seed(self._loader.generator)
        reseed(self._dataset, seed)
        return seed

    def _reset(self, loader: DataLoader) -> None:
        """Another pass with the same workers."""
        raise NotImplementedError

    def __iter__(self) -> _BaseDataLoaderIter:
        return self

    def __next__(self) -> Any:
        data = self._next_data()
        self._num_yielded += 1
        told = self._IterableDataset_len_called
        if self._dataset_kind == _DatasetKind.Iterable and told is not None:
            if self._num_yielded > told:
                self._warn_about_length(told)
        return data

    def _next_data(self) -> Any:
        raise NotImplementedError

    def _warn_about_length(self, told: int) -> None:
        message = (
            f"Length of IterableDataset {self._dataset} was reported to be {told}(when accessing "
            f"len(dataloader)), but {self._num_yielded} samples have been fetched. "
        )
        if self._num_workers > 0:
            message += (
                "For multiprocessing data-loading, this could be caused by not properly "
                "configuring the IterableDataset replica at each worker. Please see "
                "https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset "
                "for examples."
            )
        warnings.warn(message, stacklevel=3)

    def __len__(self) -> int:
        return len(self._index_sampler)

    def __getstate__(self) -> Any:
        raise NotImplementedError("{} cannot be pickled", self.__class__.__name__)


class _SingleProcessDataLoaderIter(_BaseDataLoaderIter):
    """Fetches when asked, in the thread that asks."""

    def __init__(self, loader: DataLoader) -> None:
        super().__init__(loader)
        assert self._timeout == 0, "_SingleProcessDataLoaderIter requires timeout == 0"
        self._fetcher = _fetchers(loader)(self._dataset)

    def _next_data(self) -> Any:
        return self._fetcher.fetch(next(self._sampler_iter))


class _MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """Hands keys to workers in turn, `prefetch_factor` ahead for each, and gives batches back in
    the order of the keys (with `in_order=False`, as they come). The workers are threads, or
    processes of the loader's `multiprocessing_context`.
    """

    def __init__(self, loader: DataLoader) -> None:
        super().__init__(loader)
        assert loader.prefetch_factor is not None and loader.prefetch_factor > 0, (
            "prefetch_factor must be greater than 0 for MultiProcessingDataLoaderIter"
        )
        init_fn = loader.worker_init_fn
        if isinstance(self._dataset, (IterDataPipe, MapDataPipe)):
            init_fn = functools.partial(shard_worker, init_fn)
        plan = Plan(
            self._dataset,
            _fetchers(loader),
            self._dataset_kind == _DatasetKind.Iterable,
            init_fn,
            self._base_seed,
            self._num_workers,
        )
        context = loader.multiprocessing_context
        self._crew: Crew | None = (
            threads.ThreadCrew(plan) if context is None else processes.ProcessCrew(plan, context)
        )
        self._new_shared_seed()  # torch draws another one, for nothing
        self._epoch = -1
        self._start()

    def _reset(self, loader: DataLoader) -> None:
        """Another pass with the same workers."""
        self._IterableDataset_len_called = loader._IterableDataset_len_called
        self._sampler_iter = iter(self._index_sampler)
        self._num_yielded = 0
        self._shared_seed = self._new_shared_seed()
        self._start()

    def _start(self) -> None:
        self._epoch += 1
        self._send_idx = 0  # number of the next task
        self._rcvd_idx = 0  # number of the next batch to give back
        self._owner: dict[int, int] = {}  # task -> worker
        self._early: dict[int, Any] = {}  # task -> batch that came before its turn
        self._working = [True] * self._num_workers  # whether a worker's stream goes on
        self._tasks_of = [0] * self._num_workers
        self._cycle = itertools.cycle(range(self._num_workers))
        for _ in range(self._loader.prefetch_factor * self._num_workers):  # type: ignore[operator]
            self._try_put_index()

    def _try_put_index(self) -> None:
        """Send out the next key, to the next worker that still has samples."""
        try:
            key = next(self._sampler_iter)
        except StopIteration:
            return
        worker_id = self._next_worker()
        if worker_id is None:
            return
        assert self._crew is not None
        self._crew.put(worker_id, Task(self._epoch, self._send_idx, key, self._shared_seed))
        self._owner[self._send_idx] = worker_id
        self._tasks_of[worker_id] += 1
        self._send_idx += 1

    def _next_worker(self) -> int | None:
        most = self._loader.prefetch_factor * self._num_workers  # type: ignore[operator]
        for _ in range(self._num_workers):
            worker_id = next(self._cycle)
            if not self._working[worker_id]:
                continue
            share = most // sum(self._working)
            if self._loader.in_order or self._tasks_of[worker_id] < share:
                return worker_id
        return None

    def _next_data(self) -> Any:
        while True:
            self._skip_exhausted()
            if self._rcvd_idx >= self._send_idx or self._crew is None:
                if not self._persistent_workers:
                    self._shutdown_workers()
                raise StopIteration
            if self._rcvd_idx in self._early:
                data = self._early.pop(self._rcvd_idx)
                self._rcvd_idx += 1
                return self._process_data(data)
            worker_id, task, data = self._crew.get(self._owner[self._rcvd_idx], self._timeout)
            if task.epoch != self._epoch:
                continue  # of a pass that was left early
            self._tasks_of[worker_id] -= 1
            if isinstance(data, Exhausted):
                self._working[worker_id] = False
                self._try_put_index()
                continue
            del self._owner[task.index]
            if task.index == self._rcvd_idx:
                self._rcvd_idx += 1
            elif self._loader.in_order:
                self._owner[task.index] = worker_id
                self._early[task.index] = data
                continue
            return self._process_data(data)

    def _skip_exhausted(self) -> None:
        """Step over tasks that were given back out of order, or that nobody will answer."""
        while self._rcvd_idx < self._send_idx and self._rcvd_idx not in self._early:
            worker_id = self._owner.get(self._rcvd_idx)
            if worker_id is not None and self._working[worker_id]:
                return
            self._owner.pop(self._rcvd_idx, None)
            self._rcvd_idx += 1

    def _process_data(self, data: Any) -> Any:
        self._try_put_index()
        if isinstance(data, ExceptionWrapper):
            data.reraise()
        return data

    def _shutdown_workers(self) -> None:
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.stop()

    def __del__(self) -> None:
        if getattr(self, "_crew", None) is not None:
            self._shutdown_workers()
