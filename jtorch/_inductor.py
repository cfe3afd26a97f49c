"""torch._inductor as far as scripts reach into it: settings of a compiler that is not there, which
are kept and change nothing.
"""

from __future__ import annotations

from types import SimpleNamespace

from ._errors import no_attribute as _no_attribute

config = SimpleNamespace(
    coordinate_descent_tuning=False, cpp=SimpleNamespace(), epilogue_fusion=True,
    fx_graph_cache=True, max_autotune=False, triton=SimpleNamespace(unique_kernel_names=True),
)  # fmt: skip


def __getattr__(name: str):
    raise _no_attribute("torch._inductor", name)
