"""Distributions with parameters, as expressions that both libraries evaluate: P is a tensor of
parameters whose gradients are compared, T one without gradient. There are few shapes, so that
programs are shared.
"""

A, B = "[0.3, 1.7, 4.5]", "[2.5, 0.6, 1.1]"
REAL = "[0.5, -1.2, 3.0]"
ROWS = "[[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]]"
LOGITS = "[[0.2, -0.5, 1.3], [0.6, 2.1, -0.3]]"
COV = "[[2.0, 0.3, -0.4], [0.3, 1.5, 0.2], [-0.4, 0.2, 0.8]]"
TRIL = "[[1.2, 0.0, 0.0], [0.3, 0.9, 0.0], [-0.4, 0.2, 0.7]]"
PROBS = "[0.25, 0.5, 0.9]"
ODDS = "[0.25, -1.5, 2.9]"

LOC_SCALE = "Normal Laplace Cauchy Gumbel LogNormal".split()
POSITIVE_PAIRS = (
    "Beta Gamma InverseGamma FisherSnedecor Kumaraswamy Pareto Weibull VonMises".split()
)

CASES = [
    *(f"D.{name}(P({REAL}), P({A}))" for name in LOC_SCALE),
    *(f"D.{name}(P({A}), P({B}))" for name in POSITIVE_PAIRS),
    *(f"D.{name}(P({A}))" for name in "Exponential Chi2 HalfNormal HalfCauchy Poisson".split()),
    *(
        f"D.{name}({kind})"
        for name in "Bernoulli Geometric ContinuousBernoulli".split()
        for kind in (f"P({PROBS})", f"logits=P({ODDS})")
    ),
    f"D.StudentT(P([0.8, 1.7, 4.5]), P({REAL}), P({A}))",
    f"D.Uniform(P({REAL}), P([1.5, 2.2, 3.1]))",
    f"D.GeneralizedPareto(P({REAL}), P({A}), P([0.3, 0.0, -0.6]))",
    f"D.Dirichlet(P([{A}, {B}]))",
    f"D.Binomial(T([3.0, 7.0, 40.0]), P({PROBS}))",
    f"D.Binomial(4, logits=P({ODDS}))",
    f"D.NegativeBinomial(P([3.0, 7.5, 4.0]), P({PROBS}))",
    *(
        f"D.{name}({kind})"
        for name in ("Categorical", "OneHotCategorical")
        for kind in (f"P({ROWS})", f"logits=P({LOGITS})")
    ),
    f"D.OneHotCategoricalStraightThrough(P({ROWS}))",
    f"D.Multinomial(5, logits=P({LOGITS}))",
    f"D.RelaxedBernoulli(T(0.7), P({PROBS}))",
    f"D.RelaxedOneHotCategorical(T(0.7), logits=P({LOGITS}))",
    f"D.LogisticNormal(P({REAL}), P({A}))",
    f"D.MultivariateNormal(P({REAL}), P({COV}))",
    f"D.MultivariateNormal(P({REAL}), precision_matrix=P({COV}))",
    f"D.MultivariateNormal(P([{REAL}, {A}]), scale_tril=P({TRIL}))",
    f"D.LowRankMultivariateNormal(P([{REAL}, {A}]), P([[0.3], [0.7], [-0.2]]), P({B}))",
    f"D.Wishart(P([4.5, 6.0]), P({COV}))",
    f"D.Wishart(P([4.5, 6.0]), scale_tril=P({TRIL}))",
    "D.LKJCholesky(3, P([0.5, 2.5]))",
    f"D.Independent(D.Normal(P({REAL}), P({A})), 1)",
    f"D.Independent(D.Dirichlet(P([{A}, {B}])), 1)",
    f"D.MixtureSameFamily(D.Categorical(P({PROBS})), D.Normal(P({REAL}), P({A})))",
    f"D.MixtureSameFamily(D.Categorical(P({PROBS}[:2])), "
    f"D.Independent(D.Normal(P([{REAL}, {A}]), P([{A}, {B}])), 1))",
    f"D.TransformedDistribution(D.Normal(P({REAL}), P({A})), [D.AffineTransform(1.0, P(-2.5)), "
    "D.SigmoidTransform()])",
    f"D.TransformedDistribution(D.Normal(P({REAL}), P({A})), D.StickBreakingTransform())",
    f"D.TransformedDistribution(D.Gamma(P({A}), P({B})), D.PowerTransform(P(0.5)))",
]

# of numbers
PLAIN = [
    "D.Normal(0.5, 2.0)",
    "D.Normal(P(0.5), 2.0)",
    "D.Gamma(0.4, 2.0)",
    "D.Beta(0.4, 2.0)",
    "D.Gumbel(0.4, 2.0)",
    "D.StudentT(3.5)",
    "D.Bernoulli(0.3)",
    "D.Geometric(0.3)",
    "D.Poisson(30.0)",
    "D.Uniform(-1.0, 2.0)",
    "D.HalfNormal(2.0)",
    "D.Weibull(2.0, 0.7)",
    "D.Pareto(2.0, 3.7)",
    "D.Categorical(P([0.25, 0.5, 0.9]))",
]
