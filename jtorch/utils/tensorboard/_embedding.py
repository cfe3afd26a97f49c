"""The files that TensorBoard's projector reads: points, what to call them, how to picture them."""

# The modules of protocol buffers make their names as they are imported.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
from tensorboard.plugins.projector.projector_config_pb2 import EmbeddingInfo

from ._convert_np import make_np
from ._utils import make_grid


def make_tsv(metadata: Any, save_path: str, metadata_header: Any = None) -> None:
    """metadata.tsv: a name for each point, or one for each column of `metadata_header`."""
    if not metadata_header:
        lines = [str(x) for x in metadata]
    else:
        assert len(metadata_header) == len(metadata[0]), (
            "len of header must be equal to the number of columns in metadata"
        )
        lines = ["\t".join(str(e) for e in row) for row in [metadata_header, *metadata]]
    with open(os.path.join(save_path, "metadata.tsv"), "wb") as file:
        file.write(("\n".join(lines) + "\n").encode("utf8"))


def make_sprite(label_img: Any, save_path: str) -> None:
    """sprite.png: the points' (N, C, H, W) images in a square."""
    from PIL import Image  # noqa: PLC0415 - optional

    columns = math.ceil(math.sqrt(label_img.shape[0]))
    grid = make_grid(make_np(label_img), ncols=columns).transpose(1, 2, 0)
    side = grid.shape[1]
    square = np.zeros((side, side, 3))
    square[: grid.shape[0]] = grid
    pixels = np.uint8((square * 255).clip(0, 255))
    Image.fromarray(pixels).save(os.path.join(save_path, "sprite.png"))


def get_embedding_info(
    metadata: Any, label_img: Any, subdir: str, global_step: str, tag: str
) -> EmbeddingInfo:
    """What the projector's configuration says of one set of points."""
    info = EmbeddingInfo()
    info.tensor_name = f"{tag}:{global_step}"
    info.tensor_path = f"{subdir}/tensors.tsv"
    if metadata is not None:
        info.metadata_path = f"{subdir}/metadata.tsv"
    if label_img is not None:
        info.sprite.image_path = f"{subdir}/sprite.png"
        info.sprite.single_image_dim.extend([label_img.shape[3], label_img.shape[2]])
    return info


def write_pbtxt(save_path: str, contents: str) -> None:
    """projector_config.pbtxt"""
    with open(os.path.join(save_path, "projector_config.pbtxt"), "wb") as file:
        file.write(contents.encode("utf8"))


def make_mat(matlist: np.ndarray, save_path: str) -> None:
    """tensors.tsv: a point a line."""
    with open(os.path.join(save_path, "tensors.tsv"), "wb") as file:
        for row in matlist:
            file.write(("\t".join(str(x.item()) for x in row) + "\n").encode("utf8"))
