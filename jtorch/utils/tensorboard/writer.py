"""SummaryWriter: puts summaries of numbers, pictures and the like into the event files that
TensorBoard reads.
"""

# The modules of protocol buffers make their names as they are imported.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import os
import socket
import time
from datetime import datetime
from typing import Any

from google.protobuf import text_format
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from ..._errors import not_covered
from . import summary
from ._convert_np import make_np
from ._embedding import get_embedding_info, make_mat, make_sprite, make_tsv, write_pbtxt
from ._utils import figure_to_image

__all__ = ["FileWriter", "SummaryWriter"]


class FileWriter:
    """One event file in `log_dir`, written by a thread of its own: at least every `flush_secs`
    seconds, and when `max_queue` events wait.
    """

    def __init__(
        self, log_dir: Any, max_queue: int = 10, flush_secs: int = 120, filename_suffix: str = ""
    ) -> None:
        self.event_writer = EventFileWriter(str(log_dir), max_queue, flush_secs, filename_suffix)

    def get_logdir(self) -> str:
        """The folder."""
        return self.event_writer.get_logdir()

    def add_event(self, event: Event, step: Any = None, walltime: float | None = None) -> None:
        """Put a step and a time (in seconds since 1970; now) on an event and write it."""
        event.wall_time = time.time() if walltime is None else walltime
        if step is not None:
            event.step = int(step)
        self.event_writer.add_event(event)

    def add_summary(
        self, summary: Any, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Write a summary as an event."""
        self.add_event(Event(summary=summary), global_step, walltime)

    def flush(self) -> None:
        """Return when everything is in the file."""
        self.event_writer.flush()

    def close(self) -> None:
        """Flush and close the file."""
        self.event_writer.close()

    def reopen(self) -> None:
        """Begin another file after `close`."""
        self.event_writer.reopen()


def _default_bins() -> list[float]:
    """Edges of bins that grow by a tenth from one to the next, on both sides of 0."""
    edges, edge = [], 1e-12
    while edge < 1e20:
        edges.append(edge)
        edge *= 1.1
    return [-edge for edge in reversed(edges)] + [0] + edges


class SummaryWriter:
    """Logs to event files in `log_dir`, or in a folder below `runs` that is named after the time,
    the host and `comment`. Events from `purge_step` on that an earlier run left are hidden.
    """

    def __init__(
        self,
        log_dir=None,
        comment="",
        purge_step=None,
        max_queue=10,
        flush_secs=120,
        filename_suffix="",
    ) -> None:
        if not log_dir:
            now = datetime.now().strftime("%b%d_%H-%M-%S")
            log_dir = os.path.join("runs", now + "_" + socket.gethostname() + comment)
        self.log_dir = log_dir
        self.purge_step = purge_step
        self.max_queue = max_queue
        self.flush_secs = flush_secs
        self.filename_suffix = filename_suffix
        self.file_writer: FileWriter | None = None
        self.all_writers: dict[str, FileWriter] | None = None
        self._get_file_writer()
        self.default_bins = _default_bins()

    def _get_file_writer(self) -> FileWriter:
        """The writer of the log's own file; another file after `close`."""
        if self.all_writers is None or self.file_writer is None:
            self.file_writer = self._new_writer(self.log_dir)
            self.all_writers = {self.file_writer.get_logdir(): self.file_writer}
            if self.purge_step is not None:
                step = self.purge_step
                self.file_writer.add_event(Event(step=step, file_version="brain.Event:2"))
                start = SessionLog(status=SessionLog.START)
                self.file_writer.add_event(Event(step=step, session_log=start))
                self.purge_step = None
        return self.file_writer

    def _new_writer(self, folder: Any) -> FileWriter:
        return FileWriter(folder, self.max_queue, self.flush_secs, self.filename_suffix)

    def _add(self, entry: Any, global_step: Any, walltime: float | None) -> None:
        self._get_file_writer().add_summary(entry, global_step, walltime)

    def get_logdir(self) -> str:
        """The folder of the event files."""
        return self.log_dir

    # -- numbers

    def add_scalar(
        self,
        tag,
        scalar_value,
        global_step=None,
        walltime=None,
        new_style=False,
        double_precision=False,
    ) -> None:
        """A number: a float, or a tensor of one element."""
        entry = summary.scalar(
            tag, scalar_value, new_style=new_style, double_precision=double_precision
        )
        self._add(entry, global_step, walltime)

    def add_scalars(self, main_tag, tag_scalar_dict, global_step=None, walltime=None) -> None:
        """Numbers in one diagram, each in a file of its own."""
        walltime = time.time() if walltime is None else walltime
        folder = self._get_file_writer().get_logdir()
        assert self.all_writers is not None
        for tag, value in tag_scalar_dict.items():
            place = folder + "/" + main_tag.replace("/", "_") + "_" + tag
            if place not in self.all_writers:
                self.all_writers[place] = self._new_writer(place)
            entry = summary.scalar(main_tag, value)
            self.all_writers[place].add_summary(entry, global_step, walltime)

    def add_tensor(self, tag, tensor, global_step=None, walltime=None) -> None:
        """A tensor as it is."""
        self._add(summary.tensor_proto(tag, tensor), global_step, walltime)

    def add_histogram(
        self, tag, values, global_step=None, bins="tensorflow", walltime=None, max_bins=None
    ) -> None:
        """How values are distributed, over bins as `numpy.histogram` takes them."""
        if isinstance(bins, str) and bins == "tensorflow":
            bins = self.default_bins
        self._add(summary.histogram(tag, values, bins, max_bins=max_bins), global_step, walltime)

    def add_histogram_raw(
        self,
        tag,
        min,
        max,
        num,
        sum,
        sum_squares,
        bucket_limits,
        bucket_counts,
        global_step=None,
        walltime=None,
    ) -> None:
        """A histogram that is known already: counts, and the right edges of their bins."""
        if len(bucket_limits) != len(bucket_counts):
            raise ValueError("len(bucket_limits) != len(bucket_counts), see the document.")
        entry = summary.histogram_raw(
            tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts
        )
        self._add(entry, global_step, walltime)

    # -- pictures and sound

    def add_image(
        self, tag, img_tensor, global_step=None, walltime=None, dataformats="CHW"
    ) -> None:
        """An image of bytes, or of floats from 0 to 1. `dataformats` names its dimensions."""
        entry = summary.image(tag, img_tensor, dataformats=dataformats)
        self._add(entry, global_step, walltime)

    def add_images(
        self, tag, img_tensor, global_step=None, walltime=None, dataformats="NCHW"
    ) -> None:
        """A batch of images, as a grid."""
        entry = summary.image(tag, img_tensor, dataformats=dataformats)
        self._add(entry, global_step, walltime)

    def add_image_with_boxes(
        self,
        tag,
        img_tensor,
        box_tensor,
        global_step=None,
        walltime=None,
        rescale=1,
        dataformats="CHW",
        labels=None,
    ) -> None:
        """An image with (N, 4) boxes: left, top, right, bottom in pixels; `labels` are N texts."""
        if labels is not None:
            labels = [labels] if isinstance(labels, str) else labels
            if len(labels) != box_tensor.shape[0]:
                labels = None
        entry = summary.image_boxes(
            tag, img_tensor, box_tensor, rescale=rescale, dataformats=dataformats, labels=labels
        )
        self._add(entry, global_step, walltime)

    def add_figure(self, tag, figure, global_step=None, close=True, walltime=None) -> None:
        """A figure of matplotlib, or a list of them, which `close` closes."""
        formats = "NCHW" if isinstance(figure, list) else "CHW"
        picture = figure_to_image(figure, close)
        self.add_image(tag, picture, global_step, walltime, dataformats=formats)

    def add_video(self, tag, vid_tensor, global_step=None, fps=4, walltime=None) -> None:
        """(N, T, C, H, W) videos, by moviepy."""
        self._add(summary.video(tag, vid_tensor, fps), global_step, walltime)

    def add_audio(
        self, tag, snd_tensor, global_step=None, sample_rate=44100, walltime=None
    ) -> None:
        """(L,) samples from -1 to 1, `sample_rate` of them a second."""
        entry = summary.audio(tag, snd_tensor, sample_rate=sample_rate)
        self._add(entry, global_step, walltime)

    # -- texts, curves and what plugins show

    def add_text(self, tag, text_string, global_step=None, walltime=None) -> None:
        """Markdown."""
        self._add(summary.text(tag, text_string), global_step, walltime)

    def add_pr_curve(
        self,
        tag,
        labels,
        predictions,
        global_step=None,
        num_thresholds=127,
        weights=None,
        walltime=None,
    ) -> None:
        """Precision and recall of (N,) scores from 0 to 1 against (N,) labels 0 or 1."""
        entry = summary.pr_curve(
            tag, make_np(labels), make_np(predictions), num_thresholds, weights
        )
        self._add(entry, global_step, walltime)

    def add_pr_curve_raw(
        self,
        tag,
        true_positive_counts,
        false_positive_counts,
        true_negative_counts,
        false_negative_counts,
        precision,
        recall,
        global_step=None,
        num_thresholds=127,
        weights=None,
        walltime=None,
    ) -> None:
        """Such a curve from (num_thresholds,) counts and rates."""
        entry = summary.pr_curve_raw(
            tag,
            true_positive_counts,
            false_positive_counts,
            true_negative_counts,
            false_negative_counts,
            precision,
            recall,
            num_thresholds,
            weights,
        )
        self._add(entry, global_step, walltime)

    def add_custom_scalars_multilinechart(self, tags, category="default", title="untitled") -> None:
        """A diagram of several scalars."""
        self._add(summary.custom_scalars({category: {title: ["Multiline", tags]}}), None, None)

    def add_custom_scalars_marginchart(self, tags, category="default", title="untitled") -> None:
        """A diagram of one scalar between two others: value, lower, upper."""
        assert len(tags) == 3, f"Expected 3 tags, got {len(tags)}."
        self._add(summary.custom_scalars({category: {title: ["Margin", tags]}}), None, None)

    def add_custom_scalars(self, layout) -> None:
        """Such diagrams by category and title."""
        self._add(summary.custom_scalars(layout), None, None)

    def add_mesh(
        self,
        tag,
        vertices,
        colors=None,
        faces=None,
        config_dict=None,
        global_step=None,
        walltime=None,
    ) -> None:
        """Triangles or points in space: (B, n, 3) vertices, colors (0 to 255) and faces."""
        self._add(summary.mesh(tag, vertices, colors, faces, config_dict), global_step, walltime)

    def add_hparams(
        self,
        hparam_dict,
        metric_dict,
        hparam_domain_discrete=None,
        run_name=None,
        global_step=None,
    ) -> None:
        """The hyperparameters of a run and what it reached, in a folder below, `run_name`."""
        if type(hparam_dict) is not dict or type(metric_dict) is not dict:
            raise TypeError("hparam_dict and metric_dict should be dictionary.")
        entries = summary.hparams(hparam_dict, metric_dict, hparam_domain_discrete)
        folder = os.path.join(self._get_file_writer().get_logdir(), run_name or str(time.time()))
        with SummaryWriter(log_dir=folder) as writer:
            for entry in entries:
                writer._add(entry, global_step, None)
            for name, value in metric_dict.items():
                writer.add_scalar(name, value, global_step)

    def add_embedding(
        self,
        mat,
        metadata=None,
        label_img=None,
        global_step=None,
        tag="default",
        metadata_header=None,
    ) -> None:
        """(N, D) points, with N names, or rows of them, and (N, C, H, W) images."""
        points = make_np(mat)
        step = str(0 if global_step is None else global_step).zfill(5)
        place = f"{step}/{self._encode(tag)}"
        folder = os.path.join(self._get_file_writer().get_logdir(), place)
        if os.path.isdir(folder):
            print("warning: Embedding dir exists, did you set global_step for add_embedding()?")
        else:
            os.makedirs(folder)
        if metadata is not None:
            assert points.shape[0] == len(metadata), "#labels should equal with #data points"
            make_tsv(metadata, folder, metadata_header=metadata_header)
        if label_img is not None:
            assert points.shape[0] == label_img.shape[0], "#images should equal with #data points"
            make_sprite(label_img, folder)
        assert points.ndim == 2, "mat should be 2D, where mat.size(0) is the number of data points"
        make_mat(points, folder)
        if not hasattr(self, "_projector_config"):
            self._projector_config = ProjectorConfig()
        info = get_embedding_info(metadata, label_img, place, step, tag)
        self._projector_config.embeddings.extend([info])
        text = text_format.MessageToString(self._projector_config)
        write_pbtxt(self._get_file_writer().get_logdir(), text)

    @staticmethod
    def _encode(rawstr: str) -> str:
        """A tag as the name of a folder."""
        for sign in "%/\\":
            rawstr = rawstr.replace(sign, f"%{ord(sign):02x}")
        return rawstr

    # -- graphs

    def add_graph(self, model, input_to_model=None, verbose=False, use_strict_trace=True) -> None:
        """Not covered: there is no TorchScript graph here."""
        raise not_covered("SummaryWriter.add_graph")

    def add_onnx_graph(self, prototxt) -> None:
        """Not covered."""
        raise not_covered("SummaryWriter.add_onnx_graph")

    # -- the end

    def flush(self) -> None:
        """Return when everything is in the files."""
        for writer in (self.all_writers or {}).values():
            writer.flush()

    def close(self) -> None:
        """Flush and close the files. Logging more begins others."""
        for writer in (self.all_writers or {}).values():
            writer.flush()
            writer.close()
        self.file_writer = self.all_writers = None

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(self, exc_type, exc_val, exc_tb) -> None:
        self.close()
