"""What distributions refuse, and in which words; what they are where a script asks about them. A
line is an expression over the names of torch.distributions.
"""

import copy
import pickle

import pytest
import torch

import jtorch
from compat.programs._outcome import run

from ._probe import Kit, data

LINES = """
D.Independent(D.Normal(0., 1.), 1)
D.Independent(D.Normal(T([0.]), 1.), 2)
D.Independent(D.Categorical(T([[.3, .7]])), 1).enumerate_support()
D.TransformedDistribution(D.Normal(0., 1.), 3)
D.TransformedDistribution(D.Normal(0., 1.), [3])
D.TransformedDistribution(D.Normal(0., 1.), [D.StickBreakingTransform()])
D.TransformedDistribution(D.Normal(torch.zeros(2, 3), 1.), D.StickBreakingTransform()).event_shape
D.TransformedDistribution(D.Normal(0., 1.), D.AffineTransform(torch.zeros(3), 1.)).batch_shape
D.TransformedDistribution(D.Normal(0., 1.), []).support
D.MixtureSameFamily(3, 3)
D.MixtureSameFamily(D.Categorical(T([.5, .5])), 3)
D.MixtureSameFamily(D.Categorical(T([.5, .5])), D.Normal(torch.zeros(3), 1.))
D.MixtureSameFamily(D.Categorical(torch.ones(2, 2)), D.Normal(torch.zeros(3, 2), 1.))
D.Normal(0., -1.)
D.Normal(T([0., 1.]), T([1., -1.]))
D.Normal(0., 1.).log_prob(1.)
D.Normal(0., 1.).log_prob(T(float("nan")))
D.Normal(0., 1., validate_args=False).log_prob(T(float("nan")))
D.Normal(0., -1., validate_args=False)
D.Normal(torch.zeros(3), 1.).log_prob(torch.ones(2))
D.Normal(torch.zeros(3), torch.ones(2))
D.Normal("a", 1.)
D.Normal(0., 1.).sample(3)
D.Normal(0., 1.).sample((2.,))
D.Normal(0., 1.).sample([2]).shape
D.Normal(0., 1.).sample_n(2).shape
D.Normal(0., 1.).expand((2,)).expand((3,))
D.Normal(T([0.]), T([1.]))
D.Normal(torch.tensor([1, 2]), torch.tensor([1, 2])).sample()
D.Normal(torch.zeros(2).half(), torch.ones(2).half()).log_prob(torch.ones(2).half())
D.Categorical()
D.Categorical(T([.5]), T([.5]))
D.Categorical(probs=T(1.))
D.Categorical(logits=T(1.))
D.Categorical(T([.5, .5])).log_prob(torch.tensor(2))
D.Categorical(T([.5, .5])).log_prob(T([[0.], [1.]]))
D.Categorical(T([-.5, .5]))
D.Categorical(T([0., 1.])).log_prob(torch.tensor([0, 1]))
D.Categorical(T([0., 1.])).entropy()
D.Categorical(logits=T([-float("inf"), 1.])).entropy()
D.Categorical(torch.ones(2, 3)).sample((2,)).dtype
D.Categorical(T([.2, .8])).param_shape
D.Bernoulli()
D.Bernoulli(.5, .5)
D.Bernoulli(1.5)
D.Bernoulli("a")
D.Bernoulli(torch.tensor([1, 0])).sample()
D.Bernoulli(T([0., 1.])).log_prob(T([1., 1.]))
D.Bernoulli(T([.3, 1.])).log_prob(T([1., .5]))
D.ContinuousBernoulli(1.5)
D.ContinuousBernoulli(1.5, validate_args=True)
D.ContinuousBernoulli(T([0., .4995, .5, 1.])).mean
D.ContinuousBernoulli(T([0., .4995, .5, 1.]).double()).log_prob(T([.1, .2, .3, .4]).double())
D.ContinuousBernoulli(T([.2, .4995, .5, .8])).cdf(T([0., .2, .3, 1.]))
D.Dirichlet(T(1.))
D.Dirichlet(T([0., 1.]))
D.Dirichlet(T([.5, 1.])).log_prob(T([.5, .6]))
D.Dirichlet(T([[.5, .2, .7], [1., 1., 1.], [2., 3., 4.], [.5, 2., .5]])).mode
D.Beta(T([.5, 1., 2., .5]), T([.2, 1., 3., 2.])).mode
D.Beta(.5, -.2)
D.MultivariateNormal(T(1.), torch.eye(2))
D.MultivariateNormal(torch.zeros(2))
D.MultivariateNormal(torch.zeros(2), torch.zeros(2))
D.MultivariateNormal(torch.zeros(2), -torch.eye(2))
D.MultivariateNormal(torch.zeros(2), T([[1., 0.], [.5, 1.]]))
D.MultivariateNormal(torch.zeros(2), scale_tril=torch.zeros(2))
D.MultivariateNormal(torch.zeros(2), scale_tril=T([[1., .5], [0., 1.]]))
D.MultivariateNormal(torch.zeros(2), precision_matrix=torch.zeros(2))
D.MultivariateNormal(torch.zeros(2), torch.eye(2), torch.eye(2))
D.MultivariateNormal(torch.zeros(2), torch.eye(2)).log_prob(torch.zeros(3))
D.LowRankMultivariateNormal(T(1.), torch.ones(2, 1), torch.ones(2))
D.LowRankMultivariateNormal(torch.ones(2), torch.ones(2), torch.ones(2))
D.LowRankMultivariateNormal(torch.ones(2), torch.ones(3, 1), torch.ones(2))
D.LowRankMultivariateNormal(torch.ones(2), torch.ones(2, 1), torch.ones(3))
D.LowRankMultivariateNormal(torch.ones(2, 2), torch.ones(3, 2, 1), torch.ones(2))
D.LowRankMultivariateNormal(torch.ones(2), torch.ones(2, 1), torch.ones(2)).covariance_matrix
D.LowRankMultivariateNormal(torch.ones(2), torch.ones(2, 1), torch.ones(2)).precision_matrix
D.LowRankMultivariateNormal(torch.ones(2), torch.ones(2, 1), torch.ones(2)).scale_tril
D.Wishart(T(1.), torch.eye(2))
D.Wishart(T(1.5), torch.eye(2))
D.Wishart(T(3.))
D.Wishart(T(3.), torch.ones(2))
D.Wishart(3, torch.eye(2))
D.Wishart(T([3., 4.]), torch.eye(2)).mode
D.LKJCholesky(1)
D.LKJCholesky(3, -1.)
D.LKJCholesky(3, T([.5, 1.])).event_shape
D.Multinomial(T(3), T([.5, .5]))
D.Multinomial(3, T([.5, .5])).log_prob(T([1., 1.]))
D.Multinomial(3, T([.5, .5])).log_prob(T([-1., 4.]))
D.Multinomial(3, T([[.5, .5]])).param_shape
D.Binomial(-1, T(.5))
D.Binomial(3)
D.Binomial(3, T(.5)).log_prob(T(5.))
D.Binomial(T([3, 2]), T(.5)).enumerate_support()
D.Binomial(T([3, 2]), T(.5)).entropy()
D.Binomial(4, T([0., 1.])).log_prob(T([0., 4.]))
D.Binomial(4, logits=T([-300., 300., 2.])).log_prob(T([0., 3., 1.]))
D.Binomial(T([3, 4, 5]), T([.2, .5, 1.])).mode
D.NegativeBinomial(3.)
D.NegativeBinomial(-1., .5)
D.NegativeBinomial(T([0.]), T([.5])).log_prob(T([0.]))
D.NegativeBinomial(T([.5, 3.]), T([.5, .4])).entropy()
D.Geometric(0.)
D.Geometric(T([.5, 0.]))
D.Geometric(T([1., 1.])).log_prob(T([0., 2.]))
D.Poisson(-1.)
D.Poisson(T([0.])).log_prob(T([0.]))
D.Poisson(T([.5, 3.])).entropy()
D.Poisson(3).sample().dtype
D.Uniform(1., 0.)
D.Uniform(0., 1.).log_prob(T(2.))
D.Uniform(0., 1.).log_prob(T(1.))
D.Uniform(0., T([1., 2.])).support
D.RelaxedBernoulli(T(1.))
D.RelaxedOneHotCategorical(T(1.))
D.OneHotCategorical(T(1.))
D.OneHotCategorical(T([.3, .7])).log_prob(T([1., 1.]))
D.HalfNormal(1.).log_prob(T(-1.))
D.HalfCauchy(1.).log_prob(T(-1.))
D.StudentT(T([.5, 1.5, 2.5])).variance
D.StudentT(T([.5, 1.5, 2.5])).mean
D.GeneralizedPareto(0., 1., T([.2, .7, 1.5, -.2])).mean
D.GeneralizedPareto(0., 1., T([.2, .7, 1.5, -.2])).variance
D.Pareto(1., T([.5, 1.5, 2.5])).variance
D.InverseGamma(T([.5, 1.5, 2.5]), 1.).mean
D.Kumaraswamy(2., 2.).mode
D.Distribution.set_default_validate_args(3)
D.Distribution().arg_constraints
D.Distribution(validate_args=False).mode
D.Distribution(validate_args=False).sample()
D.Distribution(validate_args=False).expand((2,))
D.Uniform.support, D.Binomial.support, D.Normal.support, D.Uniform.support.event_dim
D.normal.Normal is D.Normal, D.studentT.StudentT is D.StudentT, D.relaxed_bernoulli.__name__
D.Normal.__module__, [c.__name__ for c in D.Normal.__mro__ if c.__module__.endswith("normal")]
""".strip().splitlines()


def outcome(program, lib):
    result = run(program, lib)
    result.pop("exception", None)
    return result


def comparable(value):
    """Numbers to five digits and six places, words as they are, no strides."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items() if key != "strides"}
    if isinstance(value, (list, tuple)):
        return [comparable(item) for item in value]
    if isinstance(value, float):
        return f"{value:.5g}" if abs(value) > 2e-6 else "0"
    return value


@pytest.mark.parametrize("line", LINES)
def test_line(line):
    def program(lib):
        return data(Kit(lib, "float32").make(line))

    assert comparable(outcome(program, jtorch)) == comparable(outcome(program, torch))


def subclasses(t):
    D = t.distributions

    class Own(D.Normal):
        def __init__(self, loc):
            super().__init__(loc, 1.0)

    class Plain(D.Normal):
        pass

    class Whole(D.Distribution):
        arg_constraints = {"rate": D.constraints.positive}

        def __init__(self, rate):
            self.rate = rate
            super().__init__(rate.shape)

        def expand(self, batch_shape, _instance=None):
            new = self._get_checked_instance(Whole, _instance)
            new.rate = self.rate.expand(batch_shape)
            super(Whole, new).__init__(t.Size(batch_shape), validate_args=False)
            return new

    found = [repr(Own(t.tensor(2.0))), repr(Plain(0.0, 1.0).expand((2,)))]
    found += [repr(Whole(t.ones(2)).expand((3, 2))), Whole(t.ones(2)).batch_shape]
    for make in (lambda: Own(t.tensor(2.0)).expand((2,)), lambda: Whole(-t.ones(2))):
        try:
            make()
        except Exception as e:
            found.append(f"{type(e).__name__}: {e}")
    try:
        Whole(t.ones(2))._validate_sample(t.ones(2))
    except Exception as e:
        found.append(f"{type(e).__name__}: {e}")
    return found


def copies(t):
    """Copies and pickles give the same numbers."""
    D = t.distributions
    found = []
    for make in (D.Gamma, D.LogNormal, D.Beta, D.Kumaraswamy):
        d = make(t.tensor([0.5, 2.0]), t.tensor([1.5, 3.0]))
        for twin in (copy.copy(d), copy.deepcopy(d), pickle.loads(pickle.dumps(d))):
            t.manual_seed(1)
            found += [repr(twin), twin.sample().tolist()]
    return found


def defaults(t):
    D = t.distributions
    D.Distribution.set_default_validate_args(False)
    try:
        return [repr(D.Normal(0.0, -1.0)), D.Normal(0.0, 1.0)._validate_args]
    finally:
        D.Distribution.set_default_validate_args(True)


def training(t):
    """A variational posterior fitted by samples: ten steps of Adam."""
    D = t.distributions
    t.manual_seed(0)
    loc, log_scale = t.zeros(3, requires_grad=True), t.zeros(3, requires_grad=True)
    shape = t.zeros(3, requires_grad=True)
    optimizer = t.optim.Adam([loc, log_scale, shape], lr=0.1)
    losses = []
    for _ in range(10):
        posterior = D.Independent(D.Normal(loc, log_scale.exp()), 1)
        spread = D.Gamma(shape.exp(), 2.0)
        z = posterior.rsample((4,))
        likelihood = D.Normal(z, spread.rsample() + 0.1).log_prob(t.tensor([1.0, -0.5, 2.0]))
        prior = D.Independent(D.Normal(t.zeros(3), t.ones(3)), 1)
        loss = D.kl_divergence(posterior, prior) - likelihood.sum(-1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(round(loss.item(), 2))
    return losses


def reinforce(t):
    D = t.distributions
    t.manual_seed(0)
    logits = t.zeros(4, requires_grad=True)
    optimizer = t.optim.SGD([logits], lr=0.5)
    actions = []
    for _ in range(10):
        policy = D.Categorical(logits=logits)
        action = policy.sample((3,))
        loss = -(policy.log_prob(action) * (action == 2)).mean() - 0.01 * policy.entropy()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        actions.append(action.tolist())
    return [actions, [round(x, 4) for x in logits.tolist()]]


PROGRAMS = [subclasses, copies, defaults, training, reinforce]


@pytest.mark.parametrize("program", PROGRAMS)
def test_program(program):
    want, got = (comparable(outcome(program, lib)) for lib in (torch, jtorch))
    assert got == want
