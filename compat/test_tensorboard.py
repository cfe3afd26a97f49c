"""SummaryWriter beside real torch's: the same calls, and then every event and every file that each
left, byte for byte but for the times.
"""

from __future__ import annotations

import pathlib
import re

import numpy as np
import pytest
import torch

import jtorch

from .programs._outcome import error

pytest.importorskip("tensorboard")
pytest.importorskip("PIL")

import torch.utils.tensorboard

import jtorch.utils.tensorboard

pytestmark = pytest.mark.filterwarnings("ignore")


def scalars(t, w):
    w.add_scalar("loss", 0.5, 1)
    w.add_scalar("loss", t.tensor(0.25), 2)
    w.add_scalar("array", np.float32(0.1), t.tensor(3))
    w.add_scalar("new", 1.5, 0, new_style=True)
    w.add_scalar("double", 1 / 3, 0, new_style=True, double_precision=True)
    w.add_scalar("double", 1 / 3, 0, double_precision=True)
    w.add_scalar("none", 7, walltime=5.0)
    w.add_scalar("name with spaces and ünï/cöde", 1, 2**40)
    w.add_scalar("grad", t.ones((), requires_grad=True), 1)
    w.add_scalars("many/kinds", {"a": 1.0, "b/c": t.tensor(2.0)}, 4)
    w.add_scalars("many/kinds", {"a": 3.0}, 5)
    return [
        error(w.add_scalar, "text", "abc"), error(w.add_scalar, "two", t.ones(2)),
        error(w.add_scalar, "none", None), error(w.add_scalar, "list", [1.0]),
        error(w.add_scalar, 3, 1.0),
    ]  # fmt: skip


def histograms(t, w):
    x = t.from_numpy(np.arange(-50.0, 50.0, dtype="f") ** 3 / 1000)
    for bins in ("tensorflow", "auto", "fd", "sqrt"):
        w.add_histogram("x", x, 1, bins=bins)
    w.add_histogram("bounded", x, 2, max_bins=5)
    w.add_histogram("array", np.arange(10), 3, bins=np.arange(0, 12, 2))
    w.add_histogram("constant", t.ones(7), 4)
    w.add_histogram("ints", t.arange(9).view(3, 3), 6)
    w.add_histogram("bf16", t.arange(9).to(t.float16), 6)
    w.add_histogram_raw("raw", 0, 3, 4, 6.0, 14.0, [1.0, 2.0, 3.0], [1, 1, 2], 7)
    return [
        error(w.add_histogram, "empty", t.zeros(0)), error(w.add_histogram, "s", "abc"),
        error(w.add_histogram, "list", [1, 2]),
        error(w.add_histogram_raw, "raw", 0, 3, 4, 6.0, 14.0, [1.0, 2.0], [1, 1, 2]),
    ]  # fmt: skip


def images(t, w):
    ramp = t.arange(3 * 5 * 7).view(3, 5, 7)
    w.add_image("float", ramp / 104.0, 1)
    w.add_image("bytes", ramp.to(t.uint8), 2)
    w.add_image("hwc", ramp.permute(1, 2, 0) / 104.0, 3, dataformats="HWC")
    w.add_image("hw", ramp[0] / 34.0, 4, dataformats="HW")
    w.add_image("one", ramp[:1] / 34.0, 5)
    w.add_image("array", ramp.numpy() / 104.0, 6)
    batch = t.stack([ramp, 104 - ramp, ramp // 2, ramp * 0]) / 104.0
    w.add_images("batch", batch, 7)
    w.add_images("nhwc", batch[:3].permute(0, 2, 3, 1), 8, dataformats="NHWC")
    w.add_images("nchw, one channel", batch[:, :1], 9)
    big = t.arange(3 * 40 * 60).view(3, 40, 60) / 7200.0
    boxes = t.tensor([[2.0, 3.0, 30.0, 20.0], [10.0, 10.0, 59.0, 39.0]])
    w.add_image_with_boxes("boxes", big, boxes, 10)
    w.add_image_with_boxes("labels", big, boxes, 11, rescale=2, labels=["cat", "dog"])
    return [
        error(w.add_image, "bad", ramp / 104.0, dataformats="CWX"),
        error(w.add_image, "bad", ramp[0] / 34.0), error(w.add_images, "bad", ramp),
    ]  # fmt: skip


def figures(t, w):
    pytest.importorskip("matplotlib").use("Agg")
    from matplotlib import pyplot

    def figure():
        fig = pyplot.figure(figsize=(1, 1))
        pyplot.plot([1, 2, 3])
        return fig

    w.add_figure("one", figure(), 1)
    w.add_figure("two", [figure(), figure()], 2, close=False)
    count = len(pyplot.get_fignums())
    pyplot.close("all")
    return [count]


def sounds(t, w):
    w.add_audio("sine", t.from_numpy(np.sin(np.arange(2000.0) / 20)), 1)
    w.add_audio("column", t.arange(-5.0, 5.0).view(10, 1) / 5, 2, sample_rate=8000)
    w.add_audio("loud", t.tensor([[2.0, -3.0]]), 3)
    w.add_video("video", t.zeros(1, 3, 3, 4, 4), 4)  # without moviepy a message, and nothing
    return [error(w.add_video, "video", t.zeros(3, 4, 4))]


def texts(t, w):
    w.add_text("markdown", "**bold** and\n\ttab", 1)
    w.add_text("plain", "ünïcöde")
    w.add_tensor("tensor", t.arange(6.0).view(2, 3), 2)
    w.add_tensor("tensor", t.arange(6).view(2, 3), 2)
    return [error(w.add_text, "bad", 3)]


def curves(t, w):
    scores = (t.arange(100) * 37 % 100) / 100.0
    labels = (t.arange(100) * 13 % 7 < 3).to(t.int64)
    w.add_pr_curve("pr", labels, scores, 1)
    w.add_pr_curve("few", labels.numpy(), scores.numpy(), 2, num_thresholds=8)
    w.add_pr_curve("weights", labels, scores, 3, weights=np.full(100, 2.0))
    counts = [[float(i) for i in range(5)] for _ in range(6)]
    w.add_pr_curve_raw("raw", *counts, 4, num_thresholds=5)
    return []


def layouts(t, w):
    w.add_custom_scalars_multilinechart(["a", "b"], category="c", title="t")
    w.add_custom_scalars_marginchart(["a", "b", "c"])
    layout = {
        "Taiwan": {"twse": ["Multiline", ["twse/0050", "twse/2330"]]},
        "USA": {"dow": ["Margin", ["dow/aaa", "dow/bbb", "dow/ccc"]]},
    }
    w.add_custom_scalars(layout)
    return [error(w.add_custom_scalars_marginchart, ["a", "b"])]


def meshes(t, w):
    vertices = t.tensor([[[1.0, 1, 1], [-1, -1, 1], [1, -1, -1], [-1, 1, -1]]])
    colors = (vertices > 0).to(t.int64) * 255
    faces = t.tensor([[[0, 2, 3], [0, 3, 1], [0, 1, 2], [1, 3, 2]]])
    w.add_mesh("mesh", vertices, colors=colors, faces=faces, global_step=1)
    w.add_mesh("points", vertices, config_dict={"camera": {"cls": "PerspectiveCamera"}})
    return []


def hyperparameters(t, w):
    w.add_hparams(
        {"lr": 0.1, "bsize": 1, "name": "x", "flag": True, "t": t.tensor([2.0])},
        {"accuracy": 10.0, "loss": t.tensor(0.5)}, run_name="run",
    )  # fmt: skip
    w.add_hparams(
        {"lr": 0.1, "opt": "adam"}, {"accuracy": 1.0}, run_name="other", global_step=3,
        hparam_domain_discrete={"lr": [0.1, 0.2], "opt": ["adam", "sgd"]},
    )  # fmt: skip
    return [
        error(w.add_hparams, 3, {}), error(w.add_hparams, {}, 3),
        error(w.add_hparams, {"a": 1}, {}, {"b": [1]}), error(w.add_hparams, {"a": [1]}, {}),
        error(w.add_hparams, {"a": 1.0}, {}, {"a": ["x"]}),
    ]  # fmt: skip


def embeddings(t, w):
    points = t.from_numpy(np.arange(12.0, dtype="f").reshape(4, 3) / 7)
    w.add_embedding(points)
    w.add_embedding(points, metadata=["a", "b", "c", "d"], tag="named", global_step=2)
    w.add_embedding(points, [["a", 1], ["b", 2], ["c", 3], ["d", 4]], metadata_header=["n", "i"])
    w.add_embedding(points, label_img=t.arange(4 * 3 * 2 * 2).view(4, 3, 2, 2) / 48, global_step=3)
    return [
        error(w.add_embedding, points, metadata=["a"]),
        error(w.add_embedding, points, label_img=t.zeros(3, 3, 2, 2)),
        error(w.add_embedding, points, label_img=t.zeros(4, 3, 2, 3)),
        error(w.add_embedding, points[0]),
    ]  # fmt: skip


CASES = [
    scalars, histograms, images, figures, sounds, texts, curves, layouts, meshes, hyperparameters,
    embeddings,
]  # fmt: skip


def left_in(folder):
    """{path: contents} of every file: events as texts without times, other files as they are."""
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event

    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        name = str(path.relative_to(folder))
        if "events.out.tfevents" not in name:
            found[name] = path.read_bytes()
            continue
        events = []
        for raw in RawEventFileLoader(str(path)).Load():
            event = Event.FromString(raw)
            given = event.wall_time if event.wall_time < 1000 else 0
            event.wall_time = 0
            event.source_metadata.Clear()
            events.append((given, re.sub(r"start_time_secs: \S+", "", str(event))))
        found[re.sub(r"tfevents\..*", "", name)] = events
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_events(case, tmp_path, capsys):
    seen = []
    for lib in (torch, jtorch):
        folder = tmp_path / lib.__name__
        with lib.utils.tensorboard.SummaryWriter(str(folder), filename_suffix=".x") as writer:
            seen.append((case(lib, writer), left_in_after(writer, folder), capsys.readouterr().out))
    theirs, ours = seen
    assert ours[0] == theirs[0]
    assert ours[2] == theirs[2]
    assert list(ours[1]) == list(theirs[1])
    for name, contents in theirs[1].items():
        assert ours[1][name] == contents, name


def left_in_after(writer, folder):
    writer.close()
    return left_in(folder)


def test_writers(tmp_path, monkeypatch):
    """Where a writer writes, and what it does after it was closed."""
    out = []
    for lib in (torch, jtorch):
        folder = tmp_path / lib.__name__
        folder.mkdir()
        monkeypatch.chdir(folder)
        make = lib.utils.tensorboard.SummaryWriter
        w = make(comment="_note")
        out.append(re.sub(r"^runs/\w{3}\d\d_\d\d-\d\d-\d\d_.*_note$", "ok", w.get_logdir()))
        w.add_scalar("a", 1)
        w.close()
        w.add_scalar("b", 2)
        w.flush()
        w.close()
        w = make(pathlib.Path("there"), purge_step=3)
        w.add_scalar("a", 1, 4)
        w.flush()
        out += [w.get_logdir(), left_in(folder / "there")]
        w.close()
        out += [len(list((folder / "runs").rglob("*tfevents*"))), error(w.add_graph, 3)[:0]]
    half = len(out) // 2
    assert out[:half] == out[half:]
    assert pathlib.Path(out[1]) == pathlib.Path("there")
