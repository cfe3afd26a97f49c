"""Workers that are processes, spawned or from a fork server, for a DataLoader that was given a
`multiprocessing_context`. One pipe each: tasks go down, results come up. The contents of large
tensors and arrays travel as files in shared memory, which the receiver maps and unlinks at once.
"""

from __future__ import annotations

import io
import mmap
import os
import pickle
import queue
import random
import shutil
import tempfile
import threading
import time
import weakref
from contextlib import nullcontext
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

import jax
import numpy as np

from ...._tensor import Tensor
from ....ops import random as torch_random
from .._arrays import adopt, borrow, is_on_host
from .exceptions import ExceptionWrapper
from .worker import Plan, Task, WorkerInfo, introduce, numpy_seed, serve

SHARED_MEMORY = "/dev/shm"
LARGE = 1 << 18  # bytes, from which on a file is cheaper than the pipe
PATIENCE = 5.0  # seconds for workers to end


# -- sending --


class _Parcel(NamedTuple):
    """An object on its way: its pickle, and where the contents of its large arrays are."""

    pickled: bytes
    files: list[tuple[str, int] | bytes]  # (path, size), or the bytes themselves


class _Pickler(pickle.Pickler):
    """Plain tensors travel as their ndarrays."""

    def reducer_override(self, obj: Any) -> Any:
        if obj.__class__ is Tensor and is_on_host(obj) and not obj.__dict__:
            array = borrow(obj)
            if obj.is_contiguous() and array.dtype.name in np.sctypeDict:
                return adopt, (np.ascontiguousarray(array).reshape(array.shape),)
        return NotImplemented


def pack(data: Any, folder: str | None) -> _Parcel:
    """Large buffers go to files in `folder`, or (if it is None, or full) into the parcel."""
    files: list[tuple[str, int] | bytes] = []

    def keep(buffer: pickle.PickleBuffer) -> bool:
        view = buffer.raw()
        if view.nbytes < LARGE:
            return True  # in band
        files.append(_store(view, folder))
        return False

    out = io.BytesIO()
    _Pickler(out, protocol=5, buffer_callback=keep).dump(data)
    return _Parcel(out.getvalue(), files)


def _store(view: memoryview, folder: str | None) -> tuple[str, int] | bytes:
    if folder is None:
        return bytes(view)
    handle, path = tempfile.mkstemp(dir=folder)
    with open(handle, "wb") as file:
        try:
            file.write(view)
        except OSError:  # no room there
            os.unlink(path)
            return bytes(view)
    return path, view.nbytes


def unpack(parcel: _Parcel) -> Any:
    """The object; its large arrays lie in memory of their own."""
    return pickle.loads(parcel.pickled, buffers=[_load(file) for file in parcel.files])


def _load(file: tuple[str, int] | bytes) -> Any:
    if isinstance(file, bytes):
        return bytearray(file)
    path, size = file
    with open(path, "rb") as source:
        memory = mmap.mmap(source.fileno(), size, access=mmap.ACCESS_COPY)
    os.unlink(path)
    return memory


# -- the main program's side --


class ProcessCrew:
    """The worker processes of one iterator. `put` gives a worker a task, `get` waits for any
    result.
    """

    def __init__(self, plan: Plan, context: Any) -> None:
        self.owner = os.getpid()
        self.folder = _shared_folder()
        if self.folder is not None:
            weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self.workers: list[Any] = []
        self.pipes: list[Connection] = []
        for worker_id in range(plan.num_workers):
            mine, theirs = context.Pipe()
            worker = context.Process(
                target=_run, args=(_OnCpu(), plan, worker_id, theirs, self.folder), daemon=True
            )
            worker.start()
            theirs.close()
            self.workers.append(worker)
            self.pipes.append(mine)
        crews.add(self)

    def put(self, worker_id: int, task: Task) -> None:
        try:
            self.pipes[worker_id].send(task)
        except OSError:  # it has died, which `get` reports
            pass

    def get(self, worker_id: int, timeout: float) -> tuple[int, Task, Any]:
        """The next result of any worker."""
        deadline = time.monotonic() + timeout if timeout > 0 else None
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            ready = wait(self.pipes, left)
            if not ready:
                raise RuntimeError(f"DataLoader timed out after {timeout} seconds")
            for pipe in ready:
                try:
                    message = unpack(pipe.recv())  # type: ignore[union-attr]
                except (EOFError, ConnectionError):
                    raise self._died() from None
                if message is not None:
                    return message

    def _died(self) -> RuntimeError:
        for worker in self.workers:
            worker.join(0.1)
        pids = ", ".join(str(worker.pid) for worker in self.workers if not worker.is_alive())
        return RuntimeError(f"DataLoader worker (pid(s) {pids}) exited unexpectedly")

    def stop(self) -> None:
        """End the workers: after what they are doing, or by force after a while."""
        if os.getpid() != self.owner:  # a fork: they are not its children
            return
        for pipe in self.pipes:
            try:
                pipe.send(None)
            except OSError:
                pass
        deadline = time.monotonic() + PATIENCE
        for worker, pipe in zip(self.workers, self.pipes):
            _drain(pipe, deadline)
            worker.join(max(0.0, deadline - time.monotonic()))
            if worker.is_alive():
                worker.terminate()
                worker.join()
            pipe.close()
        self.pipes = []

    def join(self, deadline: float) -> None:
        """`stop` has waited already."""


crews: weakref.WeakSet[ProcessCrew] = weakref.WeakSet()


def _drain(pipe: Connection, deadline: float) -> None:
    """Take what a worker still has to say until it hangs up, so that it is not stuck saying it."""
    try:
        while pipe.poll(max(0.0, deadline - time.monotonic())):
            pipe.recv_bytes()
    except (EOFError, OSError):
        pass


def _shared_folder() -> str | None:
    if not os.access(SHARED_MEMORY, os.W_OK):
        return None
    return tempfile.mkdtemp(prefix="jtorch-", dir=SHARED_MEMORY)


# -- the worker's side --


def _use_cpu() -> None:
    """Workers must not take the accelerator's memory. Does nothing once JAX has started."""
    jax.config.update("jax_platforms", "cpu")


class _OnCpu:
    """Comes first among a worker's arguments, so that no tensor among them starts JAX before."""

    def __reduce__(self):
        return _use_cpu, ()


def _run(_: Any, plan: Plan, worker_id: int, pipe: Connection, folder: str | None) -> None:
    """The life of a worker process."""
    seed = plan.base_seed + worker_id
    info = WorkerInfo(worker_id, plan.num_workers, seed, plan.dataset)
    introduce(info, whole_process=True)
    torch_random.manual_seed(seed)
    random.seed(seed)
    np.random.seed(numpy_seed(plan.base_seed, worker_id))
    tasks: queue.SimpleQueue = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, tasks), daemon=True).start()
    try:
        serve(plan, worker_id, plan.dataset, tasks.get, partial(_send, pipe, folder), _no_turns)
    except (KeyboardInterrupt, BrokenPipeError, ConnectionError):
        pass  # the main program was interrupted too, or has gone


def _no_turns(*, deciding: bool = False) -> Any:
    return nullcontext()


def _receive(pipe: Connection, tasks: queue.SimpleQueue) -> None:
    """Takes tasks as they come, so that who sends them never waits for who works on them."""
    try:
        while (task := pipe.recv()) is not None:
            tasks.put(task)
    except (EOFError, OSError):
        pass
    tasks.put(None)


def _send(pipe: Connection, folder: str | None, message: tuple | None) -> None:
    try:
        parcel = pack(message, folder)
    except Exception:  # a batch, or an exception, that cannot be pickled
        assert message is not None
        worker_id, task, _ = message
        failure = ExceptionWrapper(where=f"in DataLoader worker process {worker_id}")
        parcel = pack((worker_id, task, failure), folder)
    pipe.send(parcel)
