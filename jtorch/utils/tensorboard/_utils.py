"""Pictures as ndarrays: figures drawn, batches put into a grid, layouts made height x width x 3."""

# pyright: reportMissingImports=false

from __future__ import annotations

import math
from typing import Any

import numpy as np


def figure_to_image(figures: Any, close: bool = True) -> np.ndarray:
    """A figure of matplotlib as a (3, H, W) uint8 image; a list of N as (N, 3, H, W)."""
    import matplotlib.pyplot as plt  # noqa: PLC0415 - optional
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - optional

    def drawn(figure: Any) -> np.ndarray:
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        pixels = np.array(canvas.buffer_rgba())[:, :, :3]
        if close:
            plt.close(figure)
        return pixels.transpose(2, 0, 1)

    if isinstance(figures, list):
        return np.stack([drawn(figure) for figure in figures])
    return drawn(figures)


def make_grid(images: np.ndarray, ncols: int = 8) -> np.ndarray:
    """(N, 3, H, W), or (N, 1, H, W), as one (3, H * rows, W * columns) image."""
    assert isinstance(images, np.ndarray), "plugin error, should pass numpy array here"
    if images.shape[1] == 1:
        images = np.repeat(images, 3, axis=1)
    assert images.ndim == 4 and images.shape[1] == 3
    count, _, height, width = images.shape
    ncols = min(count, ncols)
    rows = math.ceil(count / ncols)
    cells = np.zeros((rows * ncols, 3, height, width), images.dtype)
    cells[:count] = images
    cells = cells.reshape(rows, ncols, 3, height, width).transpose(2, 0, 3, 1, 4)
    return cells.reshape(3, rows * height, ncols * width)


def convert_to_HWC(tensor: np.ndarray, input_format: str) -> np.ndarray:
    """An image, or a batch as a grid, with three channels last. `input_format` names the
    dimensions: "NCHW", "HWC", "HW" and the like.
    """
    assert len(set(input_format)) == len(input_format), (
        f"You can not use the same dimension shordhand twice.         input_format: {input_format}"
    )
    assert len(tensor.shape) == len(input_format), (
        "size of input tensor and input format are different.         "
        f"tensor shape: {tensor.shape}, input_format: {input_format}"
    )
    input_format = input_format.upper()
    if len(input_format) == 4:
        batch = tensor.transpose([input_format.find(c) for c in "NCHW"])
        return make_grid(batch).transpose(1, 2, 0)
    if len(input_format) == 3:
        image = tensor.transpose([input_format.find(c) for c in "HWC"])
        return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image
    image = tensor.transpose([input_format.find(c) for c in "HW"])
    return np.stack([image] * 3, 2)


def prepare_video(video: np.ndarray) -> np.ndarray:
    """(N, T, C, H, W) as T frames of a grid, (T, H * rows, W * columns, C)."""
    count, time, channels, height, width = video.shape
    if video.dtype == np.uint8:
        video = video.astype(np.float32) / 255.0
    rows = 1 << (count.bit_length() - 1) // 2
    columns = (1 << (count - 1).bit_length()) // rows  # filled up to a power of two
    cells = np.zeros((rows * columns, *video.shape[1:]), video.dtype)
    cells[:count] = video
    cells = cells.reshape(rows, columns, time, channels, height, width)
    return cells.transpose(2, 0, 4, 1, 5, 3).reshape(time, rows * height, columns * width, channels)
