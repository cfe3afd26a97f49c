"""torch.utils.model_zoo: the older name of torch.hub's loading of files, and the progress bar that
packages import from here. The bar is tqdm's where that is installed.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from ..hub import load_state_dict_from_url as load_url

__all__ = ["load_url", "tqdm"]


class _Progress:
    """As much of tqdm as downloads use: a count, shown on stderr until it is closed."""

    def __init__(
        self, iterable: Iterable | None = None, total: float | None = None,
        disable: bool = False, **options: Any,
    ):  # fmt: skip
        self.iterable, self.total, self.disable = iterable, total, disable
        self.n = 0

    def __iter__(self) -> Iterator:
        for each in self.iterable or ():
            yield each
            self.update(1)
        self.close()

    def update(self, n: float) -> None:
        """That many are done now."""
        if self.disable:
            return
        self.n += n
        whole = f"{100 * self.n / self.total:.1f}%" if self.total else f"{self.n}"
        sys.stderr.write(f"\r{whole}")
        sys.stderr.flush()

    def close(self) -> None:
        """End the line."""
        if not self.disable:
            self.disable = True
            sys.stderr.write("\n")

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


tqdm: Any = _Progress
if importlib.util.find_spec("tqdm") is not None:
    from tqdm import tqdm
