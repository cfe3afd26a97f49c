"""What the safetensors wheel does with torch, whichever library that is: `FOLDER NAME` writes files
called NAME and prints a line of JSON for each check; `FOLDER NAME OTHER` reads those called OTHER.
"""

from __future__ import annotations

import json
import sys
import warnings
import zlib
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch as st
import torch

DTYPES = [dtype for dtype in st._SIZE if dtype is not None and "float4" not in str(dtype)]


def tensors() -> dict[str, Any]:
    """One of each dtype, and other shapes."""
    made: dict[str, Any] = {
        str(dtype): (torch.arange(6) % 5 + 1).to(dtype).reshape(2, 3) for dtype in DTYPES
    }
    made["number"], made["empty"] = torch.tensor(3.5), torch.zeros(0, 3)
    made["large"] = torch.arange(40_000.0).reshape(200, 200)
    made["parameter"] = torch.nn.Parameter(torch.full((3,), 0.5))
    return made


def model() -> Any:
    """Three layers, two of which share a weight."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2), torch.nn.Linear(2, 2))
    net[2].weight = net[0].weight
    return net


def bits(tensor: Any) -> list:
    """Dtype, shape and bytes."""
    flat = tensor.detach().contiguous().reshape(-1)
    data = flat.view(torch.uint8).numpy().tobytes().hex() if flat.numel() else ""
    return [str(tensor.dtype), list(tensor.shape), data[:200], len(data), zlib.crc32(data.encode())]


def outcome(function: Any) -> Any:
    """What it returns, or its exception's type and first line."""
    try:
        return function()
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        # the names of tensors that share memory come from a set
        return [type(error).__name__, lines[0].split(": [{")[0] if lines else ""]


def refused(path: str) -> dict[str, Any]:
    """What save_file makes of tensors that are no plain memory of their own."""
    x = torch.arange(12.0).reshape(3, 4)
    cases = {
        "view": {"a": x, "b": x.view(-1)},
        "same": {"a": x, "b": x},
        "detached": {"a": x, "b": x.detach()},
        "rows": {"a": x[0], "b": x[1]},
        "overlapping": {"a": x[:2], "b": x[1:]},
        "clones": {"a": x, "b": x.clone(), "c": torch.zeros(3), "d": torch.zeros(3)},
        "transposed": {"a": x.t()},
        "expanded": {"a": torch.ones(1).expand(3)},
        "sparse": {"a": torch.eye(2).to_sparse()},
        "number": {"a": 3},
        "no dict": [x],
        "complex128": {"a": torch.ones(2, dtype=torch.complex128)},
    }
    return {name: outcome(lambda c=case: st.save_file(c, path)) for name, case in cases.items()}


def slices(path: str) -> Any:
    """What safe_open finds in a file."""
    with safetensors.safe_open(path, framework="pt") as file:
        part = file.get_slice("large")
        return [
            sorted(file.keys()), file.metadata(), part.get_shape(), part.get_dtype(),
            bits(part[3]), bits(part[1:3, :2]), bits(part[:, 5:6]), bits(part[199:]),
            bits(file.get_tensor("number")), bits(file.get_tensor("torch.bfloat16")),
            outcome(lambda: file.get_tensor("absent")),
        ]  # fmt: skip


def after_loading(path: str) -> Any:
    """Loaded tensors are written to, trained and saved again."""
    loaded = st.load_file(path)
    x = loaded["large"]
    x[0, 0] = 7
    x.mul_(2)
    weight = torch.nn.Parameter(loaded["torch.float32"])
    (weight * 3).sum().backward()
    with torch.no_grad():
        weight -= 0.5 * weight.grad
    again = st.load(st.save({"x": x, "weight": weight}))
    unchanged = st.load_file(path)["large"]
    return [bits(again["x"]), bits(again["weight"]), bits(unchanged)]


def write(folder: Path, name: str) -> dict[str, Any]:
    """The files, and what came of writing them."""
    path = str(folder / f"{name}.safetensors")
    st.save_file(tensors(), path, metadata={"by": "a test"})
    st.save_model(model(), str(folder / f"{name}.model"))
    plain = {key: value for key, value in tensors().items() if "e8m0" not in key}
    return {
        "bytes": {key: bits(value) for key, value in sorted(st.load(st.save(plain)).items())},
        "refused": refused(str(folder / f"{name}.refused")),
        "shared": sorted(map(sorted, st._find_shared_tensors(dict(model().state_dict())))),
    }


def read(folder: Path, name: str) -> dict[str, Any]:
    """What is found in files."""
    path = str(folder / f"{name}.safetensors")
    net, another, saved = model(), torch.nn.Linear(1, 1), str(folder / f"{name}.model")
    for p in net.parameters():
        torch.nn.init.zeros_(p)
    return {
        "mmap": {key: bits(value) for key, value in sorted(st.load_file(path).items())},
        "pread": {
            key: bits(value) for key, value in sorted(st.load_file(path, backend="pread").items())
        },
        "slices": slices(path),
        "model": outcome(
            lambda: [list(x) for x in st.load_model(net, str(folder / f"{name}.model"))]
        ),
        "state": {key: bits(value) for key, value in net.state_dict().items()},
        "tied": net[0].weight is net[2].weight,
        "mismatch": outcome(lambda: st.load_model(another, saved)),
        "damaged": outcome(lambda: st.load_file(__file__)),
        "absent": outcome(lambda: st.load_file(str(folder / "absent"))),
        "after": after_loading(path),
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    where, own, *others = sys.argv[1:]
    print(json.dumps(read(Path(where), others[0]) if others else write(Path(where), own)))
