"""Real torch and jtorch with the same tensors, made from arrays; how to compare what they hold."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import torch

import jtorch


class Side:
    """One library, with tensors made from the same numbers."""

    def __init__(self, lib: Any) -> None:
        self.lib = lib

    def tensor(self, array: Any, dtype: str = "float32") -> Any:
        return self.lib.tensor(array, dtype=getattr(self.lib, dtype))

    def optimizer(self, name: str) -> Any:
        return getattr(self.lib.optim, name)

    def carried(self, x: Any) -> Any:
        """A state dict, or a setting, with this library's tensors in the other's place."""
        if isinstance(x, dict):
            return {k: self.carried(v) for k, v in x.items()}
        if isinstance(x, (list, tuple)):
            return type(x)(self.carried(v) for v in x)
        if not isinstance(x, (torch.Tensor, jtorch.Tensor)):
            return x
        if x.is_sparse:
            x = x.coalesce()
            parts = self.tensor(array(x.indices()), "int64"), self.tensor(array(x.values()))
            return self.lib.sparse_coo_tensor(*parts, tuple(x.shape), is_coalesced=True)
        return self.tensor(array(x), str(x.dtype).split(".")[1])


THEIRS, OURS = Side(torch), Side(jtorch)


def array(x: Any) -> np.ndarray:
    """The numbers of a tensor, in a dtype NumPy has."""
    x = x.detach()
    if x.is_sparse:
        x = x.to_dense()
    if str(x.dtype).endswith("bfloat16"):
        return np.asarray(x.float().tolist(), ml_dtypes.bfloat16).reshape(tuple(x.shape))
    dtype = str(x.dtype).split(".")[1]
    return np.asarray(x.tolist(), dtype).reshape(tuple(x.shape))


def differences(ours: Any, theirs: Any, tolerance: float, where: str = "") -> list[str]:
    """Where two structures of tensors and settings differ, a line each."""
    if isinstance(theirs, dict):
        if list(ours) != list(theirs):
            return [f"{where}: keys {list(ours)}, not {list(theirs)}"]
        parts = [(ours[k], theirs[k], f"{where}.{k}") for k in theirs]
        return [line for a, b, at in parts for line in differences(a, b, tolerance, at)]
    if isinstance(theirs, (list, tuple)):
        if type(ours) is not type(theirs) or len(ours) != len(theirs):
            return [f"{where}: {type(ours).__name__}, not {type(theirs).__name__} of {len(theirs)}"]
        parts = [(a, b, f"{where}[{i}]") for i, (a, b) in enumerate(zip(ours, theirs))]
        return [line for a, b, at in parts for line in differences(a, b, tolerance, at)]
    if isinstance(theirs, torch.Tensor) and isinstance(ours, jtorch.Tensor):
        return _of_tensors(ours, theirs, tolerance, where)
    if isinstance(theirs, float) and isinstance(ours, float):
        same = ours == theirs or abs(ours - theirs) <= tolerance * max(1.0, abs(theirs))
    else:
        same = type(ours) is type(theirs) and ours == theirs
    return [] if same else [f"{where}: {ours!r}, not {theirs!r}"]


def _of_tensors(ours: Any, theirs: Any, tolerance: float, where: str) -> list[str]:
    if str(ours.dtype) != str(theirs.dtype) or tuple(ours.shape) != tuple(theirs.shape):
        return [
            f"{where}: {ours.dtype} {tuple(ours.shape)}, not {theirs.dtype} {tuple(theirs.shape)}"
        ]
    if ours.is_sparse != theirs.is_sparse:
        return [f"{where}: one is sparse"]
    a, b = array(ours), array(theirs)
    wide = "complex128" if a.dtype.kind == "c" else "float64"
    a, b = a.astype(wide), b.astype(wide)
    distance = np.abs(a - b) / np.maximum(1.0, np.abs(b))
    worst = distance.max(initial=0.0)
    good = worst <= tolerance and (np.isnan(a) == np.isnan(b)).all()
    return [] if good else [f"{where}: {worst:.2e} apart"]
