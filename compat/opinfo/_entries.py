"""The entries of the database: names, which are in scope, what each supports. It runs none."""

from __future__ import annotations

import fnmatch
import functools
import itertools
import pathlib
import warnings
from typing import Any

import torch

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_device_type import toleranceOverride
    from torch.testing._internal.common_methods_invocations import op_db
    from torch.testing._internal.opinfo.core import BinaryUfuncInfo, UnaryUfuncInfo

from . import _translate
from ._compare import Rule

# Importing them forbids everybody to set torch's backend flags; the module itself is hidden.
torch.backends.flags_frozen.__globals__["__allow_nonbracketed_mutation_flag"] = True

HERE = pathlib.Path(__file__).parent
CHECKS = (
    "value", "grad", "gradgrad", "forward", "method", "inplace", "out", "strides", "error",
)  # fmt: skip
DTYPES = (
    "float32", "float64", "int64", "bool", "complex64", "bfloat16", "float16",
)  # fmt: skip

PRIVATE = "a private op of torch's dispatcher, torch.ops.aten._*"
# Decisions, each with its reason. Patterns match the entry's name.
OUT_OF_SCOPE = {
    "jiterator_*": "needs CUDA's just-in-time compiler",
    "torch.ops.aten._*": PRIVATE,
    "_softmax_backward_data": PRIVATE,
    "_batch_norm_with_update": PRIVATE,
    "_upsample_bilinear2d_aa": PRIVATE,
    "chalf": "complex32",
    "sparse.*": "sparse layouts",
    "to_sparse": "sparse layouts",
}

# What comes back has no values yet, or none that a seed determines.
NO_VALUES = frozenset({
    "empty", "empty_like", "empty_permuted", "empty_strided", "new_empty", "new_empty_strided",
    "resize_", "resize_as_",
})  # fmt: skip


GRADIENT = 5  # times the tolerance of values: a gradient is a longer computation

# Vectors that are defined up to a sign or phase.
UP_TO_PHASE = frozenset({
    "linalg.eig", "linalg.eigh", "linalg.svd", "pca_lowrank", "svd", "svd_lowrank",
})  # fmt: skip


class Entry:
    """One entry of the database."""

    def __init__(self, info: Any):
        self.info = info
        self.name = f"{info.name}.{info.variant_test_name}" if info.variant_test_name else info.name

    @functools.cached_property
    def out_of_scope(self) -> str | None:
        return next(
            (why for p, why in OUT_OF_SCOPE.items() if fnmatch.fnmatchcase(self.name, p)), None
        )

    @property
    def pointwise(self) -> bool:
        return isinstance(self.info, (UnaryUfuncInfo, BinaryUfuncInfo))

    @functools.cached_property
    def dtypes(self) -> frozenset[str]:
        return frozenset(_name(d) for d in self.info.supported_dtypes("cpu"))

    @functools.cached_property
    def backward_dtypes(self) -> frozenset[str]:
        if not self.info.supports_autograd:
            return frozenset()
        return frozenset(_name(d) for d in self.info.supported_backward_dtypes("cpu"))

    def checks(self, dtype: str) -> tuple[str, ...]:
        """Those that torch supports for this entry and dtype."""
        info, found = self.info, ["value", "strides"]
        if dtype in self.backward_dtypes:
            found.append("grad")
            if info.supports_gradgrad:
                found.append("gradgrad")
            if info.supports_forward_ad:
                found.append("forward")
        if info.method_variant is not None:
            found.append("method")
        if info.inplace_variant is not None:
            found.append("inplace")
        if info.supports_out:
            found.append("out")
        if info.error_inputs_func is not None and dtype == "float32":
            found.append("error")
        return tuple(c for c in CHECKS if c in found)

    def samples(self, dtype: str, limit: int | None = None) -> list:
        """Its samples; with a limit, that many spread over all."""
        torch.manual_seed(0)
        grad = dtype in self.backward_dtypes
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self.info.sample_inputs("cpu", getattr(torch, dtype), requires_grad=grad)
            found = list(itertools.islice(found, 5000))
        if limit is None or len(found) <= limit:
            return found
        return [found[(2 * i + 1) * len(found) // (2 * limit)] for i in range(limit)]

    def errors(self, limit: int | None = None) -> list:
        torch.manual_seed(0)
        return list(itertools.islice(self.info.error_inputs("cpu"), limit))

    def _tolerance(self) -> dict[str, tuple[float, float]]:
        """The entry's own tolerances, (relative, absolute) by dtype."""
        own: dict[str, tuple[float, float]] = {}
        for decorator in self.info.decorators:
            if getattr(decorator, "device_type", None) not in (None, "cpu"):
                continue
            for each in getattr(decorator, "decorators", [decorator]):
                if isinstance(each, toleranceOverride):
                    for dtype, tol in each.d.items():
                        rtol, atol = own.get(_name(dtype), (0.0, 0.0))
                        own[_name(dtype)] = max(rtol, tol.rtol), max(atol, tol.atol)
        return own

    @functools.cache  # noqa: B019  (entries live as long as the process)
    def rule(self, gradient: bool = False) -> Rule:
        """How close results, or gradients, have to be."""
        return Rule(
            own=self._tolerance(),
            elementwise=self.pointwise,
            values=self.name not in NO_VALUES,
            phases=gradient or self.name not in UP_TO_PHASE,
            factor=GRADIENT if gradient else 1,
        )

    @property
    def wrapper(self) -> Any:
        """What torch calls the op through for gradients. Not that of masked ops: it reads private
        functions to hide results that are undefined: here they are compared.
        """
        given = self.info.gradcheck_wrapper
        return _call if "masked" in given.__name__ else given

    # -- jtorch's forms

    def function(self) -> Any:
        return _translate.function(self.info.op)

    def variant(self, which: str) -> tuple[Any, Any]:
        """torch's and jtorch's form of it: method or inplace."""
        real = getattr(self.info, f"{which}_variant")
        return real, _translate.function(real)


def _call(op: Any, *args: Any, **kwargs: Any) -> Any:
    return op(*args, **kwargs)


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


@functools.cache
def entries() -> dict[str, Entry]:
    return {e.name: e for e in map(Entry, op_db)}
