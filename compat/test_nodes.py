"""The names of nodes and where they lead: `grad_fn` of common calls, and `next_functions` below it,
as real torch has them. What torch composes of several ops and jtorch records as one is not listed:
see docs/differences.md.
"""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

import jtorch  # noqa: E402

CALLS = """
x+y; x+1; 1+x; x-y; x-1; 1-x; T.rsub(x,y); T.rsub(x,2); x*y; x*2; 2*x; x/y; x/2; 2/x; x//y; x//2
x%y; x%2; 2%x; T.fmod(x,y); T.fmod(x,2); T.remainder(2.,x); x**2; x**y; 2**x; x**2.5; x.pow(y)
T.pow(2,x); -x; abs(x); m@x; m@m; T.mm(m,m); T.mv(m,x); T.bmm(b,b); T.dot(x,y); T.addmm(m,m,m)
T.addmv(x,m,x); T.addr(m,x,y); T.baddbmm(b,b,b); T.addbmm(m,b,b); T.cross(z3,z3,0)
T.linalg.cross(z3,z3); x.sum(); x.sum(0); m.sum(1,keepdim=True); m.sum((0,1)); m.mean()
m.mean(0); m.mean((0,1)); m.prod(); m.prod(0); m.max(); m.min(); m.max(0)[0]; m.min(0)[0]
m.amax(0); m.amin(); m.amax(); m.std(); m.std(0); m.var(); m.var(0); m.norm(); m.norm(1)
m.norm(2,0); m.norm(dim=1); T.linalg.norm(m); T.linalg.vector_norm(m); m.logsumexp(0)
m.cumsum(0); m.cumprod(0); T.cummax(m,0)[0]; T.cummin(m,0)[0]; T.logcumsumexp(m,0); m.median()
m.median(0)[0]; m.mode(0)[0]; T.nansum(m); T.nansum(m,0); T.nanmedian(m); T.aminmax(m)[0]
T.std_mean(m)[0]; T.std_mean(m)[1]; T.var_mean(m)[0]; T.var_mean(m,0)[1]; m.trace(); m.dist(m)
T.cdist(m,m); T.renorm(m,2,0,1.); m.sort(0)[0]; m.topk(1)[0]; m.kthvalue(1)[0]; T.msort(m)
x.exp(); x.log(); x.sqrt(); x.rsqrt(); x.sin(); x.cos(); x.tan(); x.tanh(); x.sigmoid()
x.relu(); x.abs(); x.sign(); x.floor(); x.ceil(); x.round(); x.round(decimals=1); x.trunc()
x.frac(); x.neg(); x.reciprocal(); x.square(); x.exp2(); x.expm1(); x.log2(); x.log10()
x.log1p(); x.erf(); x.erfc(); x.erfinv(); x.lgamma(); x.digamma(); T.polygamma(1,x); x.asin()
x.acos(); x.atan(); x.sinh(); x.cosh(); x.asinh(); T.acosh(x+2); x.atanh(); T.atan2(x,y)
T.hypot(x,y); x.logit(); T.special.expit(x); T.special.entr(x); T.special.xlog1py(x,y)
T.special.xlog1py(x,2.); T.special.xlog1py(2.,x); T.xlogy(x,y); T.xlogy(x,2.); T.xlogy(2.,x)
T.special.i0(x); T.i0(x); T.special.i0e(x); T.special.i1(x); T.special.erfcx(x)
T.special.log_ndtr(x); T.special.zeta(x+2,2.); T.sinc(x); T.deg2rad(x); T.rad2deg(x); T.sgn(x)
T.copysign(x,y); T.copysign(x,2.); T.logaddexp(x,y); T.logaddexp2(x,y); T.mvlgamma(x+3,2)
T.nan_to_num(x); T.clamp(x,0,1); T.clamp(x,min=0); T.clamp(x,max=0); T.clamp(x,x,y)
T.clip(x,0,1); T.clamp_min(x,0); T.clamp_min(x,y); T.clamp_max(x,1); T.maximum(x,y)
T.minimum(x,y); T.fmax(x,y); T.fmin(x,y); T.max(x,y); T.min(x,y); T.lerp(x,y,0.5); T.lerp(x,y,x)
T.addcmul(x,x,y); T.addcdiv(x,x,y); T.where(c,x,y); T.where(c,x,0.); x.masked_fill(c,0)
x.masked_fill(c,T.tensor(1.)); x.masked_select(c); x.masked_scatter(c,y); T.true_divide(x,y)
T.div(x,y,rounding_mode='floor'); T.div(x,2,rounding_mode='floor')
T.div(x,y,rounding_mode='trunc'); T.div(x,2.,rounding_mode='trunc'); T.floor_divide(x,y)
T.sub(x,y,alpha=2); T.add(x,y,alpha=2); T.mul(x,T.tensor(2.)); x.double(); x.to(T.float64)
x.half(); x.clone(); x.contiguous(); x.detach(); x.bool(); x.type(T.float64); x.to('cpu')
x.cpu(); T.complex(x,y); T.polar(x,y); T.view_as_real(T.complex(x,y)); T.complex(x,y).conj()
T.complex(x,y).abs(); T.complex(x,y).angle(); x.angle(); T.real(x)
T.complex(x,y).resolve_conj(); T.view_as_complex(m[:,:2].contiguous()); m.view(4); m.view(-1)
m.reshape(4); m.t().reshape(4); m.t(); m.T; m.mT; m.transpose(0,1); m.permute(1,0); m.flatten()
m.unsqueeze(0); m.squeeze(); m.unsqueeze(0).squeeze(0); m.unsqueeze(0).squeeze()
m.unsqueeze(0).squeeze((0,)); m.expand(3,2,2); m.expand_as(b); m.repeat(2,2); m.tile(2); m[0]
m[:,1]; m[0,1]; m[0:1]; m[::2]; m[...,None]; m[None]; m[i2]; m[c2]; m[[0,1]]; m[i2,i2]; m[:,i2]
m.select(0,1); m.narrow(0,0,1); m.split(1)[0]; m.split([1,1])[0]; m.chunk(2)[1]; m.unbind()[0]
T.unbind(m,1)[1]; T.tensor_split(m,2)[0]; T.hsplit(m,2)[0]; T.vsplit(m,2)[0]; T.cat([m,m])
T.stack([m,m]); T.hstack([m,m]); T.vstack([m,m]); T.dstack([m,m]); T.column_stack([x,x])
T.concat([m,m],1); m.gather(0,i22); m.scatter(0,i22,m); m.scatter(0,i22,1.)
m.scatter_add(0,i22,m); m.scatter_reduce(0,i22,m,'sum'); m.scatter_reduce(0,i22,m,'amax')
m.index_select(0,i2); m.index_add(0,i2,m); m.index_copy(0,i2,m); m.index_fill(0,i2,1.)
m.index_put((i2,),x2); m.take(i2); m.put(i2,x2); m.flip(0); m.fliplr(); m.flipud(); m.roll(1)
m.roll(1,0); m.rot90(); m.tril(); m.triu(); m.diag(); x.diag(); m.diagonal(); T.diag_embed(x)
T.block_diag(m,m); T.cartesian_prod(x,y); T.meshgrid(x,y,indexing='ij')[0]
T.broadcast_to(x,(2,2)); T.broadcast_tensors(x,m)[0]; T.atleast_2d(x); m.unfold(0,1,1)
m.as_strided((2,),(1,)); m.movedim(0,1); m.swapaxes(0,1); m.unflatten(0,(1,2)); m.ravel()
m.t().ravel(); m.view_as(m); T.select_scatter(m,x,0,0); T.slice_scatter(m,m)
T.diagonal_scatter(m,x); T.linalg.diagonal(m); T.linalg.inv(p); T.linalg.det(p); T.det(p)
T.linalg.slogdet(p)[1]; T.linalg.solve(p,m); T.linalg.cholesky(p); T.linalg.qr(p)[0]
T.linalg.svd(p)[1]; T.linalg.eigh(p)[0]; T.linalg.eigvalsh(p); T.linalg.eig(p)[0]
T.linalg.pinv(p); T.linalg.matrix_exp(p); T.matrix_exp(p); T.linalg.lstsq(p,m)[0]
T.linalg.lu_factor(p)[0]; T.cholesky_solve(m,p); T.triangular_solve(m,p)[0]
T.linalg.solve_triangular(p,m,upper=True); T.fft.fft(x); T.fft.rfft(x)
T.fft.irfft(T.fft.rfft(x)); T.fft.fftshift(x); F.relu(x); F.relu6(x); F.elu(x); F.selu(x)
F.celu(x); F.leaky_relu(x); F.gelu(x); F.gelu(x,approximate='tanh'); F.silu(x); F.mish(x)
F.softplus(x); F.hardshrink(x); F.softshrink(x); F.hardtanh(x); F.hardswish(x); F.hardsigmoid(x)
F.logsigmoid(x); F.threshold(x,0,0); F.glu(m); F.softmax(m,0); F.log_softmax(m,0)
F.softmin(m,0); F.gumbel_softmax(m); F.sigmoid(x); F.tanh(x); F.dropout(x)
F.dropout(x,training=False); F.dropout2d(im); F.alpha_dropout(x); F.conv1d(s,k1)
F.conv2d(im,k2); F.conv2d(im,k2,kb); F.conv3d(vo,k3); F.conv_transpose2d(im,k2)
F.conv_transpose1d(s,k1); F.max_pool2d(im,2); F.max_pool3d(vo,2); F.avg_pool2d(im,2)
F.avg_pool3d(vo,2); F.adaptive_avg_pool2d(im,1); F.adaptive_avg_pool2d(im,2)
F.adaptive_avg_pool2d(im,(1,1)); F.adaptive_avg_pool3d(vo,1); F.adaptive_avg_pool3d(vo,2)
F.adaptive_max_pool2d(im,2); F.adaptive_max_pool3d(vo,1); F.lp_pool2d(im,2,2)
F.batch_norm(im,None,None,training=True); F.batch_norm(im,T.zeros(1),T.ones(1))
F.layer_norm(m,(2,)); F.layer_norm(m,(2,),x,y); F.group_norm(im,1); F.embedding(i2,m)
F.one_hot(i2)*x; F.mse_loss(x,y); F.mse_loss(x,y,reduction='none'); F.l1_loss(x,y)
F.smooth_l1_loss(x,y); F.huber_loss(x,y); F.cross_entropy(m,i2); F.nll_loss(m,i2)
F.nll_loss(im4,i244); F.binary_cross_entropy(x.sigmoid(),T.ones(2))
F.binary_cross_entropy_with_logits(x,T.ones(2)); F.kl_div(x,y)
F.kl_div(x,T.ones(2),reduction='batchmean'); F.poisson_nll_loss(x,y); F.multi_margin_loss(m,i2)
F.multilabel_margin_loss(m,i22); F.multilabel_soft_margin_loss(m,T.ones(2,2))
F.ctc_loss(T.log_softmax(T.ones(5,1,3,requires_grad=True),2),T.tensor([[1,2]]),T.tensor([5]),T.tensor([2]))
F.pad(m,(1,1)); F.pad(im,(1,1,1,1),mode='replicate'); F.interpolate(im,scale_factor=2)
F.interpolate(im,scale_factor=2,mode='bilinear')
F.interpolate(im,scale_factor=2,mode='bicubic'); F.interpolate(im,scale_factor=2,mode='area')
F.interpolate(im,scale_factor=2,mode='nearest-exact'); F.interpolate(s,scale_factor=2)
F.interpolate(s,scale_factor=2,mode='linear'); F.interpolate(vo,scale_factor=2)
F.interpolate(vo,scale_factor=2,mode='trilinear'); F.grid_sample(im,g)
F.affine_grid(th,(1,1,2,2)); F.pixel_shuffle(im4,2); F.pixel_unshuffle(im,2)
F.channel_shuffle(im4,2); F.unfold(im,2); F.fold(F.unfold(im,2),(4,4),2)
F.scaled_dot_product_attention(q4,q4,q4)
F.scaled_dot_product_attention(q4,q4,q4,is_causal=True); nn.BatchNorm2d(1)(im)
nn.BatchNorm1d(2)(m); nn.Flatten()(im); nn.Embedding(3,2)(i2); nn.Unflatten(1,(1,2))(m)
nn.utils.parameters_to_vector([m,x]); nn.Softmax2d()(im); nn.Identity()(x); nn.PReLU()(x)
nn.LayerNorm(2)(m); nn.GroupNorm(1,1)(im); nn.ConvTranspose2d(1,1,2)(im); nn.Conv1d(1,1,2)(s)
inp(lambda a: a.add_(1)); inp(lambda a: a.mul_(2)); inp(lambda a: a.mul_(x))
inp(lambda a: a.sub_(x)); inp(lambda a: a.div_(2)); inp(lambda a: a.relu_())
inp(lambda a: a.exp_()); inp(lambda a: a.zero_()); inp(lambda a: a.copy_(x))
inp(lambda a: a.clamp_(0,1)); inp(lambda a: a.pow_(2)); inp(lambda a: a.__setitem__(i2,x2))
inp(lambda a: a.masked_fill_(c,0)); inp(lambda a: a.index_add_(0,i2,x))
inp(lambda a: a.scatter_(0,i2,x)); inp(lambda a: a.neg_()); inp(lambda a: a.sigmoid_())
inp(lambda a: a.addcmul_(x,x)); inp(lambda a: a.lerp_(x,0.5)); inp(lambda a: a.requires_grad_())
inp(lambda a: a.abs_()); inp(lambda a: a.sqrt_()); inp(lambda a:a.data.add_(1))
inp(lambda a: a.__iadd__(1)); inp(lambda a: a.tanh_()); inp(lambda a: a.cumsum_(0))
inp(lambda a: a.round_()); inp(lambda a: a.floor_()); inp(lambda a: F.dropout(a,inplace=True))
inp(lambda a: F.relu(a,inplace=True))
"""


def variables(T) -> dict:
    """What the calls are made of, under one library."""

    def leaf(*shape):
        return T.rand(*shape, requires_grad=True)

    T.manual_seed(0)
    y = leaf(2)

    def inp(change):
        changed = y * 1
        change(changed)
        return changed

    return {
        **{"T": T, "F": T.nn.functional, "nn": T.nn, "inp": inp},
        **{"x": leaf(2), "y": y, "x2": leaf(2), "z3": leaf(3), "w1": leaf(1), "kb": leaf(1)},
        **{"m": leaf(2, 2), "b": leaf(2, 2, 2), "p": (T.eye(2) * 2).requires_grad_()},
        **{"c": T.tensor([True, False]), "c2": T.tensor([[True, False], [True, True]])},
        **{"i": T.tensor([1, 2]), "i2": T.tensor([0, 1]), "i22": T.tensor([[0, 1], [1, 0]])},
        **{"s": leaf(1, 1, 4), "im": leaf(1, 1, 4, 4), "vo": leaf(1, 1, 4, 4, 4)},
        **{"im4": leaf(1, 4, 4, 4), "i244": T.zeros(1, 4, 4, dtype=T.int64)},
        **{"k1": leaf(1, 1, 2), "k2": leaf(1, 1, 2, 2), "k3": leaf(1, 1, 2, 2, 2)},
        **{"g": T.zeros(1, 2, 2, 2), "th": leaf(1, 2, 3), "q4": leaf(1, 1, 3, 4)},
    }


def tree(node, depth: int = 9):
    """(name, what it leads to), down to some depth."""
    if node is None or not depth:
        return node and "..."
    return type(node).__name__, [(tree(n, depth - 1), k) for n, k in node.next_functions]


def outcome(T, call: str):
    result = eval(call, variables(T))
    first = result[0] if isinstance(result, (tuple, list)) else result
    return tree(first.grad_fn), first.output_nr


@pytest.mark.parametrize("call", [c for c in CALLS.replace(";", "\n").split("\n") if c.strip()])
def test_nodes(call):
    assert outcome(jtorch, call.strip()) == outcome(torch, call.strip())
