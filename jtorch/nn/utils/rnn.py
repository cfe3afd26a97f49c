"""Sequences of different lengths: packed for recurrent networks, padded for everything else.
Lengths are looked at, because they decide the shapes; the data is not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ..._devices import device as Device
from ..._dtypes import int64
from ..._tensor import Tensor
from ...ops.creation import full
from ...ops.join import cat, stack
from ...ops.tensors import as_tensor

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class _PackedFields(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_PackedFields):
    """Sequences of a batch, time step by time step: `data` holds all first elements, then all
    second ones, and `batch_sizes` how many sequences reach each step."""

    __slots__ = ()

    def __new__(
        cls,
        data: Tensor,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            raise ValueError(
                "jtorch: PackedSequence((data, batch_sizes)) is not covered; give them separately"
            )
        if batch_sizes.device.type != "cpu":
            raise ValueError(
                "batch_sizes should always be on CPU. "
                "Instances of PackedSequence should never be created manually. "
                "They should be instantiated by functions like pack_sequence "
                "and pack_padded_sequences in nn.utils.rnn. "
                "https://pytorch.org/docs/stable/nn.html#torch.nn.utils.rnn.pack_sequence"
            )
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Like `Tensor.to`, for the data; the indices follow to its device."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        return self._with_data(data)

    def _with_data(self, data: Tensor) -> PackedSequence:
        moved = [
            None if index is None else index.to(data.device)
            for index in (self.sorted_indices, self.unsorted_indices)
        ]
        return type(self)(data, self.batch_sizes, *moved)

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """On a GPU."""
        data = self.data.cuda(*args, **kwargs)
        return self if data is self.data else self._with_data(data)

    def cpu(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """On the CPU."""
        return self.to(Device("cpu"), *args, **kwargs)

    def pin_memory(self) -> PackedSequence:
        """With its data in page-locked memory."""
        return self._with_data(self.data.pin_memory())

    def double(self) -> PackedSequence:
        """As float64."""
        return self._with_data(self.data.double())

    def float(self) -> PackedSequence:
        """As float32."""
        return self._with_data(self.data.float())

    def half(self) -> PackedSequence:
        """As float16."""
        return self._with_data(self.data.half())

    def long(self) -> PackedSequence:
        """As int64."""
        return self._with_data(self.data.long())

    def int(self) -> PackedSequence:
        """As int32."""
        return self._with_data(self.data.int())

    def short(self) -> PackedSequence:
        """As int16."""
        return self._with_data(self.data.short())

    def char(self) -> PackedSequence:
        """As int8."""
        return self._with_data(self.data.char())

    def byte(self) -> PackedSequence:
        """As uint8."""
        return self._with_data(self.data.byte())

    @property
    def is_cuda(self) -> bool:
        """Whether the data is on a GPU."""
        return self.data.is_cuda

    def is_pinned(self) -> bool:
        """Whether the data is in page-locked memory."""
        return self.data.is_pinned()


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes `permutation`."""
    if permutation is None:
        return None
    return permutation.argsort()


def pack_padded_sequence(
    input: Tensor,
    lengths: Any,
    batch_first: bool = False,
    enforce_sorted: bool = True,
) -> PackedSequence:
    """Pack (T, B, *), or (B, T, *) if `batch_first`; `lengths` says how much of each is data.

    Without `enforce_sorted` the batch is sorted by length, and unsorted again when unpacked."""
    counts = _lengths_on_host(lengths)
    order: np.ndarray | None = None
    sorted_indices = None
    if not enforce_sorted:
        order = np.argsort(-counts, kind="stable")
        counts = counts[order]
        sorted_indices = as_tensor(order, dtype=int64, device=input.device)
    steps, batch = (input.size(1), input.size(0)) if batch_first else input.shape[:2]
    _check_lengths(counts, batch)
    batch_sizes = (counts[None, :] > np.arange(counts[0])[:, None]).sum(1)
    # The positions in the flattened input of every element that is data, step by step.
    step, column = np.nonzero(counts[None, :] > np.arange(min(counts[0], steps))[:, None])
    row = column if order is None else order[column]
    positions = row * steps + step if batch_first else step * batch + row
    flat = input.flatten(0, 1)
    data = flat.index_select(0, as_tensor(positions, dtype=int64, device=input.device))
    return PackedSequence(data, as_tensor(batch_sizes, dtype=int64), sorted_indices, None)


def _lengths_on_host(lengths: Any) -> np.ndarray:
    lengths = as_tensor(lengths, dtype=int64)
    if lengths.dim() != 1:
        raise RuntimeError(
            "'lengths' argument should be a 1D CPU int64 tensor, but got "
            f"{lengths.dim()}D cpu Long tensor"
        )
    return lengths._numpy()


def _check_lengths(counts: np.ndarray, batch: int) -> None:
    if len(counts) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(counts)} "
            f"(batch_size={batch})"
        )
    if (counts[1:] > counts[:-1]).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. "
            "You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to "
            "sidestep this requirement if you do not need ONNX exportability."
        )
    if (counts <= 0).any():
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' "
            "that is <= 0"
        )


def packed_positions(batch_sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The time step and the place in the batch of each row of packed data."""
    steps = np.repeat(np.arange(len(batch_sizes)), batch_sizes)
    starts = np.cumsum(batch_sizes) - batch_sizes
    return steps, np.arange(len(steps)) - starts[steps]


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The inverse of `pack_padded_sequence`: (T, B, *) and the lengths (B)."""
    batch_sizes = sequence.batch_sizes.numpy()
    longest, batch = len(batch_sizes), int(batch_sizes[0])
    if total_length is not None and total_length < longest:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, "
            f"but got total_length={total_length} and max sequence length being {longest}"
        )
    data = sequence.data
    lengths = (batch_sizes[None, :] > np.arange(batch)[:, None]).sum(1)
    place = np.arange(batch)
    if sequence.unsorted_indices is not None:
        order = sequence.unsorted_indices.cpu().numpy()
        lengths = lengths[order]
        # The column of the output that each sorted sequence goes to.
        place = np.argsort(order)
    n = longest if total_length is None else total_length
    steps, column = packed_positions(batch_sizes)
    column = place[column]
    positions = column * n + steps if batch_first else steps * batch + column
    shape = (batch, n) if batch_first else (n, batch)
    rest = tuple(data.shape[1:])
    padded = full((n * batch, *rest), padding_value, dtype=data.dtype, device=data.device)
    index = as_tensor(positions, dtype=int64, device=data.device)
    padded = padded.index_copy(0, index, data).view(*shape, *rest)
    return padded, as_tensor(lengths, dtype=int64)


def pad_sequence(
    sequences: Any,
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Stack tensors (L, *) of different lengths to (T, B, *), or (B, T, *) if `batch_first`."""
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            "pad_sequence: Expected iterable for input sequences, but got arg of type: "
            f"{type(sequences)}"
        )
    rows: list[Tensor] = list(sequences.unbind(0) if isinstance(sequences, Tensor) else sequences)
    if not rows:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(
            f"Expected padding_side to be one of left or right, but got {padding_side}."
        )
    longest = max(row.size(0) for row in rows)
    padded = []
    for row in rows:
        if row.shape[1:] != rows[0].shape[1:]:  # torch copies each into its place
            row = row.new_empty((row.size(0), *rows[0].shape[1:])).copy_(row)
        missing = longest - row.size(0)
        if missing:
            shape = (missing, *row.shape[1:])
            fill = full(shape, padding_value, dtype=row.dtype, device=row.device)
            row = cat([fill, row] if padding_side == "left" else [row, fill])
        padded.append(row)
    return stack(padded, 0 if batch_first else 1)


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False
) -> list[Tensor]:
    """The inverse of `pad_sequence`."""
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    return [
        row[: int(n)] for row, n in zip(padded_sequences.unbind(0), lengths.tolist(), strict=True)
    ]


def pack_sequence(sequences: list[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack tensors (L, *) of different lengths."""
    lengths = as_tensor([row.size(0) for row in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The inverse of `pack_sequence`."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
