"""One side of the comparison of models: `python -m compat.vision._oracle SIDE DTYPE FOLDER name…`
runs each model from weights that depend on names and shapes alone, in eval mode, and in train mode
with its parameters in DTYPE. Writes outputs, losses, gradients and buffers to FOLDER/name.npz, and
a line of JSON to stdout. SIDE is torch or jtorch.
"""

from __future__ import annotations

import copy
import json
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from ._members import MEMBERS, Member

PLACES = {
    "segment": "segmentation", "detect": "detection", "flow": "optical_flow", "video": "video",
}  # fmt: skip
KEPT = 20_000  # elements of a gradient that are compared, spread over all of it


def setup(side: str) -> None:
    """Make `import torch` mean this side."""
    if side == "jtorch":
        import jtorch

        jtorch.install()
    else:
        from . import shim

        shim.install()


# -- what both sides compute from nothing


def random(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


def weights(model: Any) -> dict[str, np.ndarray]:
    """Values for a state_dict by name and shape, such that activations keep their size."""
    return {name: _weight(name, x) for name, x in model.state_dict().items() if _floating(x)}


def _floating(x: Any) -> bool:
    return x.dtype.is_floating_point


def _weight(name: str, x: Any) -> np.ndarray:
    shape = tuple(x.shape)
    drawn = random(name).standard_normal(shape, dtype=np.float32)
    if name.endswith("running_var"):
        return 1 + 0.1 * np.abs(drawn)
    if len(shape) < 2 or name.endswith("layer_scale"):
        return 0.1 * drawn + (0.5 if name.endswith(("weight", "layer_scale")) else 0)
    return drawn / np.sqrt(np.prod(shape[1:]) * 0.7).astype(np.float32)


def images(member: Member, count: int) -> np.ndarray:
    return random("images").random((count, *member.shape), dtype=np.float32)


# -- running


def build(name: str, member: Member) -> Any:
    import torch
    import torchvision

    if member.make is not None:
        model = member.make(torchvision.models)
    else:
        place = getattr(torchvision.models, PLACES.get(member.kind, ""), torchvision.models)
        for part in (member.builder or name).split("."):
            place = getattr(place, part)
        model = place(**{k: v for k, v in member.options.items() if k != "num_flow_updates"})
    state = model.state_dict()
    state.update({k: torch.from_numpy(v) for k, v in weights(model).items()})
    model.load_state_dict(state)
    return model


def feed(member: Member) -> tuple[list, Any]:
    """(arguments for the model, what its outputs are compared with)."""
    import torch

    x = torch.from_numpy(images(member, 4 if member.kind == "classify" else 2))
    if member.kind == "flow":
        return [x * 2 - 1, x.flip(-1) * 2 - 1], None
    if member.kind == "segment":
        target = random("target").integers(0, 5, (2, *member.shape[1:]))
        return [x], torch.from_numpy(target)
    if member.kind != "detect":
        return [x], torch.arange(len(x))
    pictures = [x[0], x[1].permute(0, 2, 1).contiguous()]
    return [pictures], [_target(member, picture) for picture in pictures]


def _target(member: Member, picture: Any) -> dict[str, Any]:
    import torch

    height, width = picture.shape[1:]
    boxes = torch.tensor([[4.0, 6, 40, 50], [20, 16, width - 6.0, height - 8]])
    masks = torch.zeros(2, height, width, dtype=torch.uint8)
    for mask, (x1, y1, x2, y2) in zip(masks, boxes.long().tolist(), strict=True):
        mask[y1:y2, x1:x2] = 1
    corner, extent = boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
    points = torch.stack([corner + k * extent / 5 for k in range(1, 5)], 1)
    keypoints = torch.cat([points, torch.ones(2, 4, 1)], 2)
    return {"boxes": boxes, "labels": torch.tensor([1, 1]), "masks": masks, "keypoints": keypoints}


def loss_of(member: Member, output: Any, target: Any) -> Any:
    import torch.nn.functional as F

    if member.kind == "detect":
        return sum(output.values())
    if member.kind == "flow":
        return sum(flow.abs().mean() for flow in output)
    parts = output.values() if isinstance(output, dict) else output
    parts = parts if isinstance(parts, (tuple, list)) or member.kind == "segment" else [parts]
    return sum(F.cross_entropy(part, target) for part in parts if part is not None)


def run(name: str, dtype: str, folder: Path) -> None:
    import torch
    from torch.utils._pytree import tree_map

    member = MEMBERS[name]
    dtype = member.trained or dtype
    torch.manual_seed(0)
    model = build(name, member)
    arguments, target = feed(member)
    extra = {k: v for k, v in member.options.items() if k == "num_flow_updates"}
    found: dict[str, np.ndarray] = {}
    if member.kind == "detect":  # scores that tie in float32 would come in another order
        model.to(getattr(torch, dtype))
        arguments = tree_map(lambda x: _in(dtype, x), arguments)
    model.eval()
    with torch.no_grad():
        keep(found, "eval", model(*arguments, **extra))
    model.train().to(getattr(torch, dtype))
    arguments, target = tree_map(lambda x: _in(dtype, x), (arguments, target))
    state = copy.deepcopy(model.state_dict())
    output, loss = train(found, "grad", member, model, arguments, target, extra)
    keep(found, "loss", output if member.kind == "detect" else loss)
    for key, buffer in model.named_buffers():
        found[f"buffer.{key}"] = buffer.numpy()
    if dtype == "float32" and "jtorch" not in torch.__version__:
        model.load_state_dict(state)
        moved = tree_map(_nudged, arguments)
        train(found, "moved", member, model, moved, target, extra)
    np.savez(folder / f"{name}.npz", **found)


def train(
    found: dict, group: str, member: Member, model: Any, arguments: list, target: Any, extra: dict
) -> tuple[Any, Any]:
    """Keep the gradients of one step; (what the model returns, the loss)."""
    import torch

    model.zero_grad()
    torch.manual_seed(0)  # dropout and stochastic depth draw the same on both sides
    given = [*arguments, target] if member.kind == "detect" else arguments
    output = model(*given, **extra)
    loss = loss_of(member, output, target)
    loss.backward()
    for key, parameter in model.named_parameters():
        if parameter.grad is not None:
            grad = parameter.grad.numpy().ravel()
            found[f"{group}.{key}"] = grad[:: max(1, grad.size // KEPT)].copy()
    return output, loss


def _nudged(x: Any) -> Any:
    """Moved by about a unit in the last place of float32, every other element up."""
    import torch

    signs = torch.ones(x.numel(), dtype=x.dtype)
    signs[::2] = -1
    return x * (1 + 1e-7 * signs.view(x.shape))


def _in(dtype: str, x: Any) -> Any:
    """Floating tensors in another dtype, everything else as it is."""
    import torch

    floating = isinstance(x, torch.Tensor) and _floating(x)
    return x.to(getattr(torch, dtype)) if floating else x


def keep(found: dict[str, np.ndarray], key: str, output: Any) -> None:
    """Every tensor of a nested output, by its place."""
    if hasattr(output, "detach"):
        found[key] = output.detach().numpy()
    elif isinstance(output, dict):
        for name, part in output.items():
            keep(found, f"{key}.{name}", part)
    elif isinstance(output, (tuple, list)):
        for place, part in enumerate(output):
            keep(found, f"{key}.{place}", part)


def main(side: str, dtype: str, folder: str, names: list[str]) -> None:
    setup(side)
    for name in names:
        start = time.perf_counter()
        report = {"name": name, "error": ""}
        try:
            run(name, dtype, Path(folder))
        except Exception as error:
            report["error"] = f"{type(error).__name__}: {error}".split("\n")[0]
        print(json.dumps(report | {"seconds": time.perf_counter() - start}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:4], sys.argv[4:])
