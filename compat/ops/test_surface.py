"""Copies of views, torch's own forms of functions of networks, odd functions and sparse products
beside real torch: values, gradients and errors.
"""

import numpy as np
import pytest

from compat.ops._oracle import INPUTS, check, lines

_RANDOM = np.random.RandomState(11)


def _normal(*shape):
    return _RANDOM.normal(size=shape)


INPUTS.update(
    im=_normal(2, 2, 5, 6),
    vx=_normal(1, 2, 5, 4, 6),
    tbc=_normal(5, 2, 3),
    wtb=_normal(2, 3, 4),
    b4=_normal(4),
    c2=_normal(2),
    u2=_RANDOM.uniform(size=(2, 2, 2)),
    u3=_RANDOM.uniform(size=(1, 2, 3)),
    sg=np.array([[-1.0, 1, 1], [1, -1, -1]]),
    s2=np.array([1.0, -1]),
    pb=_RANDOM.uniform(0.05, 0.95, (2, 3)),
    bt=np.array([[0.0, 1, 1], [1, 0, 1]]),
    lp=_normal(6, 2, 4),
    tg=np.array([[1, 2, 1], [3, 1, 2]]),
    tn=np.array([3, 2]),
    tab=_normal(5, 3),
    ix=np.array([4, 1, 1, 0]),
    of=np.array([0, 3]),
    gr=_RANDOM.uniform(-1, 1, (2, 3, 4, 2)),
    g3=_RANDOM.uniform(-1, 1, (1, 2, 3, 2, 3)),
    th=_normal(2, 2, 3),
    kw=_normal(4, 2, 3, 2),
    kt=_normal(2, 4, 3, 2),
    bw=_normal(2, 3, 3),
)

COPIES = """
torch.alias_copy(d)
torch.as_strided_copy(d, (2, 2), (1, 2), 1)
torch.diagonal_copy(d, 1)
torch.expand_copy(d, (2, 2, 3))
torch.narrow_copy(d, 1, 1, 2)
torch.permute_copy(d, (1, 0))
torch.select_copy(d, 1, 1)
torch.slice_copy(d, 1, 0, 3, 2)
torch.split_copy(d, 2, 1)
torch.split_with_sizes_copy(d, [1, 2], 1)
torch.squeeze_copy(d[:1])
torch.squeeze_copy(d[:1], 0)
torch.t_copy(d)
torch.transpose_copy(d, 0, 1)
torch.unbind_copy(d, 1)
torch.unfold_copy(d, 1, 2, 1)
torch.unsqueeze_copy(d, 1)
torch.view_copy(d, (3, 2))
torch.view_as_real_copy(c)
torch.unsafe_split(d, 2, 1)
torch.unsafe_split_with_sizes(d, [1, 2], 1)
torch.unsafe_chunk(d, 2, 1)
torch.as_strided_scatter(f.detach(), torch.ones(2, 2), (2, 2), (1, 2), 1)
torch.as_strided_scatter(f.detach().t(), torch.ones(2, 2), (2, 2), (1, 2), 1)
torch.as_strided_scatter(f, torch.ones(2), (2, 2), (1, 2))
torch.select_copy(d, 0, 5)
"""
LOSSES = """
torch.binary_cross_entropy_with_logits(d, bt, None, pb.detach(), 1)
torch.binary_cross_entropy_with_logits(d, bt, pb.detach())
torch.cosine_embedding_loss(d, x, s2, 0.1, 1)
torch.ctc_loss(lp.log_softmax(-1), tg, (6, 5), (3, 2), 0, 1)
torch.ctc_loss(lp.log_softmax(-1), tg, torch.tensor([6, 5]), tn, 0, 2, True)
torch.hinge_embedding_loss(d, sg, 1.0, 1)
torch.hinge_embedding_loss(d, sg)
torch.hinge_embedding_loss(d, sg, reduction='mean')
torch.kl_div(d, pb, 1)
torch.kl_div(d, pb, 2, log_target=True)
torch.margin_ranking_loss(d, pb, sg, 0.3, 1)
torch.poisson_nll_loss(d, pb, True, True, 1e-8, 1)
torch.poisson_nll_loss(pb, pb, False, False, 1e-8, 0)
torch.triplet_margin_loss(d, pb, sg, 1.0, 2.0, 1e-6, True, 1)
torch.triplet_margin_loss(d, pb, sg)
torch.pairwise_distance(d, pb, 1.0)
torch.cosine_similarity(d, pb, 0)
torch.cosine_similarity(i, j)
"""
NETWORKS = """
torch.batch_norm(im, c2, c2, None, None, True, 0.1, 1e-5, False)
torch.batch_norm(im, c2, None, torch.zeros_like(c2), torch.ones_like(c2), False, 0.1, 1e-5, False)
torch.instance_norm(im, c2, c2, None, None, True, 0.1, 1e-5, False)
torch.native_batch_norm(im, c2, c2, None, None, True, 0.1, 1e-5)
torch.native_layer_norm(im, [5, 6], None, None, 1e-5)
torch.native_group_norm(im, c2, c2, 2, 2, 30, 2, 1e-5)[0]
torch.layer_norm(im, [6], None, None, 1e-5, False)
torch.group_norm(im, 1, None, None, 1e-5, False)
torch.native_channel_shuffle(im, 2)
torch.bilinear(d, x.double(), bw)
torch.convolution(im, kw, b4, [1, 2], [1, 0], [1, 1], False, [0, 0], 1)
torch.convolution(im, kt, b4, [2, 1], [0, 1], [1, 1], True, [1, 0], 1)
torch.conv_tbc(tbc, wtb, b4, 1)
torch.grid_sampler(im, gr, 0, 0, False)
torch.grid_sampler(im, gr, 1, 1, True)
torch.grid_sampler_2d(im, gr, 2, 2, False)
torch.grid_sampler_3d(vx, g3, 0, 1, False)
torch.affine_grid_generator(th, [2, 1, 3, 4], False)
torch.embedding_bag(tab, ix, of)
torch.embedding_bag(tab, ix, of, False, 1)
torch.embedding_bag(tab, ix, of, False, 0, False, None, False, 1)
torch.rrelu(d)
F.fractional_max_pool2d(im, 2, output_size=3, _random_samples=u2.detach())
F.fractional_max_pool2d(im, (2, 3), output_ratio=(0.5, 0.6), _random_samples=u2.detach())
F.fractional_max_pool2d(im, 2, output_size=1, return_indices=True, _random_samples=u2.detach())
F.fractional_max_pool2d(im, 2, output_size=5, _random_samples=u2.detach())
F.fractional_max_pool2d(im, 2, output_size=2, _random_samples=u3.detach())
F.fractional_max_pool2d(im, 2)
F.fractional_max_pool3d(vx, 2, output_size=(2, 3, 2), _random_samples=u3.detach())
F.fractional_max_pool3d(vx, (1, 2, 3), output_ratio=(0.5, 0.5, 0.5), _random_samples=u3.detach())
F.fractional_max_pool3d(vx, 2, output_size=(2, 9, 2), _random_samples=u3.detach())
"""
ODD = """
torch.frobenius_norm(d, 1)
torch.frobenius_norm(d, (0, 1), True)
torch.nuclear_norm(d)
torch.norm_except_dim(im, 2, 1)
torch.norm_except_dim(d, 1, 0)
torch.histogramdd(d.detach(), 3)
torch.histogramdd(d.detach()[:, :2], [2, 3], range=[-1.0, 1, 0, 2], density=True)
torch.histogramdd(d.detach(), [2, 2])
torch.histogramdd(d.detach(), 2, range=[0.0, 1.0])
torch.unravel_index(ix, (2, 3))
torch.nonzero_static(f, size=4)
torch.nonzero_static(f, size=9, fill_value=-7)
torch.hash_tensor(d)
torch.hash_tensor(i, 0, keepdim=True)
torch.hash_tensor(h)
torch.hash_tensor(b)
torch.resolve_conj(c.conj())
torch.resolve_neg(c.conj().imag)
torch.tensor([1.0, -2.7]).to(torch.float8_e4m3fn).to(torch.float32)
torch.tensor([1.0, 300.0]).to(torch.float8_e5m2).to(torch.float32)
torch.tensor([3.0, 300.0]).to(torch.float8_e8m0fnu).to(torch.float32)
"""
SPARSE = """
f.to_sparse().to_dense()
f.to_sparse(1).to_dense()
torch.sparse.mm(d.to_sparse(), x.double().t())
torch.mm(g.to_sparse(), x.t())
torch.mm(x, g.to_sparse().t())
torch.mv(g.to_sparse(), x[0])
torch.addmm(s[:2, :2], g.to_sparse(), x.t(), beta=0.5, alpha=2)
torch.sparse.sum(d.to_sparse())
(g.to_sparse() + x.to_sparse()).to_dense()
(g.to_sparse() * 2 - x.to_sparse()).to_dense()
(f + x.to_sparse()).sum()
f.to_sparse().sin().to_dense()
torch.sparse_coo_tensor(i[:, :2] % 2, g[0, :2], (2, 2), check_invariants=True).to_dense()
torch.sparse_coo_tensor(i[:, :2] % 2, g[:, :2], (2, 2, 2), check_invariants=True).to_dense()
torch.sparse.mm(f.to_sparse(), x)
"""


def _check(expression):
    check(expression, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("expression", lines(COPIES))
def test_copies(expression):
    _check(expression)


@pytest.mark.parametrize("expression", lines(LOSSES))
def test_losses(expression):
    _check(expression)


@pytest.mark.parametrize("expression", lines(NETWORKS))
def test_networks(expression):
    _check(expression)


@pytest.mark.parametrize("expression", lines(ODD))
def test_odd(expression):
    _check(expression)


@pytest.mark.parametrize("expression", lines(SPARSE))
def test_sparse(expression):
    _check(expression)
