"""Recurrent networks over sequences (RNN, LSTM, GRU) and their single steps (the cells). The loop
over time is one op of `ops.rnn`; here are the parameters, the checks and the packed form."""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any

from ..._tensor import Tensor
from ...ops import rnn as ops
from ...ops.creation import empty, zeros
from ...ops.join import cat
from .. import functional as F
from .. import init
from ..parameter import Parameter
from ..utils.rnn import PackedSequence
from .module import Module

__all__ = ["GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNBase", "RNNCell", "RNNCellBase"]

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}
_OPS = {"LSTM": ops.lstm, "GRU": ops.gru, "RNN_TANH": ops.rnn_tanh, "RNN_RELU": ops.rnn_relu}


def apply_permutation(tensor: Tensor, permutation: Tensor, dim: int = 1) -> Tensor:
    """Deprecated in torch; `tensor.index_select(dim, permutation)`."""
    return tensor.index_select(dim, permutation)


class RNNBase(Module):
    """What the three networks share. Layer l, direction d has the parameters weight_ih_l0,
    weight_hh_l0, bias_ih_l0, bias_hh_l0 and, with projections, weight_hr_l0; those of the backward
    direction end in _reverse."""

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        _check_options(self, dropout)
        self._all_weights: list[list[str]] = []
        rows = _GATES[mode] * hidden_size
        state = proj_size or hidden_size
        directions = 2 if bidirectional else 1
        for layer in range(num_layers):
            width = input_size if layer == 0 else state * directions
            shapes = {"weight_ih": (rows, width), "weight_hh": (rows, state)}
            if bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            if proj_size:
                shapes["weight_hr"] = (proj_size, hidden_size)
            for suffix in ("", "_reverse")[:directions]:
                names = [f"{name}_l{layer}{suffix}" for name in shapes]
                for name, shape in zip(names, shapes.values(), strict=True):
                    setattr(self, name, Parameter(empty(shape, device=device, dtype=dtype)))
                self._all_weights.append(names)
        self.reset_parameters()

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Any]:
        return [getattr(self, name) for name in self._flat_weights_names]

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def __getstate__(self) -> dict[str, Any]:
        # torch keeps lists of the parameters beside them and expects to find those in pickles.
        return {
            **super().__getstate__(),
            "_flat_weights_names": self._flat_weights_names,
            "_flat_weights": self._flat_weights,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        dropped = ("_flat_weights", "_flat_weights_names", "_flat_weight_refs")
        super().__setstate__({k: v for k, v in state.items() if k not in dropped})

    def reset_parameters(self) -> None:
        """Draw everything uniformly from ±1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def flatten_parameters(self) -> None:
        """Nothing to do: there is no kernel that wants the weights side by side in memory."""

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """Raise what torch raises for an input of the wrong kind."""
        own = self._flat_weights[0].dtype
        if input.dtype != own:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({own}). "
                f"Convert input: input.to({own}), or convert model: model.to({input.dtype})"
            )
        dims = 2 if batch_sizes is not None else 3
        if input.dim() != dims:
            raise RuntimeError(f"input must have {dims} dimensions, got {input.dim()}")
        if input.size(-1) != self.input_size:
            raise RuntimeError(
                "input.size(-1) must be equal to input_size. "
                f"Expected {self.input_size}, got {input.size(-1)}"
            )

    def get_expected_hidden_size(
        self, input: Tensor, batch_sizes: Tensor | None
    ) -> tuple[int, int, int]:
        """(layers x directions, batch, state) of the hidden state."""
        if batch_sizes is not None:
            batch = int(batch_sizes[0])
        else:
            batch = input.size(0) if self.batch_first else input.size(1)
        directions = 2 if self.bidirectional else 1
        return self.num_layers * directions, batch, self.proj_size or self.hidden_size

    def check_hidden_size(
        self,
        hx: Tensor,
        expected_hidden_size: tuple[int, int, int],
        msg: str = "Expected hidden size {}, got {}",
    ) -> None:
        """Raise what torch raises for a state of the wrong size."""
        if tuple(hx.shape) != tuple(expected_hidden_size):
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.shape)))

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Check input and state against each other."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """The state in the order of the batch that `permutation` gives."""
        return hx if permutation is None else hx.index_select(1, permutation)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        for name, default in (
            ("proj_size", 0),
            ("num_layers", 1),
            ("bias", True),
            ("batch_first", False),
            ("dropout", 0),
            ("bidirectional", False),
        ):
            if getattr(self, name) != default:
                text += f", {name}={getattr(self, name)}"
        return text

    # -- the call, in terms of a state that is one tensor; LSTM overrides what differs

    def _check_state_dims(self, hx: Any, dims: int) -> None:
        if hx.dim() != dims:
            kind = "batched" if dims == 3 else "unbatched"
            size = "3-D" if dims == 3 else "2-D"
            raise RuntimeError(
                f"For {kind} {size} input, hx should also be {size} but got {hx.dim()}-D tensor"
            )

    def _each(self, hx: Any, change: Any) -> Any:
        return change(hx)

    def _zero_state(self, input: Tensor, batch_sizes: Tensor | None) -> Any:
        size = self.get_expected_hidden_size(input, batch_sizes)
        return zeros(size, dtype=input.dtype, device=input.device)

    def _run(self, inputs: tuple, hx: Any) -> tuple[Tensor, Any]:
        return _OPS[self.mode](
            *inputs,
            hx,
            self._flat_weights,
            self.bias,
            self.num_layers,
            self.dropout,
            self.training,
            self.bidirectional,
        )

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        if input.dim() not in (2, 3):
            what = " tensor" if self.mode.startswith("RNN") else ""
            raise ValueError(
                f"{self.mode.split('_')[0]}: Expected input to be 2D or 3D, got "
                f"{input.dim()}D{what} instead"
            )
        batched = input.dim() == 3
        if not batched:
            input = input.unsqueeze(0 if self.batch_first else 1)
        if hx is None:
            hx = self._zero_state(input, None)
        else:
            self._check_state_dims(hx, 3 if batched else 2)
            if not batched:
                hx = self._each(hx, lambda state: state.unsqueeze(1))
        self.check_forward_args(input, hx, None)
        # Time comes first in between, as it does in torch: dropout draws in that order.
        if self.batch_first:
            output, hidden = self._run((input.transpose(0, 1),), hx)
            output = output.transpose(0, 1)
        else:
            output, hidden = self._run((input,), hx)
        if not batched:
            output = output.squeeze(0 if self.batch_first else 1)
            hidden = self._each(hidden, lambda state: state.squeeze(1))
        return output, hidden

    def _forward_packed(self, packed: PackedSequence, hx: Any) -> tuple[PackedSequence, Any]:
        data, batch_sizes, sorted_indices, unsorted_indices = packed
        if hx is None:
            hx = self._zero_state(data, batch_sizes)
        else:
            hx = self.permute_hidden(hx, sorted_indices)
        self.check_forward_args(data, hx, batch_sizes)
        if self.dropout > 0 and self.training and self.num_layers > 1:
            output, hidden = self._run_by_layer(data, batch_sizes, hx)
        else:
            output, hidden = self._run((data, batch_sizes), hx)
        result = PackedSequence(output, batch_sizes, sorted_indices, unsorted_indices)
        return result, self.permute_hidden(hidden, unsorted_indices)

    def _run_by_layer(self, data: Tensor, batch_sizes: Tensor, hx: Any) -> tuple[Tensor, Any]:
        """Dropout between the layers of a packed sequence draws for packed elements only, which an
        op over all layers at once, padded inside, cannot do."""
        directions = 2 if self.bidirectional else 1
        each = len(self._flat_weights) // self.num_layers
        ends = []
        for layer in range(self.num_layers):
            if layer:
                data = F.dropout(data, self.dropout)
            first = layer * directions
            own = self._each(hx, lambda state: state.narrow(0, first, directions))  # noqa: B023
            weights = self._flat_weights[layer * each : (layer + 1) * each]
            data, *end = _OPS[self.mode](
                data, batch_sizes, own, weights, self.bias, 1, 0.0, True, self.bidirectional
            )
            ends.append(end)
        hidden: Any = tuple(cat(list(states)) for states in zip(*ends, strict=True))
        return data, hidden if len(hidden) > 1 else hidden[0]


def _check_options(rnn: RNNBase, dropout: Any) -> None:
    if (
        not isinstance(dropout, numbers.Number)
        or isinstance(dropout, bool)
        or not 0 <= rnn.dropout <= 1
    ):
        raise ValueError(
            "dropout should be a number in range [0, 1] "
            "representing the probability of an element being zeroed"
        )
    if rnn.dropout > 0 and rnn.num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout "
            f"expects num_layers greater than 1, but got dropout={dropout} and num_layers=1",
            stacklevel=4,
        )
    kinds = {"bias": bool, "batch_first": bool, "input_size": int, "hidden_size": int}
    for name, kind in kinds.items():
        given = getattr(rnn, name)
        if not isinstance(given, kind):
            raise TypeError(
                f"{name} should be of type {kind.__name__}, got: {type(given).__name__}"
            )
    for name in ("input_size", "hidden_size", "num_layers"):
        if getattr(rnn, name) <= 0:
            raise ValueError(f"{name} must be greater than zero")
    if rnn.proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if rnn.proj_size >= rnn.hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")
    if rnn.mode not in _GATES:
        raise ValueError("Unrecognized RNN mode: " + rnn.mode)


_PROJ_SIZE = "proj_size argument is only supported for LSTM, not RNN or GRU"


class RNN(RNNBase):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu: (T, B, input) -> (T, B, hidden) and the
    last state (layers, B, hidden)."""

    nonlinearity: str

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        *args: Any,
        **kwargs: Any,
    ) -> None:
        if "proj_size" in kwargs:
            raise ValueError(_PROJ_SIZE)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(
                f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'."
            )
        self.__dict__["nonlinearity"] = nonlinearity
        mode = f"RNN_{nonlinearity.upper()}"
        super().__init__(mode, input_size, hidden_size, num_layers, *args, **kwargs)


class LSTM(RNNBase):
    """Long short-term memory: (T, B, input) -> (T, B, hidden) and the last (h, c)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def get_expected_cell_size(
        self, input: Tensor, batch_sizes: Tensor | None
    ) -> tuple[int, int, int]:
        """(layers x directions, batch, hidden) of the cell state."""
        n, batch, _ = self.get_expected_hidden_size(input, batch_sizes)
        return n, batch, self.hidden_size

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        self.check_input(input, batch_sizes)
        self.check_hidden_size(
            hidden[0],
            self.get_expected_hidden_size(input, batch_sizes),
            "Expected hidden[0] size {}, got {}",
        )
        self.check_hidden_size(
            hidden[1],
            self.get_expected_cell_size(input, batch_sizes),
            "Expected hidden[1] size {}, got {}",
        )

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        if permutation is None:
            return hx
        return hx[0].index_select(1, permutation), hx[1].index_select(1, permutation)

    def _check_state_dims(self, hx: Any, dims: int) -> None:
        if hx[0].dim() != dims or hx[1].dim() != dims:
            kind = "batched" if dims == 3 else "unbatched"
            size = "3-D" if dims == 3 else "2-D"
            raise RuntimeError(
                f"For {kind} {size} input, hx and cx should also be {size} but got "
                f"({hx[0].dim()}-D, {hx[1].dim()}-D) tensors"
            )

    def _each(self, hx: Any, change: Any) -> Any:
        return change(hx[0]), change(hx[1])

    def _zero_state(self, input: Tensor, batch_sizes: Tensor | None) -> Any:
        cell = self.get_expected_cell_size(input, batch_sizes)
        return (
            super()._zero_state(input, batch_sizes),
            zeros(cell, dtype=input.dtype, device=input.device),
        )

    def _run(self, inputs: tuple, hx: Any) -> tuple[Tensor, Any]:
        output, h, c = super()._run(inputs, hx)  # type: ignore[misc]
        return output, (h, c)


class GRU(RNNBase):
    """Gated recurrent unit: (T, B, input) -> (T, B, hidden) and the last state."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError(_PROJ_SIZE)
        super().__init__("GRU", *args, **kwargs)


class RNNCellBase(Module):
    """The parameters of one step."""

    bias_ih: Any
    bias_hh: Any

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        made: dict[str, Any] = {"device": device, "dtype": dtype}
        self.weight_ih = Parameter(empty((rows, input_size), **made))
        self.weight_hh = Parameter(empty((rows, hidden_size), **made))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(empty(rows, **made)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw everything uniformly from ±1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        if nonlinearity != "tanh":
            text += f", nonlinearity={nonlinearity}"
        return text

    def _step(self, op: Any, input: Tensor, hx: Any) -> Any:
        return op(input, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)

    def _check_dims(self, tensor: Tensor, name: str) -> None:
        if tensor.dim() not in (1, 2):
            raise ValueError(
                f"{type(self).__name__}: Expected {name} to be 1D or 2D, got {tensor.dim()}D "
                "instead"
            )

    def _forward_one_state(self, op: Any, input: Tensor, hx: Tensor | None) -> Tensor:
        """A step whose state is one tensor; an input without a batch gets one for the step."""
        self._check_dims(input, "input")
        if hx is not None:
            self._check_dims(hx, "hidden")
        batched = input.dim() == 2
        if not batched:
            input = input.unsqueeze(0)
        if hx is None:
            hx = zeros((input.size(0), self.hidden_size), dtype=input.dtype, device=input.device)
        elif not batched:
            hx = hx.unsqueeze(0)
        output = self._step(op, input, hx)
        return output if batched else output.squeeze(0)


class RNNCell(RNNCellBase):
    """One step of RNN: (B, input), (B, hidden) -> (B, hidden)."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        op = ops.rnn_tanh_cell if self.nonlinearity == "tanh" else ops.rnn_relu_cell
        return self._forward_one_state(op, input, hx)


class LSTMCell(RNNCellBase):
    """One step of LSTM: (B, input), ((B, hidden), (B, hidden)) -> the new pair."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(
        self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        self._check_dims(input, "input")
        for i, state in enumerate(hx or ()):
            self._check_dims(state, f"hx[{i}]")
        batched = input.dim() == 2
        if not batched:
            input = input.unsqueeze(0)
        if hx is None:
            size = (input.size(0), self.hidden_size)
            state = zeros(size, dtype=input.dtype, device=input.device)
            hx = (state, state)
        elif not batched:
            hx = (hx[0].unsqueeze(0), hx[1].unsqueeze(0))
        h, c = self._step(ops.lstm_cell, input, hx)
        return (h, c) if batched else (h.squeeze(0), c.squeeze(0))


class GRUCell(RNNCellBase):
    """One step of GRU: (B, input), (B, hidden) -> (B, hidden)."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self._forward_one_state(ops.gru_cell, input, hx)
