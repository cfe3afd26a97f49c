"""Every transform both ways, its determinant, gradients, shapes, caches and words; every constraint
and what leads to it. A line is an expression over the names of torch.distributions.
"""

import copy
import pickle
import warnings

import numpy as np
import pytest
import torch

import jtorch
from compat.programs._outcome import run

from ._compare import compared
from ._probe import Kit, Outcomes, data

SQUARES = "T([[[0.3, -1.2, 0.5], [0.1, 0.7, 2.0], [-0.4, 0.9, 1.1]]]).expand(2, 3, 3)"
ROWS = "T([[0.3, -1.2, 0.5], [0.1, 0.7, 2.0]])"
POSITIVE = "T([[0.3, 1.2, 0.5], [0.1, 0.7, 2.0]])"
# (transform, input)
TRANSFORMS = [
    ("D.ExpTransform()", ROWS),
    ("D.AbsTransform()", ROWS),
    ("D.SigmoidTransform()", ROWS),
    ("D.TanhTransform()", ROWS),
    ("D.SoftplusTransform()", ROWS),
    ("D.PowerTransform(P(2.5))", POSITIVE),
    ("D.PowerTransform(P([0.5, -2.0, 3.0]))", POSITIVE),
    ("D.AffineTransform(P(0.5), P([1.0, -2.0, 0.3]))", ROWS),
    ("D.AffineTransform(0.5, -2.0)", ROWS),
    ("D.AffineTransform(P([0.5, 1.0, 2.0]), P([1.0, -2.0, 0.3]), event_dim=1)", ROWS),
    ("D.AffineTransform(0.5, 2.0, event_dim=2)", ROWS),
    ("D.SoftmaxTransform()", ROWS),
    ("D.StickBreakingTransform()", ROWS),
    ("D.CorrCholeskyTransform()", ROWS),
    ("D.LowerCholeskyTransform()", SQUARES),
    ("D.PositiveDefiniteTransform()", SQUARES),
    ("D.ReshapeTransform((3,), (3, 1))", ROWS),
    ("D.IndependentTransform(D.ExpTransform(), 1)", ROWS),
    ("D.IndependentTransform(D.StickBreakingTransform(), 1)", ROWS),
    ("D.CumulativeDistributionTransform(D.Normal(P(0.5), P(2.0)))", ROWS),
    ("D.ComposeTransform([D.ExpTransform(), D.AffineTransform(1.0, P(2.0))])", ROWS),
    ("D.ComposeTransform([D.AffineTransform(0.0, P(2.0)), D.StickBreakingTransform()])", ROWS),
    ("D.ComposeTransform([D.StickBreakingTransform(), D.ExpTransform()])", ROWS),
    ("D.ComposeTransform([D.ReshapeTransform((3,), (3, 1)), D.ExpTransform()])", ROWS),
    ("D.ComposeTransform([])", ROWS),
    ("D.CatTransform([D.ExpTransform(), D.TanhTransform()], -1, [1, 2])", ROWS),
    ("D.CatTransform([D.ExpTransform(), D.AffineTransform(1.0, P(2.0))], 0)", ROWS),
    ("D.StackTransform([D.ExpTransform(), D.TanhTransform()], 0)", ROWS),
    ("D.StackTransform([D.ExpTransform(), D.TanhTransform(), D.SigmoidTransform()], -1)", ROWS),
]
NAMES = "inv bijective sign event_dim domain codomain".split()


def ask(lib, expression, at):
    kit, out = Kit(lib, "float64"), Outcomes()
    transform = kit.make(expression)
    x = kit.make(at).clone().requires_grad_()
    transform = kit.make(expression)
    kit.leaves.append(x)
    out["repr"] = data(repr(transform))
    for name in NAMES:
        with out.record(name) as found:
            found(getattr(transform, name))
    with out.record("forward") as found:
        y = transform(x)
        found([y, kit.gradients(y)])
    with out.record("inverse") as found:
        found([transform.inv(transform(x)), kit.gradients(transform.inv(transform(x).detach()))])
    with out.record("determinant") as found:
        log_det = transform.log_abs_det_jacobian(x, transform(x))
        found([log_det, kit.gradients(log_det)])
    with out.record("inverse determinant") as found:
        found(transform.inv.log_abs_det_jacobian(transform(x), x))
    with out.record("forward_shape") as found:
        found(tuple(transform.forward_shape(x.shape)))
    with out.record("inverse_shape") as found:
        found(tuple(transform.inverse_shape(transform(x).shape)))
    with out.record("inverse_shape of nothing") as found:
        found(tuple(transform.inverse_shape(())))
    cached = transform.with_cache()
    with out.record("cached") as found:
        y = cached(x)
        found([cached(x) is y, cached.inv(y) is x, cached.inv(y), cached._cache_size])
    with out.record("copies") as found:
        twins = [copy.deepcopy(kit.make(expression)), pickle.loads(pickle.dumps(transform))]
        found([transform.inv.inv is transform, transform == twins[0], *(t(x) for t in twins)])
    return out


@pytest.mark.parametrize(("expression", "at"), TRANSFORMS, ids=[e for e, _ in TRANSFORMS])
def test_transform(expression, at):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        want, got = (ask(lib, expression, at) for lib in (torch, jtorch))
    problems = compared(want, got, "float64", {})
    assert not problems, problems


# Constraints, and values that are in them and that are not
NUMBERS = "T([-1.0, -0.5, 0.0, 0.3, 1.0, 2.0, 2.5, 3.0])"
VECTORS = (
    "T([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0], [0.2, -0.5, 1.3], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])"
)
EYE, LOWER = "[[1.0, 0.0], [0.0, 1.0]]", "[[1.0, 0.0], [0.5, 2.0]]"
MATRICES = (
    f"T([{EYE}, {LOWER}, [[1.0, 0.0], [0.6, 0.8]], [[1.0, 0.5], [0.5, 2.0]], "
    "[[1.0, 2.0], [2.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]], [[-1.0, 0.0], [0.0, 1.0]]])"
)
CONSTRAINTS = {
    NUMBERS: """
        real boolean positive nonnegative positive_integer nonnegative_integer unit_interval
        interval(-0.5,1.0) half_open_interval(-0.5,1.0) greater_than(0.3) greater_than_eq(0.3)
        less_than(0.3) integer_interval(0,2) cat([c.real,c.positive],0,[3,5]) dependent
        independent(c.positive,1) independent(c.real,0) independent(c.real,3)
        interval(T(0.0),T(2.0)) MixtureSameFamilyConstraint(c.positive)
        stack([c.positive,c.boolean],0) stack([c.real]*8)
        dependent(is_discrete=True,event_dim=1)
    """,
    VECTORS: """
        simplex one_hot multinomial(1) real_vector independent(c.nonnegative,2) real
        MixtureSameFamilyConstraint(c.simplex) stack([c.real,c.positive,c.nonnegative],-1)
        cat([c.real,c.positive],-1,[1,2]) cat([c.real],1,[5]) stack([c.simplex]*5)
    """,
    MATRICES: """
        square symmetric lower_triangular lower_cholesky corr_cholesky positive_definite
        positive_semidefinite independent(c.lower_cholesky,1) independent(c.real,2)
    """,
    "T([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])": "square symmetric positive_definite",
}


@pytest.mark.parametrize(
    ("name", "values"), [(n, v) for v, names in CONSTRAINTS.items() for n in names.split()]
)
def test_constraint(name, values):
    def ask_constraint(lib):
        kit, out = Kit(lib, "float64"), Outcomes()
        constraint = kit.make(f"(lambda c: c.{name})(D.constraints)")
        with out.record("check") as found:
            found(constraint.check(kit.make(values)))
        for attribute in ("is_discrete", "event_dim"):
            with out.record(attribute) as found:
                found(getattr(constraint, attribute))
        out["repr"] = data(repr(constraint))
        out["dependent"] = lib.distributions.constraints.is_dependent(constraint)
        for registry in ("biject_to", "transform_to"):
            with out.record(registry) as found:
                transform = getattr(lib.distributions, registry)(constraint)
                found([repr(transform), transform.codomain])
        return out

    want, got = ask_constraint(torch), ask_constraint(jtorch)
    assert not compared(want, got, "float64", {})


WORDS = """
D.ExpTransform(cache_size=3)
D.ExpTransform().with_cache(2)
D.CatTransform([3])
D.CatTransform([D.ExpTransform()], lengths=[1, 2])
D.CatTransform([D.ExpTransform()], 0, [3])(torch.ones(2))
D.StackTransform([3])
D.StackTransform([D.ExpTransform()])(torch.ones(2))
D.IndependentTransform(D.ExpTransform(), 1)(T(1.0))
D.ReshapeTransform((2,), (3,))
D.ReshapeTransform((2,), (2, 1)).forward_shape((3,))
D.ReshapeTransform((2,), (2, 1)).inverse_shape((3,))
D.ReshapeTransform((2,), (2, 1)).forward_shape(())
D.CorrCholeskyTransform()(torch.ones(4))
D.CorrCholeskyTransform().forward_shape((4,))
D.CorrCholeskyTransform().forward_shape(())
D.CorrCholeskyTransform().inverse_shape((4, 3))
D.ComposeTransform([D.ExpTransform(), D.StickBreakingTransform()]).domain
D.ComposeTransform([D.SoftmaxTransform(), D.ExpTransform()]).codomain
D.Transform().inv
D.Transform()(T(1.0))
D.Transform().sign
D.Transform().with_cache(1)
D.Transform().log_abs_det_jacobian(1, 1)
D.AbsTransform().inv(T(1.0))
D.ExpTransform() == D.ExpTransform(), D.ExpTransform() != D.SigmoidTransform()
D.AffineTransform(1.0, 2.0) == D.AffineTransform(1, T(2.0))
D.AffineTransform(T([1.0, 2.0]), 1.0) == D.AffineTransform(T([1.0, 2.0]), 1.0)
D.PowerTransform(T(2.0)) == D.PowerTransform(T(2.0))
D.StackTransform([D.ExpTransform()]) == D.StackTransform([D.ExpTransform()])
D.ExpTransform().inv == D.ExpTransform().inv
{D.ExpTransform()}
D.constraints.cat([D.constraints.real, 3])
D.constraints.cat([D.constraints.real], 0, [1, 2])
D.constraints.stack([3])
D.constraints.independent(3, 1)
D.constraints.independent(D.constraints.real, 1.5)
D.constraints.independent(D.constraints.real, -1)
D.constraints.MixtureSameFamilyConstraint(3)
D.constraints.MixtureSameFamilyConstraint(D.constraints.real_vector).check(T(1.0))
D.constraints.cat([D.constraints.real, D.constraints.positive], 5).check(torch.ones(2, 2))
D.constraints.stack([D.constraints.real, D.constraints.positive], 5).check(torch.ones(2, 2))
D.constraints.independent(D.constraints.real, 2).check(torch.ones(3))
D.constraints.dependent_property(is_discrete=True, event_dim=0)
D.biject_to(1)
D.biject_to.register(1, None)(2)
D.biject_to.register(1, 2)
D.utils.broadcast_all(1.0, "a")
D.utils.broadcast_all(1, 2.5)
D.utils.broadcast_all(T(1.0), 2)
D.utils.vec_to_tril_matrix(torch.ones(4))
D.utils.vec_to_tril_matrix(torch.arange(6.0))
D.utils.tril_matrix_to_vec(torch.arange(9.0).view(3, 3), -1)
D.utils.tril_matrix_to_vec(torch.ones(3, 3), 5)
D.utils.probs_to_logits(torch.tensor([0.0, 1.0, 0.3]), is_binary=True)
D.utils.logits_to_probs(torch.tensor([0.0, 1.0, 0.3]))
type(D.Bernoulli.probs).__name__
""".strip().splitlines()


@pytest.mark.parametrize("line", WORDS)
def test_words(line):
    def program(lib):
        return data(Kit(lib, "float64").make(line))

    want, got = run(program, torch), run(program, jtorch)
    for outcome in (want, got):
        outcome.pop("exception", None)
    if "error" not in want and isinstance(want["value"], dict):
        np.testing.assert_allclose(got["value"]["data"], want["value"]["data"], rtol=1e-6)
    else:
        assert got == want
