"""The view ops, the layouts of their bases, the writers and the modes. Plain data and lambdas of
`torch`; knows nothing of how stories are run or compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class View(NamedTuple):
    """`see(torch, x)` on a base of this shape and dtype."""

    see: Callable[[Any, Any], Any]
    shape: tuple[int, ...] = (2, 3, 4)
    dtype: str = "float32"


IMAGE = (2, 3, 4, 2)
VIEWS: dict[str, View] = {
    # the same storage under another shape
    "view": View(lambda t, x: x.view(6, 4)),
    "view_inferred": View(lambda t, x: x.view(-1, 2)),
    "view_split": View(lambda t, x: x.view(2, 3, 2, 2)),
    "view_same": View(lambda t, x: x.view(x.shape)),
    "view_as": View(lambda t, x: x.view_as(t.empty(6, 4))),
    "view_0d": View(lambda t, x: x.view(1, 1), ()),
    "reshape": View(lambda t, x: x.reshape(4, 6)),
    "reshape_as": View(lambda t, x: x.reshape_as(t.empty(2, 3, 2, 2))),
    "flatten": View(lambda t, x: x.flatten(1)),
    "flatten_all": View(lambda t, x: t.flatten(x)),
    "flatten_nothing": View(lambda t, x: x.flatten(1, 1)),
    "flatten_0d": View(lambda t, x: x.flatten(), ()),
    "unflatten": View(lambda t, x: x.unflatten(1, (2, 3)), (2, 6)),
    "unflatten_inferred": View(lambda t, x: x.unflatten(-1, (2, -1))),
    "ravel": View(lambda t, x: x.ravel()),
    # another order of dimensions
    "t": View(lambda t, x: x.t(), (2, 3)),
    "t_1d": View(lambda t, x: x.t(), (3,)),
    "T": View(lambda t, x: x.T, (2, 3)),
    "mT": View(lambda t, x: x.mT),
    "H": View(lambda t, x: x.H, (2, 3)),
    "mH": View(lambda t, x: x.mH),
    "adjoint": View(lambda t, x: x.adjoint()),
    "adjoint_complex": View(lambda t, x: x.adjoint(), (2, 3), "complex64"),
    "transpose": View(lambda t, x: x.transpose(0, 2)),
    "transpose_same": View(lambda t, x: x.transpose(1, 1)),
    "transpose_0d": View(lambda t, x: x.transpose(0, -1), ()),
    "swapaxes": View(lambda t, x: x.swapaxes(1, -1)),
    "swapdims": View(lambda t, x: t.swapdims(x, 0, 1)),
    "permute": View(lambda t, x: x.permute(2, 0, 1)),
    "permute_image": View(lambda t, x: x.permute(0, 2, 3, 1), IMAGE),
    "movedim": View(lambda t, x: x.movedim(0, -1)),
    "movedim_several": View(lambda t, x: x.movedim((0, 1), (2, 0))),
    "moveaxis": View(lambda t, x: t.moveaxis(x, -1, 0)),
    # sizes of one
    "squeeze": View(lambda t, x: x.squeeze(), (2, 1, 3, 1)),
    "squeeze_nothing": View(lambda t, x: x.squeeze()),
    "squeeze_dim": View(lambda t, x: x.squeeze(1), (2, 1, 3, 1)),
    "squeeze_dim_of_two": View(lambda t, x: x.squeeze(0)),
    "squeeze_several": View(lambda t, x: x.squeeze((1, -1)), (2, 1, 3, 1)),
    "squeeze_several_some": View(lambda t, x: x.squeeze((0, 1)), (2, 1, 3, 1)),
    "squeeze_to_0d": View(lambda t, x: x.squeeze(), (1, 1)),
    "unsqueeze": View(lambda t, x: x.unsqueeze(1)),
    "unsqueeze_last": View(lambda t, x: x.unsqueeze(-1)),
    "unsqueeze_first": View(lambda t, x: x.unsqueeze(0), (2, 3)),
    "unsqueeze_0d": View(lambda t, x: x.unsqueeze(0), ()),
    # parts
    "select": View(lambda t, x: x.select(1, 2)),
    "select_negative": View(lambda t, x: x.select(-1, -1)),
    "select_channel": View(lambda t, x: x.select(1, 1), IMAGE),
    "narrow": View(lambda t, x: x.narrow(2, 1, 2)),
    "narrow_negative": View(lambda t, x: x.narrow(1, -2, 1)),
    "narrow_empty": View(lambda t, x: x.narrow(0, 1, 0)),
    "narrow_tensor": View(lambda t, x: t.narrow(x, 1, t.tensor(1), 2)),
    "index_int": View(lambda t, x: x[1]),
    "index_ints": View(lambda t, x: x[1, 2, -1]),
    "index_0d": View(lambda t, x: x[()], ()),
    "index_ellipsis": View(lambda t, x: x[...]),
    "index_slice": View(lambda t, x: x[:, 1:3]),
    "index_all": View(lambda t, x: x[:]),
    "index_step": View(lambda t, x: x[..., 1::2]),
    "index_past_the_end": View(lambda t, x: x[:, 3:]),
    "index_none": View(lambda t, x: x[:, None]),
    "index_none_0d": View(lambda t, x: x[None], ()),
    "index_mixed": View(lambda t, x: x[1, None, ::2, 1:3]),
    "index_true": View(lambda t, x: x[True]),
    "index_tensor_int": View(lambda t, x: x[t.tensor(1)]),
    "split": View(lambda t, x: x.split(2, 1)[1]),
    "split_first": View(lambda t, x: x.split(2, 1)[0]),
    "split_sizes": View(lambda t, x: t.split(x, [1, 2], 1)[1]),
    "split_with_sizes": View(lambda t, x: x.split_with_sizes([1, 3], -1)[1]),
    "chunk": View(lambda t, x: x.chunk(2, 1)[1]),
    "unsafe_chunk": View(lambda t, x: x.unsafe_chunk(2, 1)[1]),
    "unsafe_split": View(lambda t, x: x.unsafe_split(2, 1)[1]),
    "tensor_split": View(lambda t, x: x.tensor_split(3, 2)[1]),
    "tensor_split_at": View(lambda t, x: x.tensor_split((1, 3), -1)[1]),
    "hsplit": View(lambda t, x: x.hsplit(3)[1]),
    "hsplit_1d": View(lambda t, x: x.hsplit([1])[1], (4,)),
    "vsplit": View(lambda t, x: x.vsplit(2)[1]),
    "dsplit": View(lambda t, x: x.dsplit(2)[1]),
    "unbind": View(lambda t, x: x.unbind(1)[2]),
    "iteration": View(lambda t, x: list(x)[1]),
    "unpacking": View(lambda t, x: next(b for a, b in [x])),
    "diagonal": View(lambda t, x: x.diagonal(), (3, 3)),
    "diagonal_above": View(lambda t, x: x.diagonal(1, 1, 2)),
    "diagonal_below": View(lambda t, x: x.diagonal(-1, 0, 2)),
    "diagonal_none": View(lambda t, x: x.diagonal(5, 0, 1)),
    "linalg_diagonal": View(lambda t, x: t.linalg.diagonal(x, offset=1)),
    # windows and strides
    "unfold": View(lambda t, x: x.unfold(2, 2, 2)),
    "unfold_overlapping": View(lambda t, x: x.unfold(2, 3, 1)),
    "unfold_first": View(lambda t, x: x.unfold(0, 1, 1)),
    "unfold_0d": View(lambda t, x: x.unfold(0, 1, 1), ()),
    "as_strided": View(lambda t, x: x.as_strided((2, 2), (4, 1), 1)),
    "as_strided_here": View(lambda t, x: x.as_strided((2, 3), (1, 4))),
    "as_strided_overlapping": View(lambda t, x: x.as_strided((3, 2), (1, 1), 2)),
    "as_strided_repeating": View(lambda t, x: x.as_strided((2, 3), (0, 1))),
    "as_strided_of_part": View(lambda t, x: x[1].as_strided((2, 2), (2, 1))),
    "as_strided_out_of_bounds": View(lambda t, x: x.as_strided((100,), (1,))),
    "expand": View(lambda t, x: x.expand(2, 3, 4), (2, 1, 4)),
    "expand_new": View(lambda t, x: x.expand(2, -1, -1), (2, 3)),
    "expand_new_one": View(lambda t, x: x.expand(1, 2, 3), (2, 3)),
    "expand_same": View(lambda t, x: x.expand(-1, 3, 4)),
    "expand_0d": View(lambda t, x: x.expand(3), ()),
    "expand_as": View(lambda t, x: x.expand_as(t.empty(3, 2, 4)), (1, 4)),
    "broadcast_to": View(lambda t, x: t.broadcast_to(x, (2, 3)), (3,)),
    "broadcast_tensors": View(lambda t, x: t.broadcast_tensors(x, t.empty(2, 3))[0], (3,)),
    "meshgrid": View(lambda t, x: t.meshgrid(x, t.ones(2), indexing="ij")[0], (3,)),
    "atleast_1d": View(lambda t, x: t.atleast_1d(x), ()),
    "atleast_2d": View(lambda t, x: t.atleast_2d(x), (3,)),
    "atleast_3d": View(lambda t, x: t.atleast_3d(x), (2, 3)),
    # complex numbers and bytes
    "real": View(lambda t, x: x.real, (2, 3), "complex64"),
    "imag": View(lambda t, x: x.imag, (2, 3), "complex64"),
    "real_of_real": View(lambda t, x: x.real, (2, 3)),
    "view_as_real": View(lambda t, x: t.view_as_real(x), (2, 3), "complex64"),
    "view_as_complex": View(lambda t, x: t.view_as_complex(x), (3, 2)),
    "complex_round_trip": View(
        lambda t, x: t.view_as_complex(t.view_as_real(x))[1:], (2, 3), "complex64"
    ),
    "conj": View(lambda t, x: x.conj(), (2, 3), "complex64"),
    "conj_of_real": View(lambda t, x: x.conj(), (2, 3)),
    "resolve_conj": View(lambda t, x: x.resolve_conj(), (2, 3), "complex64"),
    "resolve_neg": View(lambda t, x: x.resolve_neg(), (2, 3)),
    "view_dtype_same": View(lambda t, x: x.view(t.float32)),
    "view_dtype_int": View(lambda t, x: x.view(t.int32)),
    "view_dtype_wider": View(lambda t, x: x.view(t.float64)),
    "view_dtype_narrower": View(lambda t, x: x.view(t.int16)),
    "view_dtype_int64": View(lambda t, x: x.view(t.float32), (2, 3), "int64"),
    "view_dtype_bytes": View(lambda t, x: x.view(t.uint8), (2, 3), "int64"),
    "view_dtype_complex": View(lambda t, x: x.view(t.complex64)),
    "view_dtype_of_complex": View(lambda t, x: x.view(t.float32), (2, 3), "complex64"),
    # off the tape
    "detach": View(lambda t, x: x.detach()),
    "data": View(lambda t, x: x.data),
    "detached_part": View(lambda t, x: x.detach()[1]),
    "part_of_data": View(lambda t, x: x.data[0].t()),
    # themselves, or a copy
    "contiguous": View(lambda t, x: x.contiguous()),
    "contiguous_channels_last": View(
        lambda t, x: x.contiguous(memory_format=t.channels_last), IMAGE
    ),
    "to_channels_last": View(lambda t, x: x.to(memory_format=t.channels_last), IMAGE),
    "to_same": View(lambda t, x: x.to(x.dtype)),
    "to_copy": View(lambda t, x: x.to(x.dtype, copy=True)),
    "type_same": View(lambda t, x: x.float()),
    "clone": View(lambda t, x: x.clone()),
    "clone_contiguous": View(lambda t, x: x.clone(memory_format=t.contiguous_format)),
    "clone_channels_last": View(lambda t, x: x.clone(memory_format=t.channels_last), IMAGE),
    "asarray": View(lambda t, x: t.asarray(x)),
    "positive": View(lambda t, x: +x),
    "requires_grad": View(lambda t, x: x.requires_grad_(x.requires_grad)),
    "index_list": View(lambda t, x: x[[1, 0]]),
    # views of views
    "chain": View(lambda t, x: x[1].t()[1:3]),
    "chain_strided": View(lambda t, x: x.transpose(0, 1)[:, 1].diagonal()),
    "chain_expanded": View(lambda t, x: x[:1].expand(3, 3, 4)[1]),
    "chain_unfold": View(lambda t, x: x.unfold(1, 2, 1)[..., 0]),
    "chain_split": View(lambda t, x: x.unbind(0)[1][1:]),
    "chain_image": View(lambda t, x: x[:, 1:].flatten(2), IMAGE),
    # in place
    "t_": View(lambda t, x: x.view(x.shape).t_(), (2, 3)),
    "transpose_": View(lambda t, x: x.view(x.shape).transpose_(0, 1)),
    "swapaxes_": View(lambda t, x: x.view(x.shape).swapaxes_(0, -1)),
    "swapdims_": View(lambda t, x: x.view(x.shape).swapdims_(0, -1)),
    "squeeze_": View(lambda t, x: x.view(x.shape).squeeze_(), (2, 1, 3)),
    "squeeze_dim_": View(lambda t, x: x.view(x.shape).squeeze_(1), (2, 1, 3)),
    "squeeze_several_": View(lambda t, x: x.view(x.shape).squeeze_((0, 1)), (2, 1, 3)),
    "unsqueeze_": View(lambda t, x: x.view(x.shape).unsqueeze_(1), (2, 3)),
    "as_strided_": View(lambda t, x: x.view(x.shape).as_strided_((2, 2), (4, 1), 1)),
    "detach_": View(lambda t, x: x.view(x.shape).detach_()),
    "t_of_base_": View(lambda t, x: x.t_(), (2, 3)),
    "transpose_of_base_": View(lambda t, x: x.transpose_(0, 2)),
    "squeeze_of_base_": View(lambda t, x: x.squeeze_(), (2, 1, 3)),
    "unsqueeze_of_base_": View(lambda t, x: x.unsqueeze_(0), (2, 3)),
    "as_strided_of_base_": View(lambda t, x: x.as_strided_((2, 2), (4, 1), 1)),
    "detach_of_base_": View(lambda t, x: x.detach_()),
    "data_of_base_": View(lambda t, x: (setattr(x, "data", x.data[:1]), x)[1]),
}


def _reversed(shape):
    return tuple(reversed(range(len(shape))))


# name -> (fits a shape, (torch, make, shape) -> base); `make(shape)` is a fresh row-major tensor.
LAYOUTS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "contiguous": (lambda s: True, lambda t, make, s: make(s)),
    "transposed": (
        lambda s: len(s) > 1,
        lambda t, make, s: make(s[::-1]).permute(_reversed(s)),
    ),
    "offset": (
        lambda s: True,
        lambda t, make, s: make((s[0] + 1, *s[1:]))[1:] if s else make((2,))[1],
    ),
    "stepped": (lambda s: len(s) > 0, lambda t, make, s: make((*s[:-1], 2 * s[-1]))[..., ::2]),
    "permuted_copy": (
        lambda s: len(s) > 1,
        lambda t, make, s: make(s[::-1]).permute(_reversed(s)).clone(),
    ),
    "channels_last": (
        lambda s: len(s) == 4,
        lambda t, make, s: make(s).contiguous(memory_format=t.channels_last),
    ),
    "expanded": (lambda s: len(s) > 1, lambda t, make, s: make((1, *s[1:])).expand(s)),
}

# name -> what is written: (torch, base, view, sibling, source), the source requiring grad or not.
WRITERS: dict[str, Callable[..., Any]] = {
    "view": lambda t, x, v, w, s: v.mul_(3),
    "base": lambda t, x, v, w, s: x.mul_(s),
    "sibling": lambda t, x, v, w, s: w.copy_(s),
    "part": lambda t, x, v, w, s: v.__setitem__((..., slice(0, 1)), 5),
    "detached": lambda t, x, v, w, s: v.detach().add_(1),
    "all": lambda t, x, v, w, s: (v.add_(1), x.mul_(2), w.sub_(s), x.view(x.shape).add_(v.sum())),
}


class Mode(NamedTuple):
    """What the base is to autograd, and whether views are taken and writes happen under grad."""

    base: str = "plain"  # or "leaf", "computed"
    view: bool = True
    write: bool = True


MODES: dict[str, Mode] = {
    "plain": Mode(),
    "computed": Mode("computed"),
    "leaf": Mode("leaf"),
    "leaf_no_grad": Mode("leaf", True, False),
    "leaf_all_no_grad": Mode("leaf", False, False),
    "computed_view_no_grad": Mode("computed", False, True),
    "computed_write_no_grad": Mode("computed", True, False),
    "computed_all_no_grad": Mode("computed", False, False),
}
