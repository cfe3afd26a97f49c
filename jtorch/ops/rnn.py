"""Recurrent layers and cells: torch's functions rnn_tanh, rnn_relu, lstm and gru, each layer one op
over the whole sequence. A packed sequence is unpacked to (T, B) with a mask of what is inside: its
lengths are data, and only its sizes are part of the program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from .._tensor import Tensor as Handle
from .._tensor import from_array
from ._autocast import follows_autocast
from ._declare import op
from ._recurrence import CELLS, Weights, recurrence
from ._types import Tensor
from .creation import empty_like
from .gather import index_select
from .join import cat
from .randomfill import bernoulli_
from .shape import narrow


@op(variants="", residuals=True)
def _layer(
    input: Tensor,
    hx: list[Tensor],
    weights: list[Tensor],
    inside: Tensor | None,
    kind: str,
    has_biases: bool,
    bidirectional: bool,
    batch_first: bool,
):
    """input (T, B, n) -> output (T, B, directions x state) and last states (directions, B, m)."""
    x = jnp.swapaxes(input, 0, 1) if batch_first else input
    directions = 2 if bidirectional else 1
    each = len(weights) // directions
    outputs, lasts = [], []
    for d in range(directions):
        gates, own = _gates(x, weights[d * each : (d + 1) * each], kind, has_biases)
        state = tuple(h[d] for h in hx)
        output, last = recurrence(kind, d == 1, gates, state, own, inside)
        outputs.append(output)
        lasts.append(last)
    output = jnp.concatenate(outputs, -1) if bidirectional else outputs[0]
    output = jnp.swapaxes(output, 0, 1) if batch_first else output
    return output, *(jnp.stack(state) for state in zip(*lasts))


def _gates(x, weights, kind: str, has_biases: bool):
    """The gates from the input, for all steps at once, and what the state is multiplied by."""
    w_input, w_hidden, *rest = weights
    gates = x @ w_input.T
    bias = None
    if has_biases:
        b_input, b_hidden, *rest = rest
        if kind == "gru":  # one of its gates scales what the state contributes, bias included
            bias, gates = b_hidden, gates + b_input
        else:
            gates = gates + (b_input + b_hidden)
    return gates, Weights(w_hidden, bias, rest[0] if rest else None)


# -- torch's functions


def _network(kind: str) -> Callable[..., Any]:
    def run(
        input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first=False
    ):
        if input.shape[1 if batch_first else 0] == 0:
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        layers = (params, has_biases, num_layers, dropout, train, bidirectional)
        return _run(kind, input, hx, None, *layers, batch_first)

    def run_packed(
        data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional
    ):
        layers = (params, has_biases, num_layers, dropout, train, bidirectional)
        rows, places, inside = _unpacking(batch_sizes, data.device)
        padded = index_select(data, 0, rows).reshape(*inside.shape, data.shape[1])
        output, *last = _run(kind, padded, hx, inside, *layers, False)
        return index_select(output.reshape(-1, output.shape[2]), 0, places), *last

    def network(*args, **kwargs):
        # (input, hx, params, has_biases, ...) or (data, batch_sizes, hx, params, has_biases, ...)
        packed = "batch_sizes" in kwargs or (len(args) > 3 and isinstance(args[3], (list, tuple)))
        return (run_packed if packed else run)(*args, **kwargs)

    network.__name__ = network.__qualname__ = kind
    network.__doc__ = f"{kind} over (T, B, n) or a packed sequence: the output, the last state(s)."
    return follows_autocast(network)


rnn_tanh = _network("rnn_tanh")
rnn_relu = _network("rnn_relu")
gru = _network("gru")
lstm = _network("lstm")


def _run(
    kind: str,
    x: Any,
    hx: Any,
    inside: Any,
    params: Any,
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple:
    """Layer after layer, with dropout between them."""
    states = hx if kind == "lstm" else (hx,)
    if kind == "lstm" and len(states) != 2:
        raise RuntimeError("lstm expects two hidden states")
    directions, each = 2 if bidirectional else 1, len(params) // num_layers
    last = []
    for n in range(num_layers):
        if n and dropout > 0 and train:
            x = x * bernoulli_(empty_like(x), 1 - dropout) / (1 - dropout)
        own = list(states)
        if num_layers > 1:
            own = [narrow(s, 0, n * directions, directions) for s in states]
        weights = params[n * each : (n + 1) * each]
        x, *end = _layer(x, own, weights, inside, kind, has_biases, bidirectional, batch_first)
        last.append(end)
    if num_layers == 1:
        return x, *last[0]
    return x, *(cat(list(ends)) for ends in zip(*last))


def _unpacking(batch_sizes: Handle, device: Any) -> tuple[Handle, Handle, Handle]:
    """For each place in (T, B) its row in the packed data (any row if there is none), for each row
    its place, and which places have one (T, B).
    """
    sizes = batch_sizes._numpy()
    starts = np.cumsum(sizes) - sizes
    inside = np.arange(sizes.max()) < sizes[:, None]
    rows = np.where(inside, starts[:, None] + np.arange(sizes.max()), 0)
    arrays = (rows.ravel(), np.flatnonzero(inside), inside)
    rows, places, inside = (from_array(a, device=device) for a in arrays)
    return rows, places, inside


# -- cells: one step


@op(variants="")
def _cell(
    input: Tensor,
    hx: list[Tensor],
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None,
    b_hh: Tensor | None,
    kind: str,
):
    for i, h in enumerate(hx):
        _check_cell(input, h, w_ih, w_hh, i)
    given = [w_ih, w_hh] if b_ih is None else [w_ih, w_hh, b_ih, b_hh]
    gates, weights = _gates(input, given, kind, b_ih is not None)
    return CELLS[kind].forward(gates, tuple(hx), weights)[0]


def _check_cell(input, h, w_ih, w_hh, i: int) -> None:
    if input.shape[1] != w_ih.shape[1]:
        raise RuntimeError(
            f"input has inconsistent input_size: got {input.shape[1]} expected {w_ih.shape[1]}"
        )
    if h.shape[1] != w_hh.shape[1]:
        raise RuntimeError(
            f"hidden{i} has inconsistent hidden_size: got {h.shape[1]}, expected {w_hh.shape[1]}"
        )
    if h.shape[0] != input.shape[0]:
        raise RuntimeError(
            f"Input batch size {input.shape[0]} doesn't match hidden{i} batch size {h.shape[0]}"
        )


def _one_state(kind: str) -> Callable[..., Any]:
    def cell(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
        return _cell(input, [hx], w_ih, w_hh, b_ih, b_hh, kind)[0]

    cell.__name__ = cell.__qualname__ = f"{kind}_cell"
    cell.__doc__ = f"One step of {kind}: (B, n), (B, m) -> (B, m)."
    return follows_autocast(cell)


rnn_tanh_cell = _one_state("rnn_tanh")
rnn_relu_cell = _one_state("rnn_relu")
gru_cell = _one_state("gru")


@follows_autocast
def lstm_cell(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """One step of lstm: (B, n), ((B, m), (B, m)) -> the new pair."""
    if len(hx) != 2:
        raise RuntimeError("lstm_cell expects two hidden states")
    h, c = _cell(input, list(hx), w_ih, w_hh, b_ih, b_hh, "lstm")
    return h, c


FUNCTIONS = (
    "gru", "gru_cell", "lstm", "lstm_cell", "rnn_relu", "rnn_relu_cell", "rnn_tanh",
    "rnn_tanh_cell",
)  # fmt: skip
