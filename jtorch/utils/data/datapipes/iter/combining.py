"""Pipes that make one of several, and several of one."""

from __future__ import annotations

import copy as copying
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from .._decorator import functional_datapipe
from .._functions import check_function
from ..datapipe import IterDataPipe

__all__ = [
    "ConcaterIterDataPipe",
    "DemultiplexerIterDataPipe",
    "ForkerIterDataPipe",
    "MultiplexerIterDataPipe",
    "ZipperIterDataPipe",
]


@functional_datapipe("concat")
class ConcaterIterDataPipe(IterDataPipe):
    """One pipe after the other."""

    datapipes: tuple[IterDataPipe, ...]

    def __init__(self, *datapipes: IterDataPipe) -> None:
        if len(datapipes) == 0:
            raise ValueError("Expected at least one DataPipe, but got nothing")
        if not all(isinstance(dp, IterDataPipe) for dp in datapipes):
            raise TypeError("Expected all inputs to be `IterDataPipe`")
        self.datapipes = datapipes

    def __iter__(self) -> Iterator[Any]:
        for pipe in self.datapipes:
            yield from pipe

    def __len__(self) -> int:
        return sum(_lengths(self, self.datapipes))


@functional_datapipe("zip")
class ZipperIterDataPipe(IterDataPipe):
    """Tuples of the pipes' items, until the shortest ends."""

    datapipes: tuple[IterDataPipe, ...]

    def __init__(self, *datapipes: IterDataPipe) -> None:
        if not all(isinstance(dp, IterDataPipe) for dp in datapipes):
            raise TypeError("All inputs are required to be `IterDataPipe` for `ZipIterDataPipe`.")
        super().__init__()
        self.datapipes = datapipes

    def __iter__(self) -> Iterator[tuple]:
        yield from zip(*self.datapipes)

    def __len__(self) -> int:
        return min(_lengths(self, self.datapipes))


@functional_datapipe("mux")
class MultiplexerIterDataPipe(IterDataPipe):
    """An item of each pipe in turn, until the shortest ends."""

    def __init__(self, *datapipes: Any) -> None:
        self.datapipes = datapipes

    def __iter__(self) -> Iterator[Any]:
        for row in zip(*self.datapipes):
            yield from row

    def __len__(self) -> int:
        return min(_lengths(self, self.datapipes)) * len(self.datapipes)


def _lengths(pipe: IterDataPipe, sources: tuple) -> list[int]:
    if not all(hasattr(type(source), "__len__") for source in sources):
        raise TypeError(f"{type(pipe).__name__} instance doesn't have valid length")
    return [len(source) for source in sources]


# -- several of one --


class _Splitter(IterDataPipe):
    """Hands the items of one pipe to its children, and keeps those that not all have seen."""

    def __init__(self, datapipe: Any, num_instances: int, buffer_size: int) -> None:
        self.main_datapipe = datapipe
        self.num_instances = num_instances
        self.buffer_size = buffer_size
        self.start()

    def start(self) -> None:
        """Begin anew, for all children."""
        self.source: Iterator[Any] | None = None
        self.waiting: list[deque] = [deque() for _ in range(self.num_instances)]
        self.started = [False] * self.num_instances
        self.ended = [False] * self.num_instances

    def items(self, child: int) -> Iterator[Any]:
        """What one child sees. Asking for the second time begins anew."""
        if self.started[child]:
            if not all(self.ended):
                warnings.warn(
                    "Some child DataPipes are not exhausted when __iter__ is called. We are "
                    "resetting the buffer and each child DataPipe will read from the start again.",
                    UserWarning,
                    stacklevel=4,
                )
            self.start()
        self.started[child] = True
        waiting = self.waiting[child]
        while waiting is self.waiting[child]:
            if not waiting and not self.fetch(child):
                self.ended[child] = True
                return
            if waiting:
                yield waiting.popleft()

    def fetch(self, child: int) -> bool:
        """Take one more item of the pipe; False at its end."""
        if self.source is None:
            self.source = iter(self.main_datapipe)
        try:
            item = next(self.source)
        except StopIteration:
            return False
        self.hand_out(item, child)
        return True

    def hand_out(self, item: Any, child: int) -> None:
        """Put an item where those it is for will look."""
        raise NotImplementedError

    def __getstate__(self) -> Any:
        return {**self.__dict__, "source": None}


class _ChildDataPipe(IterDataPipe):
    """One of the pipes that another was split into."""

    def __init__(self, main_datapipe: _Splitter, instance_id: int) -> None:
        self.main_datapipe = main_datapipe
        self.instance_id = instance_id

    def __iter__(self) -> Iterator[Any]:
        return self.main_datapipe.items(self.instance_id)

    def __len__(self) -> int:
        if isinstance(self.main_datapipe, _Forker):
            return len(self.main_datapipe.main_datapipe)
        raise TypeError


def _check_split(num_instances: int, buffer_size: int, name: str) -> None:
    if num_instances < 1:
        raise ValueError(f"Expected `num_instances` larger than 0, but {num_instances} is found")
    if buffer_size < 0:
        warnings.warn(
            f"Unlimited buffer size is set for `{name}`, please be aware of OOM at random places",
            UserWarning,
            stacklevel=5,
        )


class _Forker(_Splitter):
    copy_fn: Any = None

    def hand_out(self, item: Any, child: int) -> None:
        for i, waiting in enumerate(self.waiting):
            waiting.append(item if self.copy_fn is None or i == child else self.copy_fn(item))
        most = max(len(waiting) for waiting in self.waiting)
        if 0 <= self.buffer_size < most:
            raise BufferError(
                f"ForkerIterDataPipe buffer overflow,buffer size {self.buffer_size} is "
                "insufficient."
            )


@functional_datapipe("fork")
class ForkerIterDataPipe(IterDataPipe):
    """`num_instances` pipes, each of which has all the items: the same objects, or copies."""

    def __new__(
        cls, datapipe: IterDataPipe, num_instances: int, buffer_size: int = 1000, copy=None
    ) -> Any:
        _check_split(num_instances, buffer_size, "fork")
        kinds = {None: None, "shallow": copying.copy, "deep": copying.deepcopy}
        if copy not in kinds:
            raise ValueError(
                f"Unknown copy method `{copy}` requested, choose one of None, `shallow` or `deep`."
            )
        if num_instances == 1:
            return datapipe
        splitter = _Forker(datapipe, num_instances, buffer_size)
        splitter.copy_fn = kinds[copy]
        return [_ChildDataPipe(splitter, i) for i in range(num_instances)]


class _Demultiplexer(_Splitter):
    classifier_fn: Any
    drop_none = False

    def hand_out(self, item: Any, child: int) -> None:
        which = self.classifier_fn(item)
        if which is None and self.drop_none:
            return
        if which is None or not 0 <= which < self.num_instances:
            raise ValueError(
                f"Output of the classification fn should be between 0 and {self.num_instances - 1}."
                f" {which} is returned."
            )
        self.waiting[which].append(item)
        kept = sum(map(len, self.waiting)) - (which == child)
        if 0 <= self.buffer_size < kept:
            raise BufferError(
                f"DemultiplexerIterDataPipe buffer overflow, buffer size {self.buffer_size} is "
                "insufficient."
            )


@functional_datapipe("demux")
class DemultiplexerIterDataPipe(IterDataPipe):
    """`num_instances` pipes; `classifier_fn` says the number of the one that an item belongs to."""

    def __new__(
        cls,
        datapipe: IterDataPipe,
        num_instances: int,
        classifier_fn: Callable[[Any], int | None],
        drop_none: bool = False,
        buffer_size: int = 1000,
    ) -> Any:
        _check_split(num_instances, buffer_size, "demux")
        check_function(classifier_fn)
        splitter = _Demultiplexer(datapipe, num_instances, buffer_size)
        splitter.classifier_fn, splitter.drop_none = classifier_fn, drop_none
        return [_ChildDataPipe(splitter, i) for i in range(num_instances)]
