"""Runs the cases in one process, under real torch or under jtorch as it is, and writes what came
of each as a pickle.

    python -m compat.vision.transforms_child outcomes.pickle [part of a name ...]
"""

from __future__ import annotations

import copy
import dataclasses
import enum
import functools
import hashlib
import io as io_
import pickle
import random
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import torch

if "jtorch" not in torch.__version__:
    from . import shim

    shim.install()

import torchvision
from torchvision import datasets, io, tv_tensors
from torchvision import transforms as v1
from torchvision.transforms import v2

from . import data_files, data_sets
from . import transforms_cases as cases

SEEDS = (0, 1)
HEIGHT, WIDTH = 32, 40
# Where in torchvision's sources an error of a compiled op was raised.
CPLUSPLUS = re.compile(r"^\w+, /\S+:\d+, ")


def pixels(*shape: int, seed: int = 0) -> np.ndarray:
    """An image with slopes, edges and noise, as uint8 of shape (..., height, width)."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[-2], : shape[-1]]
    waves = 90 + 70 * np.sin(x / 5 + generator.random((*shape[:-2], 1, 1)) * 6) * np.cos(y / 7)
    waves = waves + 60 * ((x // 8 + y // 8) % 2)
    return np.clip(waves + generator.normal(0, 9, shape), 0, 255).astype(np.uint8)


def inputs() -> dict[str, Any]:
    """Fresh inputs of every kind, by name."""
    kinds: Any = tv_tensors  # of whose arguments its annotations know tensors only, and not lists
    rgb = pixels(3, HEIGHT, WIDTH)
    tensor = torch.from_numpy(rgb.copy())
    size = (HEIGHT, WIDTH)
    corners = [[2.0, 3, 20, 18], [10, 5, 60, 25], [0, 0, 5, 5], [15, 12, 16, 13]]
    boxes = kinds.BoundingBoxes(corners, format="XYXY", canvas_size=size)
    points = kinds.KeyPoints([[1.0, 2], [30, 28], [50, 10]], canvas_size=size)
    mask = tv_tensors.Mask(torch.from_numpy(pixels(2, *size, seed=3) // 128))
    image = tv_tensors.Image(tensor.clone())
    return {
        "pil": PIL.Image.fromarray(rgb.transpose(1, 2, 0)),
        "gray": PIL.Image.fromarray(rgb[0]),
        "alpha": PIL.Image.fromarray(pixels(4, *size).transpose(1, 2, 0)),
        "array": rgb.transpose(1, 2, 0).copy(),
        "tensor": tensor,
        "floats": tensor.float() / 255,
        "batch": torch.from_numpy(pixels(2, 3, *size)),
        "plane": tensor[:1].clone(),
        "image": image,
        "video": tv_tensors.Video(torch.from_numpy(pixels(5, 3, *size))),
        "boxes": boxes,
        "xywh": kinds.BoundingBoxes(corners, format="XYWH", canvas_size=size),
        "turned": kinds.BoundingBoxes(
            [[10.0, 12, 8, 6, 30], [20, 20, 10, 4, -75]], format="CXCYWHR", canvas_size=size
        ),
        "points": points,
        "mask": mask,
        "sample": {"image": image.clone(), "boxes": boxes.clone(), "points": points, "mask": mask,
                   "labels": torch.arange(4), "name": "a"},
    }  # fmt: skip


# The kinds that a list of cases is tried on.
V1_KINDS = ("pil", "gray", "array", "tensor", "floats", "batch", "plane")
V2_KINDS = (*V1_KINDS, "alpha", "image", "video", "boxes", "xywh", "turned", "points", "mask")
SAMPLES = (*V2_KINDS, "sample")
TABLE = (
    ("v1", cases.CLASSES, V1_KINDS, "T.{}(x)"),
    ("v1", cases.FUNCTIONS, V1_KINDS, "F.{}"),
    ("v1", cases.OTHERS, ("none",), "T.{}"),
    ("v2", cases.CLASSES, SAMPLES, "T.{}(x)"),
    ("v2", cases.CLASSES_V2, SAMPLES, "T.{}(x)"),
    ("v2", cases.FUNCTIONS, V2_KINDS, "F.{}"),
    ("v2", cases.FUNCTIONS_V2, V2_KINDS, "F.{}"),
    ("v2", cases.OTHERS, ("none",), "T.{}"),
    ("v2", cases.OTHERS_V2, ("none",), "T.{}"),
    ("tools", cases.TOOLS, ("none",), "{}"),
    ("tensors", cases.TENSORS, ("none",), "{}"),
    ("data", data_sets.OPENED, ("none",), "{}"),
)
ROOT = Path("data")


def all_cases() -> Iterator[tuple[str, str, str, str]]:
    """(name, namespace, expression, kind of input) of every case."""
    for version, text, kinds, form in TABLE:
        for expression in cases.expressions(text):
            what = expression if expression.startswith("torch.") else form.format(expression)
            for kind in kinds:
                label = "F." * form.startswith("F") + expression
                yield f"{version}.{label} {kind}", version, what, kind


def write_data():
    """The files of all data sets. Their checksums are not those of the real ones."""
    for root in (ROOT, ROOT / "archives"):
        data_files.write_all(root)
    data_files.declare(ROOT)
    for unpacked in [*ROOT.glob("archives/*/raw/*ubyte"), *ROOT.glob("archives/cifar*/*batch*")]:
        unpacked.unlink()
    data_sets.write(ROOT)
    utils: Any = datasets.utils
    real = utils.check_md5
    declared = ("MNIST", "cifar")
    utils.check_md5 = lambda path, md5: (
        real(path, md5) if any(name in str(path) for name in declared) else True
    )
    names = ["n01", "n02"]
    torch.save(({name: (f"class {name}",) for name in names}, names), ROOT / "imagenet/meta.bin")


def saved(write: Callable, *arguments: Any, **options: Any) -> Any:
    """What is in the image that a function writes; the argument that is a text is its name."""
    places = [Path(a) if isinstance(a, str) else a for a in arguments]
    write(*(str(p) if isinstance(p, Path) else p for p in places), **options)
    path = next(p for p in places if isinstance(p, Path))
    return PIL.Image.open(path) if path.suffix or "format" in options else path.read_bytes()


def stored(value: Any) -> Any:
    """Written by torch.save and read again."""
    file = io_.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


def returning(kind: str, run: Callable[[], Any]) -> Any:
    with tv_tensors.set_return_type(kind):
        return run()


def own_kind() -> Any:
    """A kind of tensor of one's own, with a kernel for a function of theirs."""

    class Depth(tv_tensors.TVTensor):
        pass

    @v2.functional.register_kernel(functional=v2.functional.horizontal_flip, tv_tensor_cls=Depth)
    def flip(inpt: Any, *args: Any, **kwargs: Any) -> Any:
        return (inpt.flip(-1) + 1).as_subclass(Depth)

    depth = torch.arange(6.0).reshape(1, 2, 3).as_subclass(Depth)
    return v2.RandomHorizontalFlip(p=1.0)(depth), depth * 2, depth.clone()


def sums(dataset: Any, **options: Any) -> list[Any]:
    """Of the batches of two epochs: what was drawn for their images, wherever they were made."""
    loader = torch.utils.data.DataLoader(dataset, batch_size=16, shuffle=True, **options)
    return [x.double().mean((1, 2, 3)) for _ in range(2) for x, _ in loader]


AUGMENTED = v1.Compose(
    [v1.RandomCrop(9, 4, True), v1.RandomHorizontalFlip(), v1.ColorJitter(0.2), v1.ToTensor()]
)
NAMES = {
    "sums": sums, "augmented": AUGMENTED,
    "copy": copy, "pickle": pickle, "stored": stored, "returning": returning,
    "own_kind": own_kind, "numpy_of": lambda x: x.numpy(),
    "torch": torch, "np": np, "tv_tensors": tv_tensors, "D": datasets, "V1": v1, "root": ROOT,
    "utils": torchvision.utils, "io": io, "saved": saved,
    "wrap": datasets.wrap_dataset_for_transforms_v2,
} | {mode.name: mode for mode in v1.InterpolationMode}  # fmt: skip


def evaluate(version: str, expression: str, kind: str) -> Any:
    """The value of an expression."""
    library = {"v1": v1}.get(version, v2)
    have = inputs()
    names = {**NAMES, **have, "T": library, "F": library.functional, "x": have.get(kind)}
    return eval(expression, names)


def outcome(run: Callable[[], Any], seed: int) -> dict[str, Any]:
    """What came of it: the value or the error, and where the random numbers stand afterwards."""
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)
    try:
        value = describe(run())
    except Exception as error:
        line = CPLUSPLUS.sub("", anonymous(str(error).strip().partition("\n")[0]))
        value = ("raised", f"{type(error).__name__}: {line}")
    state = hashlib.sha256(bytes(torch.get_rng_state().numpy())[:5000]).hexdigest()
    return {"value": value, "state": state + str(random.random())}


def describe(value: Any) -> Any:
    """A value as plain data: NumPy arrays, numbers, text, and lists that begin with a type."""
    name = type(value).__name__
    if isinstance(value, torch.Tensor):
        more = [str(getattr(value, a, "")) for a in ("format", "canvas_size", "clamping_mode")]
        plain = value.detach().as_subclass(torch.Tensor)
        return [name, str(value.dtype), value.requires_grad, *more, np.array(plain.numpy())]
    if isinstance(value, PIL.Image.Image):
        return ["PIL", value.mode, np.array(value)]
    if isinstance(value, np.ndarray):
        return ["ndarray", value]
    if isinstance(value, dict):
        return [name, *((describe(k), describe(v)) for k, v in value.items())]
    if isinstance(value, (list, tuple)):
        return [name, *map(describe, value)]
    if isinstance(value, enum.Enum) or value is None or isinstance(value, (str, bytes)):
        return value if isinstance(value, (str, bytes)) else str(value)
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, torch.utils.data.Dataset):
        return [name, *opened(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [name, describe(dataclasses.asdict(value))]
    return anonymous(repr(value))


def opened(dataset: Any) -> list[Any]:
    """What is said of a data set, and its first and last item."""
    classes = getattr(dataset, "class_to_idx", None)
    ends = dataset[0], dataset[len(dataset) - 1]
    return [anonymous(repr(dataset)), len(dataset), describe(classes), *map(describe, ends)]


def anonymous(text: str) -> str:
    """Without addresses and whose it is."""
    return re.sub(r"0x[0-9a-fA-F]{6,}", "0x...", text).replace("jtorch", "torch")


def main(write: str, parts: list[str]):
    warnings.simplefilter("ignore")
    torchvision.disable_beta_transforms_warning()
    write_data()
    found = {}
    for name, version, expression, kind in all_cases():
        if not parts or any(part in name for part in parts):
            for seed in SEEDS if "Random" in name or "Aug" in name else SEEDS[:1]:
                run = functools.partial(evaluate, version, expression, kind)
                found[f"{name} {seed}"] = outcome(run, seed)
    Path(write).write_bytes(pickle.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
