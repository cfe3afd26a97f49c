"""SummaryWriter: what it writes can be read back; compat/ compares it with torch's."""

import subprocess
import sys

import numpy as np
import pytest

import jtorch as torch

pytest.importorskip("tensorboard")

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from jtorch.utils.tensorboard import SummaryWriter


def read(folder):
    return EventAccumulator(str(folder)).Reload()


def test_what_was_written_is_read_back(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        for step in range(3):
            writer.add_scalar("loss", torch.tensor(0.5) ** step, step)
        writer.add_histogram("weights", torch.arange(10.0), 1)
        writer.add_text("note", "**text**", torch.tensor(2))
        writer.add_scalars("both", {"a": 1, "b": 2}, 3)
    log = read(tmp_path)
    assert [(e.step, e.value) for e in log.Scalars("loss")] == [(0, 1.0), (1, 0.5), (2, 0.25)]
    histogram = log.Histograms("weights")[0].histogram_value
    assert (histogram.min, histogram.max, histogram.num, histogram.sum) == (0, 9, 10, 45)
    note = log.Tensors("note/text_summary")[0]
    assert (note.step, make_ndarray(note.tensor_proto).item()) == (2, b"**text**")
    assert [e.value for e in read(tmp_path / "both_b").Scalars("both")] == [2.0]


def test_tensors_of_every_width(tmp_path):
    values = torch.tensor([1.5, -2.0, 0.25])
    with SummaryWriter(tmp_path) as writer:
        for dtype in (torch.float16, torch.float32, torch.float64):
            writer.add_tensor(str(dtype), values.to(dtype))
    log = read(tmp_path)
    for dtype in (torch.float16, torch.float32, torch.float64):
        assert make_ndarray(log.Tensors(str(dtype))[0].tensor_proto).tolist() == values.tolist()


def test_images(tmp_path):
    image = pytest.importorskip("PIL.Image")
    picture = torch.arange(2 * 3 * 3, dtype=torch.uint8).view(3, 2, 3) * 14
    with SummaryWriter(tmp_path) as writer:
        writer.add_image("picture", picture, 1)
        writer.add_images("grid", torch.stack([picture] * 3), 2)
    log = read(tmp_path)
    entry = log.Images("picture")[0]
    assert (entry.width, entry.height) == (3, 2)
    path = tmp_path / "picture.png"
    path.write_bytes(entry.encoded_image_string)
    seen = np.asarray(image.open(path)).tolist()
    assert seen == picture.permute(1, 2, 0).tolist()
    assert log.Images("grid")[0].width == 9


def test_graphs_are_refused(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(NotImplementedError, match="add_graph"):
            writer.add_graph(torch.nn.Linear(2, 2), torch.ones(1, 2))
        with pytest.raises(NotImplementedError, match="add_onnx_graph"):
            writer.add_onnx_graph("x")


def test_without_the_package():
    code = """
import sys; sys.modules["tensorboard"] = None
import jtorch.utils
try:
    import jtorch.utils.tensorboard
except ImportError as error:
    print(error.name)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "tensorboard\n"
