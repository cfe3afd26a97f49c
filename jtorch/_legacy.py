"""The constructors from before factory functions: torch.Tensor(2, 3), torch.FloatTensor([1, 2]) and
their classes, which isinstance tells apart by dtype.
"""

from __future__ import annotations

from typing import Any

from . import _devices, _dtypes, _storages
from ._errors import type_name_of
from ._size import Size
from ._tensor import Tensor
from .ops import _overrides, creation, tensors
from .ops._place import C_NAMES


def construct(name: str, dtype: _dtypes.dtype, args: tuple, device: Any = None) -> Tensor:
    """Sizes give an unspecified tensor; a sequence, array or tensor its data in this dtype."""
    if len(args) == 1:
        data = args[0]
        if isinstance(data, Tensor):
            if data.dtype is not dtype and name != "Tensor":
                raise TypeError(f"expected {_options(dtype)} (got {_options(data.dtype)})")
            return data.detach()  # type: ignore[attr-defined]
        if _storages.is_storage(data):
            return data._as_tensor(dtype)
        if not isinstance(data, (int, Size)):
            if isinstance(data, (str, bytes)):
                raise TypeError(f"new(): invalid data type '{type_name_of(data)}'")
            if isinstance(data, (float, complex)) or data is None:
                raise TypeError(f"new(): data must be a sequence (got {type_name_of(data)})")
            return tensors.tensor(data, dtype=dtype, device=device)
    if any(not hasattr(a, "__index__") and not isinstance(a, tuple) for a in args):
        given = ", ".join(type_name_of(a) for a in args)
        raise TypeError(
            f"new() received an invalid combination of arguments - got ({given}), but expected "
            "one of:"
        )
    return creation.empty(*(args or (0,)), dtype=dtype, device=device)


def _options(dtype: _dtypes.dtype) -> str:
    """How torch's message spells a dtype among the other options of a tensor."""
    return (
        f"TensorOptions(dtype={C_NAMES[dtype.name]}, device=cpu, layout=Strided, "
        "requires_grad=false (default), pinned_memory=false (default), memory_format=(nullopt))"
    )


def new_tensor(cls: type[Tensor], *args: Any, **kwargs: Any) -> Tensor:
    """Tensor(…): the default dtype; subclasses come back as themselves."""
    device = kwargs.pop("device", None)
    data = kwargs.pop("data", None)
    if kwargs:
        raise TypeError(f"new() got an unexpected keyword argument '{next(iter(kwargs))}'")
    args = args if data is None else (data,)
    if len(args) == 1 and isinstance(args[0], Tensor) and cls is not Tensor:
        return _overrides.as_subclass(args[0].detach(), cls)  # type: ignore[attr-defined]
    out = construct("Tensor", _dtypes.get_default_dtype(), args, device)
    return out if cls is Tensor else _overrides.as_subclass(out, cls)


class _Typed(type):
    """torch.FloatTensor and its kind: callable, and known to isinstance by dtype and device."""

    dtype: _dtypes.dtype

    def __call__(cls, *args: Any, device: Any = None) -> Tensor:
        return construct(cls.__name__, cls.dtype, args, device)

    def __instancecheck__(cls, x: object) -> bool:
        return isinstance(x, Tensor) and x.dtype is cls.dtype and x.device.type == "cpu"


class _CudaTyped(_Typed):
    """The same of the accelerator."""

    def __call__(cls, *args: Any, device: Any = "cuda") -> Tensor:
        if not _devices.jax_devices("cuda"):
            raise TypeError(
                f"type torch.cuda.{cls.__name__} not available. Torch not compiled with CUDA "
                "enabled."
            )
        return construct(cls.__name__, cls.dtype, args, device)

    def __instancecheck__(cls, x: object) -> bool:
        return isinstance(x, Tensor) and x.dtype is cls.dtype and x.device.type == "cuda"


def _types(meta: type[_Typed], module: str) -> dict[str, type]:
    found = {}
    for full, dtype in _dtypes.TENSOR_TYPES.items():
        place, _, name = full.rpartition(".")
        if place == module:
            found[name] = meta(name, (), {"dtype": dtype, "__module__": module})
    return found


TYPES, CUDA_TYPES = _types(_Typed, "torch"), _types(_CudaTyped, "torch.cuda")


def install() -> None:
    """Make Tensor itself callable."""
    Tensor.__new__ = new_tensor  # type: ignore[assignment]
    Tensor.__init__ = lambda self, *args, **kwargs: None  # type: ignore[assignment]
