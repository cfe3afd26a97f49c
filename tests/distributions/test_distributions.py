"""Distributions: numbers written down, gradients through samples, one mechanism for parameters."""

import copy
import importlib
import math

import numpy as np
import pytest

import jtorch as torch

D = torch.distributions


def close(x, wanted, tolerance=1e-5):
    np.testing.assert_allclose(np.asarray(x.detach()), wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    ("distribution", "value", "log_prob", "entropy"),
    [
        (D.Normal(1.0, 2.0), 2.0, -1.7370857, 2.1120858),
        (D.Exponential(2.0), 0.5, -0.3068528, 0.3068528),
        (D.Bernoulli(0.25), 1.0, math.log(0.25), 0.5623351),
        (D.Uniform(0.0, 4.0), 1.0, -math.log(4), math.log(4)),
        (D.Gamma(2.0, 3.0), 1.0, math.log(9) - 3, 0.4786034),
        (D.Beta(2.0, 2.0), 0.5, math.log(1.5), -0.1250923),
        (D.Laplace(0.0, 1.0), 2.0, -2 - math.log(2), 1 + math.log(2)),
        (D.Cauchy(0.0, 1.0), 0.0, -math.log(math.pi), math.log(4 * math.pi)),
        (D.Geometric(0.5), 2.0, math.log(0.125), 2 * math.log(2)),
        (D.Binomial(4, torch.tensor(0.5)), 2.0, math.log(0.375), 1.4075318),
        (D.LogNormal(0.0, 1.0), 1.0, -0.9189385, 1.4189385),
        (D.Gumbel(0.0, 1.0), 0.0, -1.0, 1.5772157),
        (D.Pareto(1.0, 2.0), 2.0, math.log(0.25), 1.5 - math.log(2)),
        (D.StudentT(1.0), 0.0, -math.log(math.pi), math.log(4 * math.pi)),
    ],
    ids=lambda x: type(x).__name__ if isinstance(x, D.Distribution) else "",
)
def test_densities(distribution, value, log_prob, entropy):
    close(distribution.log_prob(torch.tensor(value)), log_prob)
    close(distribution.entropy(), entropy)


def test_draws_after_a_seed():
    """What real torch draws, too."""
    torch.manual_seed(0)
    close(D.Gamma(torch.tensor([0.5, 2.0]), 1.0).sample(), [0.000789, 0.631541])
    close(D.Dirichlet(torch.tensor([0.5, 1.0, 2.0])).sample(), [0.026868, 0.598471, 0.374662])
    assert D.Categorical(torch.tensor([0.2, 0.3, 0.5])).sample((8,)).tolist() == [
        2,
        1,
        1,
        1,
        1,
        2,
        2,
        1,
    ]
    close(D.VonMises(torch.tensor(0.0), torch.tensor(2.0)).sample(), 1.125157)


def incomplete_beta(x, a, b):
    """By Gauss-Legendre quadrature, for a and b of at least 1."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    t = (nodes + 1) / 2
    norm = math.gamma(a) * math.gamma(b) / math.gamma(a + b)
    return x * ((t * x) ** (a - 1) * (1 - t * x) ** (b - 1) * weights).sum() / 2 / norm


@pytest.mark.parametrize("x", [0.05, 0.4, 0.7, 0.9])
@pytest.mark.parametrize(("a", "b"), [(2.0, 3.0), (4.0, 1.0), (12.0, 9.0)])
def test_beta_quantiles(x, a, b):
    point, total = torch.tensor([x], dtype=torch.float64), torch.tensor([a + b]).double()
    slope = torch._dirichlet_grad(point, torch.tensor([a]).double(), total) * (1 - x)
    norm = math.gamma(a) * math.gamma(b) / math.gamma(a + b)
    density = x ** (a - 1) * (1 - x) ** (b - 1) / norm
    change = (incomplete_beta(x, a + 1e-5, b) - incomplete_beta(x, a - 1e-5, b)) / 2e-5
    close(slope, [-change / density], 1e-6)


def test_gradients_through_samples():
    """The mean of a reparametrised sample moves with the parameter as the mean does."""
    torch.manual_seed(0)
    a = torch.tensor([2.0, 5.0], requires_grad=True)
    D.Gamma(a, torch.tensor([1.0, 2.0])).rsample((4000,)).mean(0).sum().backward()
    close(a.grad, [1.0, 0.5], 0.05)
    c = torch.tensor([2.0, 3.0, 5.0], requires_grad=True)
    D.Dirichlet(c).rsample((4000,)).mean(0)[0].backward()
    close(c.grad, [0.08, -0.02, -0.02], 0.01)
    with pytest.raises(RuntimeError, match="does not require grad"):
        (g,) = torch.autograd.grad(D.Dirichlet(c).rsample()[0], c, create_graph=True)
        torch.autograd.grad(g.sum(), c)


def test_expand_and_repr():
    d = D.Normal(torch.zeros(3), 1.0)
    assert repr(d) == "Normal(loc: torch.Size([3]), scale: torch.Size([3]))"
    assert d.expand((2, 3)).sample().shape == (2, 3)
    assert repr(D.Bernoulli(0.25)) == "Bernoulli(probs: 0.25)"
    chi2 = D.Chi2(torch.tensor(3.0)).expand((4,))
    assert (chi2.batch_shape, chi2.df.tolist()) == ((4,), [3.0] * 4)
    mixture = D.MixtureSameFamily(D.Categorical(torch.ones(3)), D.Normal(torch.arange(3.0), 1.0))
    close(mixture.expand((2,)).mean, [1.0, 1.0])
    gumbel = copy.deepcopy(D.Gumbel(torch.zeros(2), 1.0)).expand((3, 2))
    close(gumbel.mean, np.full((3, 2), 0.5772157))


def test_refusals():
    with pytest.raises(ValueError, match="Expected parameter scale .Tensor of shape ... of dist"):
        D.Normal(0.0, -1.0)
    with pytest.raises(ValueError, match="to be within the support"):
        D.Exponential(1.0).log_prob(torch.tensor(-1.0))
    with pytest.raises(ValueError, match="Either `probs` or `logits` must be specified"):
        D.Bernoulli()
    D.Normal(0.0, -1.0, validate_args=False)


def test_divergences():
    close(D.kl_divergence(D.Normal(0.0, 1.0), D.Normal(1.0, 2.0)), 0.4431472)
    close(D.kl_divergence(D.Exponential(1.0), D.Gamma(2.0, 1.0)), 0.5772157)
    close(D.kl_divergence(D.Uniform(0.0, 1.0), D.Normal(0.0, 1.0)), 1.0856052)
    assert D.kl_divergence(D.Normal(0.0, 1.0), D.Gamma(1.0, 1.0)).item() == math.inf
    with pytest.raises(NotImplementedError, match="No KL.p .. q. is implemented for p type Cauchy"):
        D.kl_divergence(D.Cauchy(0.0, 1.0), D.Laplace(0.0, 1.0))


@pytest.mark.parametrize(
    "transform",
    [
        D.StickBreakingTransform(),
        D.CorrCholeskyTransform(),
        D.ComposeTransform([D.TanhTransform(), D.AffineTransform(1.0, 3.0), D.ExpTransform()]),
        D.StackTransform([D.ExpTransform(), D.SigmoidTransform(), D.SoftplusTransform()], -1),
    ],
    ids=lambda t: type(t).__name__,
)
def test_transforms_invert(transform):
    x = torch.tensor([[0.3, -0.7, 0.2], [1.1, 0.4, -1.5]], dtype=torch.float64)
    y = transform(x)
    assert transform.codomain.check(y).all()
    close(transform.inv(y), x, 1e-9)
    cached = transform.with_cache(1)
    assert cached.inv(cached(x)) is x or isinstance(transform, D.ComposeTransform)


def test_registries():
    for constraint in (D.constraints.simplex, D.constraints.interval(-1.0, 3.0)):
        y = D.transform_to(constraint)(torch.tensor([0.3, -2.0, 1.0]))
        assert constraint.check(y).all()
    with pytest.raises(NotImplementedError, match="Cannot transform _Boolean constraints"):
        D.biject_to(D.constraints.boolean)


def test_modules_of_distributions():
    """Each distribution is in the module where torch has it."""
    for name, cls in (
        ("normal", "Normal"),
        ("studentT", "StudentT"),
        ("lkj_cholesky", "LKJCholesky"),
    ):
        module = importlib.import_module(f"jtorch.distributions.{name}")
        assert getattr(module, cls) is getattr(D, cls)
        assert getattr(D, cls).__module__ == module.__name__
