"""`torch.multiprocessing`: Python's multiprocessing under torch's name, with `spawn` for functions
that run once in each of several processes. Knows nothing of tensors, which pickle themselves.

Tensors pass through queues and pipes and as arguments, as copies. Processes have to be spawned (or
come from a fork server): in a forked child any computation raises RuntimeError.
"""

import multiprocessing
import sys
from multiprocessing import *  # noqa: F403  # pyright: ignore[reportWildcardImportFromLibrary]

from .spawn import ENV_VAR_PARALLEL_START as ENV_VAR_PARALLEL_START
from .spawn import ProcessContext as ProcessContext
from .spawn import ProcessExitedException as ProcessExitedException
from .spawn import ProcessRaisedException as ProcessRaisedException
from .spawn import SpawnContext as SpawnContext
from .spawn import spawn as spawn
from .spawn import start_processes as start_processes

__all__ = ["set_sharing_strategy", "get_sharing_strategy", "get_all_sharing_strategies"]
__all__ += multiprocessing.__all__  # type: ignore[attr-defined]

_strategies = {"file_system"} if sys.platform == "darwin" else {"file_descriptor", "file_system"}
_strategy = ["file_system" if sys.platform == "darwin" else "file_descriptor"]


def set_sharing_strategy(new_strategy: str) -> None:
    """How torch shares the memory of tensors between processes. The name is kept; tensors are
    copied whatever it is.
    """
    assert new_strategy in _strategies, (
        f"invalid sharing strategy {new_strategy!r}, expected one of {_strategies}"
    )
    _strategy[0] = new_strategy


def get_sharing_strategy() -> str:
    """The name that was set last."""
    return _strategy[0]


def get_all_sharing_strategies() -> set[str]:
    """The names that can be set."""
    return _strategies
