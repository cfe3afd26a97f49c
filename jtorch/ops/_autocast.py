"""What autocast does to the operands of an op: casts them down where a lower precision is quick and
good enough, up where it is not, to the widest where they are mixed. The tables are those of torch's
"Autocast Op Reference". Knows the names of ops; which devices it is on for stands in `modes`.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any
from weakref import ref

from .. import _devices, _dtypes
from .._autograd.modes import modes
from .._tensor import Tensor
from . import _apply

_PRODUCTS = """
    addbmm addmm baddbmm bmm conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d
    einsum linalg_matrix_power linear matmul mm multi_dot prelu scaled_dot_product_attention
    tensordot vecdot
"""
_LOSSES = """
    cosine_embedding_loss hinge_embedding_loss huber_loss kl_div l1_loss margin_ranking_loss
    mse_loss multi_margin_loss multilabel_margin_loss nll_loss nll_loss2d poisson_nll_loss
    smooth_l1_loss soft_margin_loss triplet_margin_loss binary_cross_entropy_with_logits
"""

# Names of ops, and of the functions that `follows_autocast` marks, by what is done to their inputs.
_CPU = {
    "lower": _PRODUCTS + "lstm rnn_tanh rnn_relu rnn_tanh_cell rnn_relu_cell",
    "float32": _LOSSES
    + """
        adaptive_avg_pool3d adaptive_max_pool3d avg_pool3d binary_cross_entropy cdist cholesky
        cholesky_inverse cholesky_solve cross_entropy ctc_loss eigvals eigvalsh fft fft2 fftn
        fractional_max_pool2d fractional_max_pool3d geqrf grid_sample hfft hfft2 hfftn
        householder_product ifft ifft2 ifftn ihfft ihfft2 ihfftn inv irfft irfft2 irfftn
        linalg_cholesky_ex linalg_eig linalg_eigh linalg_inv_ex linalg_lstsq linalg_matrix_rank lu
        linalg_pinv linalg_qr linalg_solve_ex linalg_svd linalg_svdvals linear_cross_entropy
        lu_solve max_pool3d max_unpool1d max_unpool2d max_unpool3d
        nanquantile ormqr polar prod quantile reflection_pad replication_pad rfft rfft2 rfftn
        solve stft tensorinv tensorsolve trace triangular_solve view_as_complex
    """,
    "widest": "cat index_copy stack",
}
_ACCELERATOR = {
    "lower": _PRODUCTS + "addmv addr mv gru lstm rnn_tanh rnn_relu gru_cell lstm_cell "
    "rnn_tanh_cell rnn_relu_cell",
    "float32": _LOSSES
    + """
        acos asin cdist cosh cross_entropy cumprod cumsum dist erfinv exp expm1 group_norm
        layer_norm linalg_matrix_norm log log10 log1p log2 log_softmax logsumexp
        native_group_norm pdist pow prod reciprocal renorm rms_norm rsqrt sinh softmax
        softplus sum tan vector_norm
    """,
    "widest": "addcdiv addcmul atan2 bilinear cat cross dot grid_sample index_copy scatter_add "
    "stack vdot",
}


def _by_name(table: dict[str, str]) -> dict[str, str]:
    return {name: policy for policy, names in table.items() for name in names.split()}


_POLICIES = {"cpu": _by_name(_CPU)}
_OTHERS = _by_name(_ACCELERATOR)
REFUSED = (
    "torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast.\n"
    "Many models use a sigmoid layer right before the binary cross entropy layer.\n"
    "In this case, combine the two layers using torch.nn.functional.binary_cross_entropy_with_"
    "logits\nor torch.nn.BCEWithLogitsLoss.  binary_cross_entropy_with_logits and BCEWithLogits "
    "are\nsafe to autocast."
)


class Autocast:
    """What `modes.autocast` is while autocast is on somewhere."""

    def __init__(self, lower: dict[str, Any]):
        self.lower = lower  # device type -> the lower precision there

    def cast(self, name: str, inputs: Sequence) -> Sequence:
        """The inputs as the op or function `name` gets them."""
        for kind, lower in self.lower.items():
            policy = _POLICIES.get(kind, _OTHERS).get(name)
            if kind != "cpu" and name == "binary_cross_entropy":
                raise RuntimeError(REFUSED)
            if policy is None:
                continue
            if policy == "widest" and not any(
                _eligible(x, kind) and x.dtype is _dtypes.float32 for x in inputs
            ):
                continue
            inputs = _all_to(inputs, kind, lower if policy == "lower" else _dtypes.float32)
        return inputs


def _all_to(inputs: Sequence, kind: str, dtype: Any) -> list:
    return [
        _to(x, dtype)
        if _eligible(x, kind)
        else _all_to(x, kind, dtype)
        if isinstance(x, (list, tuple))
        else x
        for x in inputs
    ]


def _eligible(x: Any, kind: str) -> bool:
    """Tensors of floats that are on such a device; float64 was asked for by name and stays."""
    if not isinstance(x, Tensor):
        return False
    place, dtype = _devices.of_jax(x._value.aval.device), x.dtype
    return place.type == kind and dtype.is_floating_point and dtype is not _dtypes.float64


class _Kept(threading.local):
    """Casts of parameters, which are needed again and again: kept until the outermost autocast
    ends.
    """

    def __init__(self) -> None:
        self.enabled = True
        self.depth = 0  # of nested autocasts
        self.casts: dict[int, tuple[ref[Tensor], Tensor]] = {}


kept = _Kept()


def _to(x: Tensor, dtype: Any) -> Tensor:
    if x.dtype is dtype:
        return x
    whole = x._alias is None or x._alias.base is None
    keep = kept.enabled and x._requires and whole and x.dtype is _dtypes.float32
    if keep:
        owner, made = kept.casts.get(id(x), (None, x))
        if owner is not None and owner() is x and made.dtype is dtype:
            return made
    made = _apply.cast(x, dtype)
    if keep:
        kept.casts[id(x)] = ref(x), made
    return made


def follows_autocast(function: Callable, name: str = "") -> Callable:
    """A function of several ops that autocast treats as one."""
    title = name or function.__name__

    @functools.wraps(function)
    def following(*args, **kwargs):
        if modes.autocast is not None:
            ready = modes.autocast.cast(title, [*args, *kwargs.values()])
            args, kwargs = ready[: len(args)], dict(zip(kwargs, ready[len(args) :], strict=True))
        return function(*args, **kwargs)

    return following
