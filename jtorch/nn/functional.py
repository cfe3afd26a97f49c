"""torch.nn.functional: an export list. What touches jax is an op of `ops`; what combines ops lies
in the private files of `_functional`, one a family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ops import activation as _activation
from ..ops import attention as _attention
from ..ops import conv as _conv
from ..ops import embedding as _embedding
from ..ops import matmul as _matmul
from ..ops import norm as _norm
from ..ops import padding as _padding
from ..ops import pool as _pool
from ..ops import resample as _resample
from ..ops._autocast import follows_autocast as _follows_autocast
from ._functional.activation import celu as celu
from ._functional.activation import celu_ as celu_
from ._functional.activation import elu as elu
from ._functional.activation import elu_ as elu_
from ._functional.activation import hardsigmoid as hardsigmoid
from ._functional.activation import hardswish as hardswish
from ._functional.activation import hardtanh as hardtanh
from ._functional.activation import hardtanh_ as hardtanh_
from ._functional.activation import leaky_relu as leaky_relu
from ._functional.activation import leaky_relu_ as leaky_relu_
from ._functional.activation import mish as mish
from ._functional.activation import relu as relu
from ._functional.activation import relu6 as relu6
from ._functional.activation import relu_ as relu_
from ._functional.activation import rrelu as rrelu
from ._functional.activation import rrelu_ as rrelu_
from ._functional.activation import selu as selu
from ._functional.activation import selu_ as selu_
from ._functional.activation import sigmoid as sigmoid
from ._functional.activation import silu as silu
from ._functional.activation import tanh as tanh
from ._functional.activation import threshold as threshold
from ._functional.activation import threshold_ as threshold_
from ._functional.attention import _in_projection_packed as _in_projection_packed
from ._functional.attention import multi_head_attention_forward as multi_head_attention_forward
from ._functional.distance import cosine_similarity as cosine_similarity
from ._functional.distance import normalize as normalize
from ._functional.distance import pairwise_distance as pairwise_distance
from ._functional.distance import pdist as pdist
from ._functional.dropout import alpha_dropout as alpha_dropout
from ._functional.dropout import dropout as dropout
from ._functional.dropout import dropout1d as dropout1d
from ._functional.dropout import dropout2d as dropout2d
from ._functional.dropout import dropout3d as dropout3d
from ._functional.dropout import feature_alpha_dropout as feature_alpha_dropout
from ._functional.fractional import fractional_max_pool2d as fractional_max_pool2d
from ._functional.fractional import (
    fractional_max_pool2d_with_indices as fractional_max_pool2d_with_indices,
)
from ._functional.fractional import fractional_max_pool3d as fractional_max_pool3d
from ._functional.fractional import (
    fractional_max_pool3d_with_indices as fractional_max_pool3d_with_indices,
)
from ._functional.loss import binary_cross_entropy as binary_cross_entropy
from ._functional.loss import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from ._functional.loss import cross_entropy as cross_entropy
from ._functional.loss import ctc_loss as ctc_loss
from ._functional.loss import gaussian_nll_loss as gaussian_nll_loss
from ._functional.loss import kl_div as kl_div
from ._functional.loss import linear_cross_entropy as linear_cross_entropy
from ._functional.loss import nll_loss as nll_loss
from ._functional.loss import poisson_nll_loss as poisson_nll_loss
from ._functional.margin import cosine_embedding_loss as cosine_embedding_loss
from ._functional.margin import hinge_embedding_loss as hinge_embedding_loss
from ._functional.margin import huber_loss as huber_loss
from ._functional.margin import l1_loss as l1_loss
from ._functional.margin import margin_ranking_loss as margin_ranking_loss
from ._functional.margin import mse_loss as mse_loss
from ._functional.margin import multi_margin_loss as multi_margin_loss
from ._functional.margin import multilabel_margin_loss as multilabel_margin_loss
from ._functional.margin import multilabel_soft_margin_loss as multilabel_soft_margin_loss
from ._functional.margin import smooth_l1_loss as smooth_l1_loss
from ._functional.margin import soft_margin_loss as soft_margin_loss
from ._functional.margin import triplet_margin_loss as triplet_margin_loss
from ._functional.margin import (
    triplet_margin_with_distance_loss as triplet_margin_with_distance_loss,
)
from ._functional.masks import _canonical_mask as _canonical_mask
from ._functional.masks import _none_or_dtype as _none_or_dtype
from ._functional.native import conv_tbc as conv_tbc
from ._functional.native import native_channel_shuffle as native_channel_shuffle
from ._functional.norm import batch_norm as batch_norm
from ._functional.norm import local_response_norm as local_response_norm
from ._functional.pooling import adaptive_max_pool1d as adaptive_max_pool1d
from ._functional.pooling import (
    adaptive_max_pool1d_with_indices as adaptive_max_pool1d_with_indices,
)
from ._functional.pooling import adaptive_max_pool2d as adaptive_max_pool2d
from ._functional.pooling import (
    adaptive_max_pool2d_with_indices as adaptive_max_pool2d_with_indices,
)
from ._functional.pooling import adaptive_max_pool3d as adaptive_max_pool3d
from ._functional.pooling import (
    adaptive_max_pool3d_with_indices as adaptive_max_pool3d_with_indices,
)
from ._functional.pooling import lp_pool1d as lp_pool1d
from ._functional.pooling import lp_pool2d as lp_pool2d
from ._functional.pooling import lp_pool3d as lp_pool3d
from ._functional.pooling import max_pool1d as max_pool1d
from ._functional.pooling import max_pool1d_with_indices as max_pool1d_with_indices
from ._functional.pooling import max_pool2d as max_pool2d
from ._functional.pooling import max_pool2d_with_indices as max_pool2d_with_indices
from ._functional.pooling import max_pool3d as max_pool3d
from ._functional.pooling import max_pool3d_with_indices as max_pool3d_with_indices
from ._functional.pooling import max_unpool1d as max_unpool1d
from ._functional.pooling import max_unpool2d as max_unpool2d
from ._functional.pooling import max_unpool3d as max_unpool3d
from ._functional.softmax import _get_softmax_dim as _get_softmax_dim
from ._functional.softmax import gumbel_softmax as gumbel_softmax
from ._functional.softmax import log_softmax as log_softmax
from ._functional.softmax import softmax as softmax
from ._functional.softmax import softmin as softmin
from ._functional.sparse import embedding as embedding
from ._functional.sparse import embedding_bag as embedding_bag
from ._functional.vision import upsample as upsample
from ._functional.vision import upsample_bilinear as upsample_bilinear
from ._functional.vision import upsample_nearest as upsample_nearest


def _function(op: Any) -> Callable[..., Any]:
    """The plain function that an op is to its users; composites are one already."""
    return getattr(op, "public", op)


linear = _function(_matmul.linear)
bilinear = _function(_matmul.bilinear)

conv1d = _function(_conv.conv1d)
conv2d = _function(_conv.conv2d)
conv3d = _function(_conv.conv3d)
conv_transpose1d = _function(_conv.conv_transpose1d)
conv_transpose2d = _function(_conv.conv_transpose2d)
conv_transpose3d = _function(_conv.conv_transpose3d)
unfold = _function(_resample.unfold)
fold = _function(_resample.fold)

avg_pool1d = _function(_pool.avg_pool1d)
avg_pool2d = _function(_pool.avg_pool2d)
avg_pool3d = _function(_pool.avg_pool3d)
adaptive_avg_pool1d = _function(_pool.adaptive_avg_pool1d)
adaptive_avg_pool2d = _function(_pool.adaptive_avg_pool2d)
adaptive_avg_pool3d = _function(_pool.adaptive_avg_pool3d)

instance_norm = _norm.instance_norm
layer_norm = _function(_norm.layer_norm)
group_norm = _function(_norm.group_norm)
rms_norm = _function(_norm.rms_norm)

gelu = _function(_activation.gelu)
glu = _function(_activation.glu)
hardshrink = _function(_activation.hardshrink)
logsigmoid = _function(_activation.logsigmoid)
prelu = _function(_activation.prelu)
softplus = _function(_activation.softplus)
softshrink = _function(_activation.softshrink)
softsign = _function(_activation.softsign)
tanhshrink = _function(_activation.tanhshrink)

one_hot = _embedding.one_hot
scaled_dot_product_attention = _attention.scaled_dot_product_attention

pad = _padding.pad
pixel_shuffle = _function(_resample.pixel_shuffle)
pixel_unshuffle = _function(_resample.pixel_unshuffle)
channel_shuffle = _function(_resample.channel_shuffle)
interpolate = _resample.interpolate
grid_sample = _function(_resample.grid_sample)
affine_grid = _function(_resample.affine_grid)

# What autocast runs in float32 as a whole, whatever it is made of.
for _name in (
    "adaptive_max_pool3d", "binary_cross_entropy", "binary_cross_entropy_with_logits",
    "cosine_embedding_loss", "cross_entropy", "ctc_loss", "fractional_max_pool2d",
    "fractional_max_pool3d", "hinge_embedding_loss", "huber_loss", "kl_div", "l1_loss",
    "linear_cross_entropy", "margin_ranking_loss", "max_unpool1d", "max_unpool2d",
    "max_unpool3d", "mse_loss", "multi_margin_loss", "multilabel_margin_loss", "nll_loss",
    "poisson_nll_loss", "smooth_l1_loss", "soft_margin_loss", "triplet_margin_loss",
):  # fmt: skip
    globals()[_name] = _follows_autocast(globals()[_name])
del _name
