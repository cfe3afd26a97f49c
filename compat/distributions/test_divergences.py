"""Every divergence that torch registers, with its gradients, and how one is found."""

import warnings

import pytest
import torch

import jtorch
from compat.programs._outcome import run

from ._cases import ODDS, PROBS, REAL, ROWS, A, B
from ._compare import compared
from ._probe import Kit, Outcomes

MATRIX = "[[0.4, 0.3], [0.7, -0.2], [0.1, 0.6]]"
COV = "[[2.0, 0.3, -0.4], [0.3, 1.5, 0.2], [-0.4, 0.2, 0.8]]"
# each class twice: as p, and as q
EXPRESSIONS = {
    "Bernoulli": (f"P({PROBS})", f"logits=P({ODDS})"),
    "Beta": (f"P({A}), P({B})", f"P({B}), P({A})"),
    "Binomial": (f"T(7.0), P({PROBS})", f"T([7.0, 7.0, 4.0]), logits=P({ODDS})"),
    "Categorical": (f"P({ROWS})", f"P({ROWS}[::-1])"),
    "Cauchy": (f"P({REAL}), P({A})", f"P({A}), P({B})"),
    "ContinuousBernoulli": (f"P({PROBS})", f"logits=P({ODDS})"),
    "Dirichlet": (f"P([{A}, {B}])", f"P([{B}, {A}])"),
    "Exponential": (f"P({A})", f"P({B})"),
    "Gamma": (f"P({A}), P({B})", f"P({B}), P({A})"),
    "Geometric": (f"P({PROBS})", f"logits=P({ODDS})"),
    "Gumbel": (f"P({REAL}), P({A})", f"P({A}), P({B})"),
    "HalfNormal": (f"P({A})", f"P({B})"),
    "Laplace": (f"P({REAL}), P({A})", f"P({A}), P({B})"),
    "LowRankMultivariateNormal": (
        f"P({REAL}), P({MATRIX}), P({A})",
        f"P({A}), P({MATRIX}), P({B})",
    ),
    "MultivariateNormal": (f"P({REAL}), P({COV})", f"P({A}), scale_tril=P({COV}).tril()"),
    "Normal": (f"P({REAL}), P({A})", f"P({A}), P({B})"),
    "OneHotCategorical": (f"P({ROWS})", f"P({ROWS}[::-1])"),
    "Pareto": (f"P({A}), P([2.7, 3.5, 0.9])", f"P({B}), P({A})"),
    "Poisson": (f"P({A})", f"P({B})"),
    "Uniform": (f"P([0.1, 0.3, -0.5]), P({PROBS})", "P([-1.0, 0.2, 0.0]), P([2.0, 0.6, 1.5])"),
}
# classes that are not given by parameters of their own
OTHERS = {
    "Independent": ("D.Normal({}), 1", "Normal"),
    "TransformedDistribution": ("D.Normal({}), D.ExpTransform()", "Normal"),
}
PAIRS = [(p.__name__, q.__name__) for p, q in torch.distributions.kl._KL_REGISTRY]


def expression(name, side):
    if name == "ExponentialFamily":  # one whose own class has no divergence
        return f"D.Wishart(P(4.5), P({COV}))" if side else f"D.Wishart(P(6.0), P({COV}))"
    if name in OTHERS:
        text, base = OTHERS[name]
        return f"D.{name}({text.format(EXPRESSIONS[base][side])})"
    return f"D.{name}({EXPRESSIONS[name][side]})"


def divergence(lib, pair):
    kit, out = Kit(lib, "float64"), Outcomes()
    with out.record("kl") as found, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        p, q = kit.make(f"({expression(pair[0], 0)}, {expression(pair[1], 1)})")
        value = lib.distributions.kl_divergence(p, q)
        found([value, kit.gradients(value)])
    return out


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_pair(pair):
    want, got = (divergence(lib, pair) for lib in (torch, jtorch))
    problems = compared(want, got, "float64", {})
    assert not problems, problems


def test_registry():
    ours = jtorch.distributions.kl._KL_REGISTRY
    assert {(p.__name__, q.__name__) for p, q in ours} == set(PAIRS)


def refused(t):
    D = t.distributions
    eye = t.eye(3)
    normal, rank = D.MultivariateNormal(t.zeros(3), eye), D.LowRankMultivariateNormal
    pairs = [
        (D.Normal(0.0, 1.0), D.Poisson(1.0)),
        (D.Normal(0.0, 1.0), D.Cauchy(1.0, 1.0)),
        (3, D.Poisson(1.0)),
        (D.Weibull(1.0, 1.0), D.Pareto(1.0, 1.0)),
        (normal, D.MultivariateNormal(t.zeros(2), t.eye(2))),
        (normal, rank(t.zeros(2), t.ones(2, 1), t.ones(2))),
        (rank(t.zeros(2), t.ones(2, 1), t.ones(2)), normal),
        (D.Binomial(2, t.tensor(0.5)), D.Binomial(3, t.tensor(0.5))),
        (D.Independent(D.Normal(t.zeros(2), 1.0), 1), D.Independent(D.Normal(t.zeros(2), 1.0), 0)),
    ]
    words = []
    for p, q in pairs:
        try:
            D.kl_divergence(p, q)
        except Exception as e:
            words.append(f"{type(e).__name__}: {e}")
    return words


def nearest(t):
    """What is registered for parents is found; of two that are as near, the one by p."""
    D = t.distributions
    found = []

    class A(D.Normal):
        pass

    class B(D.Normal):
        pass

    found.append(D.kl_divergence(A(0.0, 1.0), B(1.0, 2.0)))
    D.register_kl(A, D.Normal)(lambda p, q: "p")
    D.register_kl(D.Normal, B)(lambda p, q: "q")
    found += [D.kl_divergence(A(0.0, 1.0), B(0.0, 1.0)), D.kl_divergence(B(0, 1), B(0, 1))]
    try:
        D.register_kl(3, D.Normal)
        D.register_kl(3, D.Normal)(lambda p, q: 0)
    except TypeError:
        found.append("TypeError")
    for key in [(A, D.Normal), (D.Normal, B)]:
        del D.kl._KL_REGISTRY[key]
    return found


@pytest.mark.parametrize("program", [refused, nearest])
def test_program(program):
    want, got = run(program, torch), run(program, jtorch)
    assert got == want
