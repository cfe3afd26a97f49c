"""Summaries: what each kind of log entry looks like as TensorBoard's protocol buffers. Knows
nothing of files, steps and times.
"""

# The modules of protocol buffers make their names as they are imported.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import io
import json
import os
import tempfile
import wave
from collections.abc import Sequence
from typing import Any

import numpy as np
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.mesh import metadata as mesh_metadata
from tensorboard.plugins.mesh.plugin_data_pb2 import MeshPluginData
from tensorboard.plugins.pr_curve.plugin_data_pb2 import PrCurvePluginData
from tensorboard.plugins.text.plugin_data_pb2 import TextPluginData

from ..._tensor import Tensor
from ._convert_np import make_np
from ._hparams import hparams as hparams
from ._utils import convert_to_HWC, prepare_video

__all__ = [
    "audio",
    "custom_scalars",
    "histogram",
    "histogram_raw",
    "hparams",
    "image",
    "image_boxes",
    "make_histogram",
    "make_image",
    "make_video",
    "mesh",
    "pr_curve",
    "pr_curve_raw",
    "scalar",
    "tensor_proto",
    "text",
    "video",
]


def _plugin(name: str, content: bytes = b"") -> SummaryMetadata:
    data = SummaryMetadata.PluginData(plugin_name=name, content=content)
    return SummaryMetadata(plugin_data=data)


def _shape(*sizes: int) -> TensorShapeProto:
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])


def _value(tag: str, **fields: Any) -> Summary:
    return Summary(value=[Summary.Value(tag=tag, **fields)])


# -- numbers --


def scalar(
    name: str,
    tensor: Any,
    collections: Any = None,
    new_style: bool = False,
    double_precision: bool = False,
) -> Summary:
    """One number. `new_style` makes it a tensor, of float64 with `double_precision`."""
    array = make_np(tensor).squeeze()
    assert array.ndim == 0, (
        "Tensor should contain one element (0 dimensions).             "
        f"Was given size: {array.size} and {array.ndim} dimensions."
    )
    number = float(array)
    if not new_style:
        return _value(name, simple_value=number)
    content = TensorProto(float_val=[number], dtype="DT_FLOAT")
    if double_precision:
        content = TensorProto(double_val=[number], dtype="DT_DOUBLE")
    return _value(name, tensor=content, metadata=_plugin("scalars"))


_TENSORS = {
    "float16": ("DT_HALF", "half_val"), "bfloat16": ("DT_BFLOAT16", "half_val"),
    "float32": ("DT_FLOAT", "float_val"), "float64": ("DT_DOUBLE", "double_val"),
    "int8": ("DT_INT8", "int_val"), "uint8": ("DT_UINT8", "uint32_val"),
    "int16": ("DT_INT16", "int_val"), "int32": ("DT_INT32", "int_val"),
    "int64": ("DT_INT64", "int64_val"), "bool": ("DT_BOOL", "bool_val"),
    "complex64": ("DT_COMPLEX64", "scomplex_val"),
    "complex128": ("DT_COMPLEX128", "dcomplex_val"),
}  # fmt: skip


def tensor_proto(tag: str, tensor: Tensor) -> Summary:
    """A tensor as it is. 16-bit floats are their 16 bits; torch writes others, which cannot be read
    back.
    """
    name = str(tensor.dtype).removeprefix("torch.")
    if name not in _TENSORS:
        raise ValueError(f"{tag} has unsupported tensor dtype {tensor.dtype}")
    dtype, field = _TENSORS[name]
    array = np.ascontiguousarray(tensor.detach().cpu()._numpy())  # type: ignore[attr-defined]
    if field == "half_val":
        array = array.view(np.uint16)
    elif field.endswith("complex_val"):
        array = array.view(array.real.dtype)
    shape = _shape(*tensor.shape)
    content = TensorProto(dtype=dtype, tensor_shape=shape, **{field: array.ravel().tolist()})  # type: ignore
    return _value(tag, tensor=content, metadata=_plugin("tensor"))


def histogram(name: str, values: Any, bins: Any, max_bins: int | None = None) -> Summary:
    """How values are distributed. `bins` as `numpy.histogram` takes them."""
    return _value(name, histo=make_histogram(make_np(values).astype(float), bins, max_bins))


def make_histogram(values: np.ndarray, bins: Any, max_bins: int | None = None) -> HistogramProto:
    """Counts with the right edges of their bins, from the first bin that is not empty to the last
    one, and one empty bin before; at most some `max_bins`, by adding up neighbours.
    """
    if values.size == 0:
        raise ValueError("The input has no element.")
    values = values.reshape(-1)
    counts, edges = np.histogram(values, bins=bins)
    if max_bins is not None and len(counts) > max_bins:
        together = len(counts) // max_bins
        edges = np.append(edges[:-1:together], edges[-1])
        counts = np.add.reduceat(counts, np.arange(0, len(counts), together))
    filled = np.flatnonzero(counts)
    if not filled.size:
        raise ValueError("The histogram is empty, please file a bug report.")
    first, last = filled[0], filled[-1]
    return HistogramProto(
        min=values.min(),
        max=values.max(),
        num=len(values),
        sum=values.sum(),
        sum_squares=values.dot(values),
        bucket_limit=edges[first : last + 2].tolist(),
        bucket=[0, *counts[first : last + 1].tolist()],
    )


def histogram_raw(
    name: str,
    min: float,
    max: float,
    num: int,
    sum: float,
    sum_squares: float,
    bucket_limits: Sequence[float],
    bucket_counts: Sequence[float],
) -> Summary:
    """A histogram that is known already: counts, and the right edges of their bins."""
    found = HistogramProto(
        min=min, max=max, num=num, sum=sum, sum_squares=sum_squares,
        bucket_limit=bucket_limits, bucket=bucket_counts,
    )  # fmt: skip
    return _value(name, histo=found)


# -- pictures and sound --


def _scale(array: np.ndarray) -> int:
    return 1 if array.dtype == np.uint8 else 255


def image(tag: str, tensor: Any, rescale: float = 1, dataformats: str = "NCHW") -> Summary:
    """An image of bytes or of floats from 0 to 1, as PNG."""
    array = convert_to_HWC(make_np(tensor), dataformats)
    scale = _scale(array)
    pixels = (array.astype(np.float32) * scale).clip(0, 255).astype(np.uint8)
    return _value(tag, image=make_image(pixels, rescale=rescale))


def image_boxes(
    tag: str,
    tensor_image: Any,
    tensor_boxes: Any,
    rescale: float = 1,
    dataformats: str = "CHW",
    labels: Sequence[str] | None = None,
) -> Summary:
    """An image with boxes (left, top, right, bottom) drawn on it."""
    array, boxes = convert_to_HWC(make_np(tensor_image), dataformats), make_np(tensor_boxes)
    pixels = (array.astype(np.float32) * _scale(array)).clip(0, 255).astype(np.uint8)
    return _value(tag, image=make_image(pixels, rescale=rescale, rois=boxes, labels=labels))


def make_image(
    tensor: np.ndarray,
    rescale: float = 1,
    rois: np.ndarray | None = None,
    labels: Sequence[str] | None = None,
) -> Summary.Image:
    """(H, W, C) bytes as PNG."""
    from PIL import Image  # noqa: PLC0415 - optional

    height, width, channels = tensor.shape
    picture = Image.fromarray(tensor)
    if rois is not None:
        for i, box in enumerate(rois):
            left, top, right, bottom = box[:4].tolist()
            label = None if labels is None else labels[i]
            _draw_box(picture, left, top, right, bottom, label)
    size = int(width * rescale), int(height * rescale)
    picture = picture.resize(size, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, format="PNG")
    return Summary.Image(
        height=height, width=width, colorspace=channels, encoded_image_string=out.getvalue()
    )


def _draw_box(
    picture: Any, left: float, top: float, right: float, bottom: float, label: str | None
) -> None:
    from PIL import ImageDraw, ImageFont  # noqa: PLC0415 - optional

    draw = ImageDraw.Draw(picture)
    corners = [(left, top), (left, bottom), (right, bottom), (right, top), (left, top)]
    draw.line(corners, width=2, fill="Red")
    if not label:
        return
    font = ImageFont.load_default()
    x0, y0, x1, y1 = font.getbbox(label)
    width, height = x1 - x0, y1 - y0
    margin = np.ceil(0.05 * height)
    above = bottom - height - 2 * margin
    draw.rectangle([(left, above), (left + width, bottom)], fill="Red")
    draw.text((left + margin, bottom - height - margin), label, fill="black", font=font)


def video(tag: str, tensor: Any, fps: float = 4) -> Summary:
    """(N, T, C, H, W) bytes, or floats from 0 to 1, as an animated GIF of a grid. Without moviepy
    an entry without a video.
    """
    frames = prepare_video(make_np(tensor))
    scale = _scale(frames)
    pixels = (frames.astype(np.float32) * scale).clip(0, 255).astype(np.uint8)
    return _value(tag, image=make_video(pixels, fps))


def make_video(tensor: np.ndarray, fps: float) -> Summary.Image | None:
    """(T, H, W, C) bytes as an animated GIF, by moviepy; None and a message without it."""
    try:
        import moviepy.video.io.ImageSequenceClip as clips  # type: ignore  # noqa: PLC0415
    except ImportError:
        print("add_video needs package moviepy")
        return None
    _, height, width, channels = tensor.shape
    handle, path = tempfile.mkstemp(suffix=".gif")
    os.close(handle)
    try:
        clips.ImageSequenceClip(list(tensor), fps=fps).write_gif(path, logger=None)
        with open(path, "rb") as file:
            encoded = file.read()
    finally:
        os.remove(path)
    return Summary.Image(
        height=height, width=width, colorspace=channels, encoded_image_string=encoded
    )


def audio(tag: str, tensor: Any, sample_rate: int = 44100) -> Summary:
    """Samples from -1 to 1, as 16-bit WAV of one channel."""
    samples = make_np(tensor).squeeze()
    if abs(samples).max() > 1:
        print("warning: audio amplitude out of range, auto clipped.")
        samples = samples.clip(-1, 1)
    assert samples.ndim == 1, "input tensor should be 1 dimensional."
    coded = (samples * np.iinfo(np.int16).max).astype("<i2")
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(coded.tobytes())
    entry = Summary.Audio(
        sample_rate=sample_rate,
        num_channels=1,
        length_frames=samples.shape[-1],
        encoded_audio_string=out.getvalue(),
        content_type="audio/wav",
    )
    return _value(tag, audio=entry)


# -- plugins --


def custom_scalars(layout: dict[str, dict[str, list]]) -> Summary:
    """Charts by category and title: ["Margin", [three tags]] or ["Multiline", tags]."""
    categories = []
    for name, charts in layout.items():
        shown = []
        for title, (kind, tags) in charts.items():
            if kind == "Margin":
                assert len(tags) == 3, f"Expected 3 tags, got {len(tags)}."
                value, lower, upper = tags
                series = layout_pb2.MarginChartContent.Series(value=value, lower=lower, upper=upper)
                content = layout_pb2.MarginChartContent(series=[series])
                shown.append(layout_pb2.Chart(title=title, margin=content))
            else:
                content = layout_pb2.MultilineChartContent(tag=tags)
                shown.append(layout_pb2.Chart(title=title, multiline=content))
        categories.append(layout_pb2.Category(title=name, chart=shown))
    content = layout_pb2.Layout(category=categories).SerializeToString()
    proto = TensorProto(dtype="DT_STRING", string_val=[content], tensor_shape=_shape())
    return _value("custom_scalars__config__", tensor=proto, metadata=_plugin("custom_scalars"))


def text(tag: str, text: str) -> Summary:
    """Text, which TensorBoard reads as Markdown."""
    content = text.encode(encoding="utf_8")
    proto = TensorProto(dtype="DT_STRING", string_val=[content], tensor_shape=_shape(1))
    metadata = _plugin("text", TextPluginData(version=0).SerializeToString())
    return _value(tag + "/text_summary", tensor=proto, metadata=metadata)


def pr_curve(
    tag: str, labels: Any, predictions: Any, num_thresholds: int = 127, weights: Any = None
) -> Summary:
    """Precision and recall of scores from 0 to 1, at most at 127 thresholds."""
    count = min(num_thresholds, 127)
    weights = 1.0 if weights is None else weights
    bucket = np.int32(np.floor(predictions * (count - 1)))
    positive = labels.astype(float)

    def at_least(weight: np.ndarray) -> np.ndarray:
        found, _ = np.histogram(bucket, bins=count, range=(0, count - 1), weights=weight)
        return np.cumsum(found[::-1])[::-1]

    tp, fp = at_least(positive * weights), at_least((1.0 - positive) * weights)
    tn, fn, least = fp[0] - fp, tp[0] - tp, 1e-7
    precision, recall = tp / np.maximum(least, tp + fp), tp / np.maximum(least, tp + fn)
    return pr_curve_raw(tag, tp, fp, tn, fn, precision, recall, count)


def pr_curve_raw(
    tag: str, tp, fp, tn, fn, precision, recall, num_thresholds: int = 127, weights: Any = None
) -> Summary:
    """A curve that is known already: counts and rates at each threshold."""
    count = min(num_thresholds, 127)
    data = np.stack((tp, fp, tn, fn, precision, recall))
    metadata = _plugin(
        "pr_curves", PrCurvePluginData(version=0, num_thresholds=count).SerializeToString()
    )
    proto = TensorProto(
        dtype="DT_FLOAT", float_val=data.reshape(-1).tolist(), tensor_shape=_shape(*data.shape)
    )
    return _value(tag, tensor=proto, metadata=metadata)


def mesh(
    tag: str,
    vertices: Any,
    colors: Any,
    faces: Any,
    config_dict: dict | None,
    display_name: str | None = None,
    description: str | None = None,
) -> Summary:
    """Triangles, or points without `faces`. All tensors are (B, n, 3); vertices are points in
    space, faces numbers of vertices, colors of vertices from 0 to 255.
    """
    kinds = [
        (vertices, MeshPluginData.VERTEX),
        (faces, MeshPluginData.FACE),
        (colors, MeshPluginData.COLOR),
    ]
    given = [(tensor, kind) for tensor, kind in kinds if tensor is not None]
    components = mesh_metadata.get_components_bitmask([kind for _, kind in given])
    values = []
    for tensor, kind in given:
        shape = tensor.shape
        if len(shape) != 3 or shape[2] != 3:
            raise ValueError(f"Tensor shape should be of shape BxNx3, but got {shape}.")
        metadata = mesh_metadata.create_summary_metadata(
            tag, display_name, kind, components, shape, description,
            json_config=json.dumps(config_dict or {}, sort_keys=True),
        )  # fmt: skip
        proto = TensorProto(
            dtype="DT_FLOAT",
            float_val=make_np(tensor).reshape(-1).tolist(),
            tensor_shape=_shape(*shape),
        )
        name = mesh_metadata.get_instance_name(tag, kind)
        values.append(Summary.Value(tag=name, tensor=proto, metadata=metadata))
    return Summary(value=values)
