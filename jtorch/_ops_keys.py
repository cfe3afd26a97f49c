"""The keys that operators have kernels for, and sets of them: torch._C.DispatchKey, DispatchKeySet.
Vocabulary: `_ops.py` gives them a meaning.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Iterable, Iterator

DispatchKey = enum.Enum(
    "DispatchKey",
    """
    Undefined CPU CUDA HIP XLA MPS IPU XPU HPU VE MTIA MAIA PrivateUse1 Meta QuantizedCPU SparseCPU
    SparseCsrCPU NestedTensorCPU BackendSelect Python Functionalize Conjugate Negative ZeroTensor
    ADInplaceOrView AutogradOther AutogradCPU AutogradCUDA AutogradXLA AutogradMPS AutogradXPU
    AutogradMeta Tracer AutocastCPU AutocastCUDA AutocastXPU AutocastXLA AutocastMPS
    FuncTorchBatched FuncTorchVmapMode Batched VmapMode PreDispatch PythonDispatcher Autograd
    CompositeImplicitAutograd CompositeImplicitAutogradNestedTensor CompositeExplicitAutograd
    CompositeExplicitAutogradNonFunctional
    """,
)
DispatchKey.__module__ = "torch._C"


class DispatchKeySet:
    """A set of keys, of one key or of some."""

    __module__ = "torch._C"

    def __init__(self, keys: DispatchKey | Iterable[DispatchKey]):
        self._keys = frozenset([keys] if isinstance(keys, DispatchKey) else keys)

    def __or__(self, other: DispatchKeySet) -> DispatchKeySet:
        return DispatchKeySet(self._keys | other._keys)

    def __and__(self, other: DispatchKeySet) -> DispatchKeySet:
        return DispatchKeySet(self._keys & other._keys)

    def __sub__(self, other: DispatchKeySet) -> DispatchKeySet:
        return DispatchKeySet(self._keys - other._keys)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DispatchKeySet) and self._keys == other._keys

    def __hash__(self) -> int:
        return hash(self._keys)

    def __iter__(self) -> Iterator[DispatchKey]:
        return iter(self._keys)

    def has(self, key: DispatchKey) -> bool:
        """Whether the key is among them."""
        return key in self._keys

    def add(self, key: DispatchKey) -> DispatchKeySet:
        """The set with one key more."""
        return DispatchKeySet(self._keys | {key})

    def remove(self, key: DispatchKey) -> DispatchKeySet:
        """The set without the key."""
        return DispatchKeySet(self._keys - {key})

    def __repr__(self) -> str:
        names = [key.name for key in DispatchKey if key in self._keys]
        return f"DispatchKeySet({', '.join(names)})"


AUTOGRAD = DispatchKeySet(key for key in DispatchKey if key.name.startswith("Autograd"))


class _Excluded(threading.local):
    """The keys whose kernels are passed over in this thread just now."""

    def __init__(self):
        self.names: frozenset[str] = frozenset()


excluded = _Excluded()


class ExcludeDispatchKeyGuard:
    """Inside, operators called in this thread pass over kernels for these keys."""

    __module__ = "torch._C"

    def __init__(self, keys: DispatchKeySet):
        self._names = frozenset(key.name for key in keys)

    def __enter__(self) -> None:
        self._previous = excluded.names
        excluded.names = self._previous | self._names

    def __exit__(self, *exception: object) -> None:
        excluded.names = self._previous
