"""A value of either library as plain Python, with all that a file should keep: to be compared. It
knows no files.
"""

from __future__ import annotations

import types
from typing import Any

import numpy as np

OWN = ("_is_param", "_i", "_v", "_of", "_sorted")  # what jtorch keeps on tensors


def described(value: Any) -> Any:
    """Types, shapes, strides, places and bits, as nested tuples and lists."""
    name = type(value).__name__
    if hasattr(value, "untyped_storage") and hasattr(value, "stride"):
        return _tensor(value, name)
    if isinstance(value, dict):
        items = [(described(k), described(v)) for k, v in value.items()]
        return name, items, {k: described(v) for k, v in getattr(value, "__dict__", {}).items()}
    if isinstance(value, (list, tuple)) and name != "Size":
        return name, [described(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return name, sorted(map(repr, value))
    if isinstance(value, np.ndarray):
        return name, str(value.dtype), value.shape, value.tolist()
    if isinstance(value, np.generic):
        return name, str(value.dtype), value.item()
    if name == "Generator":
        return name, value.get_state().tolist(), str(value.device)
    if name.endswith("Storage"):
        return name, bytes(value.untyped().tolist())
    if not isinstance(value, (list, tuple)) and callable(getattr(value, "state_dict", None)):
        text = repr(value) if hasattr(value, "parameters") else ""
        return name, described(value.state_dict()), text
    if isinstance(value, types.SimpleNamespace) or type(value).__module__.endswith("kinds"):
        return name, described(vars(value))
    if callable(value) and not isinstance(value, type):
        return "function", value.__name__
    return name, repr(value).replace("jtorch.", "torch.")


def _tensor(tensor: Any, name: str) -> Any:
    name = "Tensor" if name == "SparseTensor" else name
    about = (name, repr(tensor.dtype), str(tensor.layout), tuple(tensor.shape),
             tensor.requires_grad, tensor.is_leaf, str(tensor.device))  # fmt: skip
    attributes = {k: described(v) for k, v in vars(tensor).items() if k not in OWN}
    plain = tensor.detach()
    if "sparse_coo" in about[2]:
        parts = (plain._indices(), plain._values())
        return (*about, tensor.is_coalesced(), [_bits(part) for part in parts], attributes)
    if "strided" not in about[2]:
        parts = (plain.crow_indices(), plain.col_indices(), plain.values())
        return (*about, [_bits(part) for part in parts], attributes)
    place = (tuple(tensor.stride()), tensor.storage_offset(), tensor.is_conj(), tensor.is_neg(),
             tensor.untyped_storage().nbytes())  # fmt: skip
    if tensor.device.type == "meta":
        return (*about, *place[:2], attributes)
    return (*about, *place, attributes, _bits(plain))


def _bits(tensor: Any) -> Any:
    """Shape and bits of the elements in row-major order."""
    flat = tensor.resolve_conj().resolve_neg().contiguous().reshape(-1)
    shape = tuple(tensor.shape)
    if not flat.numel():
        return shape, b""
    bits = flat.view(flat.new_zeros(0).byte().dtype)
    return shape, bits.numpy().tobytes()


def difference(a: Any, b: Any, path: str = "") -> str:
    """The first place where two descriptions differ, and what is there."""
    if isinstance(a, dict) and isinstance(b, dict) and list(a) == list(b):
        pairs = [(f".{k}", a[k], b[k]) for k in a]
    elif isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)) and len(a) == len(b):
        pairs = [(f"[{i}]", x, y) for i, (x, y) in enumerate(zip(a, b, strict=True))]
    else:
        return f"at {path or 'the top'}: torch {a!s:.200}, here {b!s:.200}"
    for step, x, y in pairs:
        if x != y:
            return difference(x, y, path + step)
    return "nowhere"
