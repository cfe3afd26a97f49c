"""Second derivatives: the gradient of a gradient."""

import pytest

from compat.ops._oracle import check, lines

SAMPLES = """
x | x * g
x | x / g
g | g ** 2.5
g | g ** x
x | x ** 2
x | x.exp()
x | x.tanh()
x | x.sigmoid()
x | x.relu()
x | F.gelu(x)
x | F.gelu(x, approximate='tanh')
x | F.silu(x)
x | F.softplus(x)
x | F.elu(x)
x | F.leaky_relu(x)
x | F.logsigmoid(x)
x | F.mish(x)
x | F.glu(x.T)
x | x.softmax(1)
x | x.log_softmax(1)
x | x.logsumexp(1)
x | x.var(1)
x | x.std(1)
x | x.norm()
x | x.norm(dim=1)
x | x.norm(3, dim=1)
x | x.abs()
x | x.clamp(-0.5, 0.5)
x | x.max(1)[0]
x | x.amax(1)
x | x.sum(1)
x | x.mean(0)
g | g.prod(1)
g | g.cumprod(1)
x | x.cumsum(1)
x | x.sort(1)[0]
x | x.topk(2)[0]
x | x.median()
x | x.logcumsumexp(1)
g | g.sqrt()
g | g.rsqrt()
g | g.log()
g | g.reciprocal()
x | torch.atan2(x, g)
x | torch.erf(x)
x | torch.erfinv(x * 0.3)
g | torch.lgamma(g)
g | torch.logit(g * 0.4)
x | x @ s
x | F.linear(x, s, g[0])
x | torch.einsum('ij,jk->ik', x, s)
x | torch.cdist(x, g)
p | torch.linalg.inv(p)
p | torch.linalg.det(p)
p | torch.linalg.cholesky(p)
p | torch.linalg.solve(p, q)
q | torch.linalg.svdvals(q)
p | torch.linalg.eigvalsh(p)
p | torch.linalg.slogdet(p)[1]
x | torch.cat([x, g])
x | x.flatten()
x | torch.lerp(x, g, 0.3)
x | torch.maximum(x, g)
x | torch.hypot(x, g)
g | torch.xlogy(g, g)
x | torch.logaddexp(x, g)
x | torch.sinc(x)
x | torch.special.i0(x)
"""


@pytest.mark.parametrize("line", lines(SAMPLES))
def test_same(line):
    leaf, _, result = line.partition(" | ")
    gradient = f"torch.autograd.grad((({result}) ** 2).sum(), {leaf}, create_graph=True)"
    check(gradient, rtol=1e-3, atol=1e-4)
