"""The ops of networks beside real torch: values, gradients and errors."""

import numpy as np
import pytest

from compat.ops._oracle import INPUTS, check, lines

_RANDOM = np.random.RandomState(7)


def _normal(*shape):
    return _RANDOM.normal(size=shape)


INPUTS.update(
    seq=_normal(2, 4, 9),
    img=_normal(2, 4, 7, 6),
    one=_normal(2, 1, 7, 6),
    vol=_normal(2, 2, 5, 4, 6),
    k1=_normal(6, 4, 3),
    k2=_normal(6, 4, 3, 2),
    k2one=_normal(6, 1, 3, 2),
    k2two=_normal(6, 2, 3, 2),
    k2deep=_normal(8, 1, 3, 3),
    k3=_normal(3, 2, 2, 3, 2),
    t1=_normal(4, 3, 3),
    t2=_normal(4, 3, 3, 2),
    t3=_normal(2, 3, 2, 3, 2),
    v2=_normal(2),
    v3=_normal(3),
    v4=_normal(4),
    v6=_normal(6),
    v8=_normal(8),
    ties=np.round(_normal(2, 2, 7, 6)),
    ties1=np.round(_normal(2, 2, 9)),
    ties3=np.round(_normal(1, 2, 5, 4, 6)),
    lab=np.array([0, 2]),
    lab2=np.array([[2, 0, 1], [1, 1, -100]]),
    prob=_RANDOM.uniform(0.05, 0.95, (2, 3)),
    bits=np.array([[0.0, 1, 1], [1, 0, 0.5]]),
    sgn=np.array([[-1.0, 1, 1], [1, -1, -1]]),
    mlab=np.array([[2, 0, -1], [1, -1, 0]]),
    lgt=_normal(2, 3, 3),
    lgt4=_normal(2, 3, 2, 2),
    lab4=np.array([[[0, 2], [1, 1]], [[2, 2], [0, 1]]]),
    qq=_normal(2, 2, 4, 3),
    kk=_normal(2, 2, 5, 3),
    vv=_normal(2, 2, 5, 6),
    mask=np.array([[1, 0, 1, 1, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 1]]) > 0,
    bias=_normal(4, 5),
    tab=_normal(5, 3),
    idx=np.array([[1, 4, 1], [0, 2, 1]]),
    pts=_RANDOM.uniform(-1.2, 1.2, (2, 3, 4, 2)),
    pts3=_RANDOM.uniform(-1.2, 1.2, (2, 2, 3, 2, 3)),
    aff=_normal(2, 2, 3),
    aff3=_normal(2, 3, 4),
    cols=_normal(2, 12, 20),
    half=_normal(2, 4, 7, 6).astype(np.float16),
    sing=_normal(2, 4, 7, 6).astype(np.float32),
    byte=_RANDOM.randint(0, 255, (1, 1, 4, 4)).astype(np.uint8),
)

CONVOLUTIONS = """
F.conv1d(seq, k1, v6)
F.conv1d(seq[0], k1, v6, stride=2, padding=1)
F.conv1d(seq, k1, padding='same', dilation=2)
F.conv2d(img, k2, v6)
F.conv2d(img[0], k2, v6, padding=(1, 2), stride=(2, 1))
F.conv2d(img, k2, padding='same')
F.conv2d(img, k2, padding='valid', dilation=(1, 3))
F.conv2d(one, k2one, v6)
F.conv2d(one, k2one, v6, stride=2)
F.conv2d(img, k2two, v6, groups=2)
F.conv2d(img, k2deep, v8, groups=4, padding=1)
F.conv3d(vol, k3, v3)
F.conv3d(vol, k3, v3, stride=(1, 2, 1), padding=1)
F.conv_transpose1d(seq, t1, v3, stride=2, padding=1, output_padding=1)
F.conv_transpose2d(img, t2, v3)
F.conv_transpose2d(img[0], t2, stride=(2, 3), padding=(1, 0), output_padding=(0, 2))
F.conv_transpose2d(img, t2, v6, groups=2, dilation=2)
F.conv_transpose2d(img, t2, output_padding=1, dilation=2)
F.conv_transpose3d(vol, t3, v3, stride=2, padding=1)
torch.conv2d(img, k2, v6)
torch.conv2d(img[:0], k2)
F.conv2d(img[0, 0], k2)
F.conv2d(seq, k2)
F.conv2d(img[:, :3], k2)
F.conv2d(img, k2, groups=2)
F.conv2d(img, k2[:5], groups=2)
F.conv2d(img, k2, groups=0)
F.conv2d(img, k2, v4)
F.conv2d(img[:, :, :2], k2)
F.conv2d(img, k2, stride=0)
F.conv2d(img, k2, padding=-1)
F.conv2d(img.float(), k2.float(), dilation=0)
F.conv2d(img, k2, padding='same', stride=2)
F.conv2d(img, k2, padding='foo')
F.conv2d(img, k2, stride=(1, 2, 3))
F.conv2d(img.float(), k2)
F.conv2d(img, k2.float())
F.conv2d(img, k2, v6.float())
F.conv2d(img, k1)
F.conv_transpose2d(img[:, :3], t2)
F.conv_transpose2d(img, t2, output_padding=1)
F.conv_transpose1d(seq, t1, stride=2, output_padding=2)
F.conv_transpose2d(img, t2, v2)
F.conv_transpose2d(img[:, :, :1, :1], t2, padding=4)
"""

POOLS = """
F.max_pool1d(ties1, 2)
F.max_pool1d(ties1, 3, 2, 1, return_indices=True)
F.max_pool2d(ties, 2)
F.max_pool2d(ties[0], 3, 2, 1)
F.max_pool2d(ties, (2, 3), ceil_mode=True, return_indices=True)
F.max_pool2d(ties, 2, 1, dilation=2, return_indices=True)
F.max_pool2d(ties, (7, 4))
F.max_pool2d(i[None, :2], 2)
F.max_pool3d(ties3, 2)
F.max_pool3d(ties3, 2, 2, 1, return_indices=True)
F.avg_pool1d(seq, 3, 2, 1)
F.avg_pool2d(img, 2)
F.avg_pool2d(img, 3, 2, 1, count_include_pad=False)
F.avg_pool2d(img, 3, 2, 1, ceil_mode=True)
F.avg_pool2d(img, (2, 3), divisor_override=5)
F.avg_pool2d(half, 2)
F.avg_pool3d(vol, 2, 1)
F.adaptive_avg_pool1d(seq, 4)
F.adaptive_avg_pool2d(img, (3, None))
F.adaptive_avg_pool2d(img, 1)
F.adaptive_avg_pool3d(vol, (2, 2, 3))
F.adaptive_max_pool1d(ties1, 4)
F.adaptive_max_pool2d(ties, (3, 4), return_indices=True)
F.adaptive_max_pool3d(ties3, 2, return_indices=True)
F.max_unpool2d(*F.max_pool2d(img, 2, return_indices=True), 2)
F.lp_pool2d(img.abs(), 2, 2)
F.max_pool2d(img[0, 0], 2)
F.max_pool2d(img, 9)
F.max_pool2d(img, 2, padding=2)
F.max_pool2d(img, 2, padding=-1)
F.max_pool2d(img, 2, stride=0)
F.max_pool2d(img, 2, dilation=0)
F.max_pool2d(img, (2, 2, 2))
F.max_pool2d(img, 2, (1, 1, 1))
F.max_pool2d(img, 2, 1, (1, 1, 1))
F.max_pool2d(img, 2, 1, 0, (1, 1, 1))
F.max_pool2d(b[None], 2)
F.max_pool1d(seq[0, 0], 2)
F.max_pool1d(seq, 10)
F.max_pool1d(seq, 2, padding=2)
F.max_pool1d(seq, 0)
F.max_pool1d(seq, (2, 2))
F.avg_pool1d(seq[0, 0], 2)
F.avg_pool2d(img[0, 0], 2)
F.avg_pool2d(img, 2, divisor_override=0)
F.avg_pool2d(img, 9)
F.avg_pool3d(vol, 9)
F.adaptive_avg_pool2d(img, (2, 2, 2))
F.adaptive_avg_pool2d(img, -1)
F.adaptive_avg_pool2d(img[0, 0], 2)
F.adaptive_max_pool2d(img[0, 0], 2)
F.adaptive_avg_pool2d(img[:, :, :0], 2)
F.adaptive_avg_pool1d(seq, (2, 2))
"""

NORMS = """
F.layer_norm(seq, (9,))
F.layer_norm(img, (7, 6), img[0, 0], img[0, 1], 1e-3)
F.layer_norm(half, (6,))
F.layer_norm(half, (6,), sing.data[0, 0, 0], sing.data[0, 0, 1])
F.rms_norm(seq, (9,), seq[0, 0])
F.rms_norm(img, (7, 6), eps=1e-3)
F.group_norm(img, 2, v4, v4)
F.group_norm(seq, 4)
F.batch_norm(img, None, None, v4, v4, True)
F.batch_norm(seq, v4.data, v4.data.abs(), training=False)
F.batch_norm(img, v4.data, v4.data.abs(), v4, v4)
F.batch_norm(half, sing.data[0, :, 0, 0], sing.data[1, :, 0, 0] ** 2)
F.instance_norm(img, weight=v4, bias=v4)
F.instance_norm(seq, v4.data, v4.data.abs(), use_input_stats=False)
F.local_response_norm(img, 3)
F.local_response_norm(seq, 2, 0.1, 0.5, 2.0)
F.layer_norm(seq, (8,))
F.layer_norm(seq, (9,), v4)
F.layer_norm(seq, (9,), seq[0, 0], v4)
F.layer_norm(seq, ())
F.layer_norm(i, (3,))
F.layer_norm(seq, (9,), seq[0, 0].float())
F.rms_norm(seq, (8,))
F.group_norm(img, 3)
F.group_norm(img, 2, v3)
F.group_norm(v3, 3)
F.batch_norm(seq[:1, :, 0], None, None, training=True)
F.batch_norm(seq, None, None)
F.batch_norm(seq, v3.data, v4.data)
F.batch_norm(seq, v4.data, v4.data, v3)
F.batch_norm(seq.float(), v4.data, v4.data)
F.instance_norm(seq[:, :, :1])
F.instance_norm(seq, v4.data)
F.instance_norm(seq, use_input_stats=False)
"""

LOSSES = """
F.nll_loss(d, lab)
F.nll_loss(d, lab, v3.data.abs(), reduction='sum')
F.nll_loss(d, lab, ignore_index=2, reduction='none')
F.nll_loss(d, lab * 0 - 100)
F.nll_loss(d[0], lab[1])
F.nll_loss(d[0], lab[:1], reduction='none')
F.nll_loss(lgt, lab2)
F.nll_loss(lgt4, lab4, v3.data.abs())
F.nll_loss(lgt4, lab4, reduction='none')
F.cross_entropy(d, lab)
F.cross_entropy(d, lab.byte())
F.cross_entropy(d, bits)
F.cross_entropy(lgt, lab2, v3.data.abs(), label_smoothing=0.2)
F.binary_cross_entropy(prob, bits)
F.binary_cross_entropy(bits, bits, reduction='sum')
F.binary_cross_entropy(prob, bits, d.data[:1], reduction='none')
F.binary_cross_entropy_with_logits(d, bits)
F.binary_cross_entropy_with_logits(d * 100, bits, d.data[0], reduction='none', pos_weight=v3.data)
F.mse_loss(d, bits)
F.mse_loss(x, bits, reduction='sum')
F.mse_loss(i.float(), i)
F.l1_loss(d, bits, reduction='none')
F.l1_loss(f, f)
F.smooth_l1_loss(d * 2, bits, beta=0.5)
F.smooth_l1_loss(d, bits, beta=0)
F.huber_loss(d * 2, bits, delta=0.5, reduction='none')
F.soft_margin_loss(d, sgn.data)
F.multi_margin_loss(d, lab)
F.multi_margin_loss(d, lab, 2, 0.5, v3.data, reduction='none')
F.multi_margin_loss(d[0], lab[1])
F.multilabel_margin_loss(d, mlab)
F.multilabel_soft_margin_loss(d, bits, v3)
F.hinge_embedding_loss(d, sgn)
F.margin_ranking_loss(d, prob, sgn)
F.cosine_embedding_loss(d, prob, sgn[:, 0])
F.triplet_margin_loss(d, prob, bits)
F.kl_div(prob.log(), bits, reduction='batchmean')
F.kl_div(prob.log(), d, reduction='sum', log_target=True)
F.poisson_nll_loss(d, prob, full=True)
F.gaussian_nll_loss(d, bits, prob)
F.ctc_loss(lgt.log_softmax(2), lab.repeat(3, 1) * 0 + 1, (2, 2, 2), (1, 1, 1))
F.cross_entropy(d, lab2[:, 0].repeat(2))
F.cross_entropy(d, lab2)
F.cross_entropy(d, lab + 1)
F.cross_entropy(d, lab - 1)
F.cross_entropy(d, d[:, 0])
F.cross_entropy(d, lab.int())
F.cross_entropy(lgt, lab2[:, :2])
F.cross_entropy(lgt, lab)
F.cross_entropy(lgt4, lab4[:, :1])
F.cross_entropy(lgt4, lab2)
F.cross_entropy(d, lab, v4.data)
F.cross_entropy(d, lab, v3.data.float())
F.nll_loss(d[0], lab)
F.binary_cross_entropy(prob * 3, bits)
F.binary_cross_entropy(prob, i)
F.binary_cross_entropy_with_logits(d, i)
F.binary_cross_entropy_with_logits(d, bits, pos_weight=v2.data)
F.mse_loss(d, v4)
F.mse_loss(i, i)
F.smooth_l1_loss(i, i)
F.smooth_l1_loss(d, bits, beta=-1)
F.huber_loss(d, bits, delta=0)
F.multi_margin_loss(d, lab + 1)
F.multi_margin_loss(d, lab2[0])
F.multi_margin_loss(d, lab, weight=v4.data)
F.multilabel_margin_loss(d, lab)
F.multilabel_margin_loss(d, mlab + 1)
"""

OTHERS = """
F.embedding(idx, tab)
F.embedding(idx.int(), tab, padding_idx=1)
F.embedding(idx, tab, padding_idx=-4, scale_grad_by_freq=True)
F.embedding_bag(idx, tab)
F.embedding_bag(idx.flatten(), tab, lab, mode='sum')
F.one_hot(idx)
F.one_hot(idx, 7)
F.one_hot(idx[:0], 3)
F.embedding(idx + 1, tab)
F.embedding(idx - 1, tab)
F.embedding(tab, tab)
F.embedding(b, tab)
F.embedding(idx, v3)
F.embedding(idx, tab, padding_idx=5)
F.one_hot(idx, 4)
F.one_hot(idx - 1)
F.one_hot(tab)
F.one_hot(idx[:0])
F.scaled_dot_product_attention(qq, kk, vv)
F.scaled_dot_product_attention(qq, kk, vv, is_causal=True)
F.scaled_dot_product_attention(qq, kk, vv, mask)
F.scaled_dot_product_attention(qq, kk, vv, bias, scale=0.3)
F.scaled_dot_product_attention(qq, kk, vv, bias.masked_fill(~mask, -inf))
F.scaled_dot_product_attention(qq, kk[:, :1], vv[:, :1], enable_gqa=True)
F.scaled_dot_product_attention(qq[0, 0], kk[0, 0], vv[0, 0], is_causal=True)
F.scaled_dot_product_attention(qq, kk.float(), vv)
F.scaled_dot_product_attention(qq, kk, vv, mask, is_causal=True)
F.scaled_dot_product_attention(v3, v3, v3)
F.scaled_dot_product_attention(qq[0], kk[0, :, :, :2], vv[0])
F.scaled_dot_product_attention(qq[0], kk[0], vv[0, :, :2])
F.scaled_dot_product_attention(qq, kk, vv, mask.long())
F.scaled_dot_product_attention(qq, kk, vv, mask[:3])
F.scaled_dot_product_attention(qq, kk, vv, dropout_p=2.0)
F.scaled_dot_product_attention(torch.cat([qq, qq[:, :1]], 1), kk, vv)
F.scaled_dot_product_attention(torch.cat([qq, qq[:, :1]], 1), kk, vv, enable_gqa=True)
F.pad(img, (1, 2))
F.pad(img, (1, -2, -1, 3), value=2.5)
F.pad(b, (1, 1), value=1)
F.pad(seq, (3, 2), mode='reflect')
F.pad(img, (1, 2, 3, -1), mode='reflect')
F.pad(img[0], (2, 0, 1, 1), mode='replicate')
F.pad(vol, (1, 1, 2, 0, 0, 3), mode='replicate')
F.pad(seq, (3, 9), mode='circular')
F.pad(img, (-1, 2, 3, -1), mode='circular')
F.pad(i[None], (1, 1), mode='reflect')
F.pad(seq, (1,))
F.pad(v3, (1, 1, 1, 1))
F.pad(v3, (-2, -2))
F.pad(seq, (9, 0), mode='reflect')
F.pad(img, (1, 1, 7, 1), mode='reflect')
F.pad(seq, (10, 0), mode='circular')
F.pad(seq, (-5, -5), mode='circular')
F.pad(seq, (-5, -5), mode='replicate')
F.pad(d, (1, 1, 1, 1), mode='reflect')
F.pad(seq, (1, 1), mode='foo')
F.pad(seq, (1, 1), mode='reflect', value=3)
F.pad(v3, (1.0, 1))
F.pad(v3, 1)
"""

IMAGES = """
F.interpolate(seq, 5)
F.interpolate(img, scale_factor=2)
F.interpolate(img, (4, 11), mode='nearest-exact')
F.interpolate(vol, scale_factor=(0.5, 1.5, 2.0))
F.interpolate(seq, 14, mode='linear')
F.interpolate(img, (5, 9), mode='bilinear', align_corners=True)
F.interpolate(img, scale_factor=1.7, mode='bilinear')
F.interpolate(img, scale_factor=1.7, mode='bilinear', recompute_scale_factor=True)
F.interpolate(img, (3, 4), mode='bilinear', antialias=True)
F.interpolate(img, (5, 9), mode='bicubic')
F.interpolate(img, (5, 9), mode='bicubic', align_corners=True)
F.interpolate(img, (3, 9), mode='bicubic', antialias=True)
F.interpolate(vol, (3, 6, 4), mode='trilinear')
F.interpolate(img, (3, 4), mode='area')
F.interpolate(byte, 7)
F.grid_sample(img[:, :2], pts)
F.grid_sample(img[:, :2], pts, align_corners=True, padding_mode='border')
F.grid_sample(img[:, :2], pts, padding_mode='reflection')
F.grid_sample(img[:, :2], pts, 'nearest')
F.grid_sample(img[:, :2], pts, 'bicubic')
F.grid_sample(vol, pts3)
F.affine_grid(aff, (2, 1, 3, 4))
F.affine_grid(aff3, (2, 1, 2, 3, 4), align_corners=True)
F.pixel_shuffle(img, 2)
F.pixel_unshuffle(img[:, :, :6], 2)
F.channel_shuffle(img, 2)
F.unfold(img, 3, padding=1)
F.unfold(img[0], (2, 3), dilation=2, stride=(1, 2))
F.fold(cols, (6, 5), 2)
F.fold(cols[0], (5, 6), (2, 3), 1, (1, 1), (1, 2))
F.interpolate(img)
F.interpolate(img, 2, scale_factor=2)
F.interpolate(img, 2, mode='foo')
F.interpolate(img, 2, mode='linear')
F.interpolate(seq, 2, mode='bicubic')
F.interpolate(img, 2, align_corners=True)
F.interpolate(img, (2, 2, 2))
F.interpolate(img, scale_factor=(2.0, 2.0, 2.0))
F.interpolate(img, 0)
F.interpolate(img, 2, antialias=True)
F.interpolate(img, 2, recompute_scale_factor=True)
F.grid_sample(img, pts[:1])
F.grid_sample(img, pts3)
F.grid_sample(img, pts, 'foo')
F.grid_sample(img, pts, padding_mode='foo')
F.grid_sample(img, pts.float())
F.affine_grid(d, (2, 1, 3, 4))
F.affine_grid(aff, (2, 1, 3))
F.pixel_shuffle(d, 2)
F.pixel_shuffle(img[:, :3], 2)
F.pixel_unshuffle(img, 2)
F.channel_shuffle(img, 3)
F.unfold(d, 2)
F.unfold(img, 9)
F.unfold(img, 0)
F.fold(cols, (6, 6), 2)
F.fold(cols[:, :5], (6, 5), 2)
"""


@pytest.mark.parametrize("expression", lines(CONVOLUTIONS + POOLS + NORMS))
def test_layers(expression):
    check(expression)


@pytest.mark.parametrize("expression", lines(LOSSES))
def test_losses(expression):
    check(expression)


@pytest.mark.parametrize("expression", lines(OTHERS + IMAGES))
def test_others(expression):
    check(expression)


TWICE = """
img | F.conv2d(img, k2, v6, padding=1)
k2 | F.conv2d(img, k2, v6, stride=2)
k2deep | F.conv2d(img, k2deep, groups=4)
t2 | F.conv_transpose2d(img, t2, stride=2)
k3 | F.conv3d(vol, k3)
ties | F.max_pool2d(ties, 3, 2, 1)
img | F.avg_pool2d(img, 2)
img | F.batch_norm(img, None, None, v4, v4, True)
v4 | F.batch_norm(img, None, None, v4, v4, True)
seq | F.layer_norm(seq, (9,), seq[0, 0])
seq | F.group_norm(seq, 2)
seq | F.rms_norm(seq, (9,))
d | F.cross_entropy(d, lab)
d | F.binary_cross_entropy_with_logits(d, bits)
d | F.smooth_l1_loss(d, bits)
d | F.mse_loss(d, bits)
tab | F.embedding(idx, tab, padding_idx=1)
qq | F.scaled_dot_product_attention(qq, kk, vv, is_causal=True)
kk | F.scaled_dot_product_attention(qq, kk, vv, mask)
img | F.interpolate(img, (5, 9), mode='bilinear')
img | F.interpolate(img, (3, 9), mode='bicubic', antialias=True)
pts | F.grid_sample(img[:, :2], pts)
cols | F.fold(cols, (6, 5), 2)
seq | F.pad(seq, (3, 2), mode='reflect')
"""


@pytest.mark.parametrize("line", lines(TWICE))
def test_second_order(line):
    leaf, _, result = line.partition(" | ")
    gradient = f"torch.autograd.grad((({result}) ** 2).sum(), {leaf}, create_graph=True)"
    check(gradient, rtol=1e-3, atol=1e-4)
