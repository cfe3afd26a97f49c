"""torch.nn.functional: an export list. What touches jax is an op of `ops`; what combines ops lies in the
private files of `_functional`, one a family."""

from __future__ import annotations

from ..ops import activation as _activation
from ..ops import attention as _attention
from ..ops import conv as _conv
from ..ops import embedding as _embedding
from ..ops import matmul as _matmul
from ..ops import norm as _norm
from ..ops import padding as _padding
from ..ops import pool as _pool
from ..ops import resample as _resample
from ._functional.activation import *
from ._functional.attention import *
from ._functional.attention import _in_projection_packed as _in_projection_packed
from ._functional.distance import *
from ._functional.dropout import *
from ._functional.loss import *
from ._functional.margin import *
from ._functional.masks import _canonical_mask as _canonical_mask
from ._functional.masks import _none_or_dtype as _none_or_dtype
from ._functional.norm import *
from ._functional.pooling import *
from ._functional.softmax import *
from ._functional.softmax import _get_softmax_dim as _get_softmax_dim
from ._functional.sparse import *

linear = _matmul.linear.public
bilinear = _matmul.bilinear.public

conv1d = _conv.conv1d.public
conv2d = _conv.conv2d.public
conv3d = _conv.conv3d.public
conv_transpose1d = _conv.conv_transpose1d.public
conv_transpose2d = _conv.conv_transpose2d.public
conv_transpose3d = _conv.conv_transpose3d.public
unfold = _resample.unfold.public
fold = _resample.fold.public

avg_pool1d = _pool.avg_pool1d.public
avg_pool2d = _pool.avg_pool2d.public
avg_pool3d = _pool.avg_pool3d.public
adaptive_avg_pool1d = _pool.adaptive_avg_pool1d.public
adaptive_avg_pool2d = _pool.adaptive_avg_pool2d.public
adaptive_avg_pool3d = _pool.adaptive_avg_pool3d.public

layer_norm = _norm.layer_norm.public
group_norm = _norm.group_norm.public
rms_norm = _norm.rms_norm.public

gelu = _activation.gelu.public
glu = _activation.glu.public
hardshrink = _activation.hardshrink.public
logsigmoid = _activation.logsigmoid.public
prelu = _activation.prelu.public
softplus = _activation.softplus.public
softshrink = _activation.softshrink.public
softsign = _activation.softsign.public
tanhshrink = _activation.tanhshrink.public

scaled_dot_product_attention = _attention.scaled_dot_product_attention.public

pad = _padding.pad
pixel_shuffle = _resample.pixel_shuffle.public
pixel_unshuffle = _resample.pixel_unshuffle.public
channel_shuffle = _resample.channel_shuffle.public
interpolate = _resample.interpolate
grid_sample = _resample.grid_sample.public
affine_grid = _resample.affine_grid.public
