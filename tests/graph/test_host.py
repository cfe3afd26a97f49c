"""NumPy in XLA's place: the same numbers, for every primitive it takes, and nothing compiled for
shapes that never come again."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import jtorch as torch
from jtorch.graph import execute, lower
from jtorch.graph.host import TooLong, evaluator
from jtorch.graph.host.evaluate import HOLDERS
from jtorch.graph.host.rules import RULES, SAME

X = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
Y = np.abs(X[::-1]) + np.float32(0.1)
N = np.array([[7, -7, 0, 5], [-8, 3, 2, -1], [2**31 - 1, -(2**31), 1, 0]], np.int32)
M = np.array([[2, -2, 0, -5], [3, 0, 7, 1], [-1, -1, 2, 0]], np.int32)
ODD = np.array([[np.nan, np.inf, -np.inf, -0.0], [3e9, -3e9, 2.5, -2.5], [255.9, -0.5, 256, -1]])
ODD = ODD.astype(np.float32)
BATCHES = np.arange(24, dtype=np.float64).reshape(2, 3, 4)
AT = np.array([2, 0, 5, -7, 2])


def _numbers(gather: lax.GatherDimensionNumbers, sizes: tuple[int, ...], mode: str):
    return lambda x, i: lax.gather(x, i, gather, sizes, mode=mode, unique_indices=False)


WINDOWS = lax.GatherDimensionNumbers((1, 2), (), (1, 0))
PAIRED = lax.GatherDimensionNumbers(
    (), (1,), (1,), operand_batching_dims=(0,), start_indices_batching_dims=(0,)
)
PROGRAMS = {
    "arithmetic": (lambda x, y: (x + y - x * y / y, -x, x % y, lax.rem(x, y)), X, Y),
    "odd floats": (lambda x, y: (jnp.maximum(x, y), jnp.minimum(x, y), jnp.sign(x)), ODD, X),
    "comparisons": (lambda x, y: (x == y, x != y, x < y, x <= y, x > y, x >= y), ODD, X),
    "integers": (lambda n, m: (lax.div(n, m), lax.rem(n, m), n * m, n & m, n | ~m, n ^ m), N, M),
    "powers": (lambda y: (y**3, y**-2, y**0.5, lax.rsqrt(y), jnp.square(y), lax.sqrt(y)), Y),
    "functions": (lambda y: [f(y) for f in FUNCTIONS], Y),
    "angles": (jnp.arctan2, X, Y),
    "rounding": (lambda x: (jnp.round(x), jnp.floor(x), jnp.ceil(x), jnp.abs(x)), ODD),
    "clamp": (lambda x, y: (jnp.clip(x, 0, 1), lax.clamp(-y, x, y)), ODD, Y),
    "choice": (lambda x, y: (jnp.where(jnp.isfinite(x), x, y), jax.nn.relu(x)), ODD, Y),
    **{
        f"floats to {t}": (lambda x, t=t: x.astype(t), ODD)
        for t in ("uint8", "int8", "int32", "int64", "uint32", "uint64", "bool", "float64")
    },
    **{f"integers to {t}": (lambda n, t=t: n.astype(t), N) for t in ("uint8", "int64", "float32")},
    "shapes": (lambda x: (x.T, x.reshape(2, 6), x[None, :, None], x[::-1], x[1:, ::2]), X),
    "joins": (lambda x, y: (jnp.concatenate([x, y], 1), jnp.stack([x, y]), jnp.tile(x, 2)), X, Y),
    "parts": (lambda x: (jnp.split(x, [1], 1), jnp.unstack(x), jnp.broadcast_to(x, (2, 3, 4))), X),
    "dynamic": (
        lambda x, i: (lax.dynamic_slice(x, (i, i), (2, 2)), x.at[i].set(0)),
        X,
        np.int32(2),
    ),
    "dynamic update": (lambda x, y, i: lax.dynamic_update_slice(x, y, (i, i)), X, Y[:2, :2], 9),
    "pad": (lambda x: lax.pad(x, np.float32(7), ((1, -1, 0), (-2, 3, 2))), X),
    "pad away": (lambda x: lax.pad(x, np.float32(7), ((-2, -1, 0), (0, 0, 1))), X),
    "iota": (lambda: (jnp.arange(5), lax.broadcasted_iota(np.int32, (2, 3), 1)),),
    "sums": (lambda x: (x.sum(), x.prod(0), x.max(1), x.min(), (x > 0).any(), (x > 0).all(1)), X),
    "sums of integers": (lambda n: (n.sum(0, dtype=n.dtype), n.max(), n.min(1)), N),
    "empty": (lambda x: (x[:0].sum(0), lax.reduce_max_p.bind(x[:0], axes=(0,), out_sharding=None)),
        X),
    "running": (
        lambda x: (
            jnp.cumsum(x, 1), jnp.cumprod(x, 0), lax.cummax(x, 1), lax.cummin(x),
            lax.cumsum(x, 0, reverse=True),
        ),
        X,
    ),
    "searches": (lambda x: (jnp.argmax(x, 1), jnp.argmin(x, 0)), ODD),
    "top": (lambda x, n: (lax.top_k(x, 2), lax.top_k(n, 3), lax.top_k(x.T, 1)), ODD, M),
    "sort": (lambda x, n: (jnp.sort(x), lax.sort((x, n), dimension=1, num_keys=1)), ODD, N),
    "products": (
        lambda a, b: (a @ b, jnp.einsum("bij,bkj->bik", a, a), jnp.einsum("bij,bij->j", a, a)),
        BATCHES,
        BATCHES[0].T,
    ),
    "take": (lambda x, i: (x[i], x[:, i], x[i, i], jnp.take(x, i, mode="fill")), X, AT),
    "take integers": (lambda n, i: jnp.take(n, i, 0, mode="fill"), N, AT),
    "take along": (lambda x: jnp.take_along_axis(x, N[:, :2] % 4, 1), X),
    "windows": (_numbers(WINDOWS, (2, 2), "clip"), X, AT.repeat(2).reshape(5, 2)),
    "windows, filled": (_numbers(WINDOWS, (2, 2), "fill"), X, AT.repeat(2).reshape(5, 2)),
    "paired": (_numbers(PAIRED, (1, 1), "clip"), X, AT[:3, None]),
    "put": (lambda x, y: (x.at[AT[:2]].set(y[:2]), x.at[:, AT[:2]].set(0), x.at[1].set(5)), X, Y),
    "put and count": (
        lambda x, y: (
            x.at[AT].add(1), x.at[:, AT[:2]].multiply(y[:, :2]), x.at[AT].max(0.5),
            x.at[AT].subtract(y[1]),
        ),
        X,
        Y,
    ),
    "put windows": (lambda x, y: x.at[AT[:3, None], AT[None, :2]].min(y[:, :2]), X, Y),
    "put slices": (lambda b, y: b.at[:, 1].add(y[:2]), BATCHES, Y.astype(np.float64)),
    "loops": (
        lambda x: (
            lax.while_loop(lambda c: c[0] < 5, lambda c: (c[0] + 1, c[1] * x), (0, x)),
            lax.scan(lambda c, y: (c + y, c * x), X[0], x, reverse=True),
            lax.fori_loop(0, 3, lambda i, c: c + i, x),
        ),
        X,
    ),
    "branches": (
        lambda x, n: (
            lax.cond(x[0, 0] > 0, lambda y: y + 1, lambda y: y, x),
            lax.switch(n[0, 0], [lambda y: y, lambda y: y * 2, lambda y: y * 3], x),
        ),
        X,
        N,
    ),
    "unused": (lambda x: (x, jnp.linalg.det(x @ x.T))[0], X),
}  # fmt: skip
FUNCTIONS = (
    jnp.exp, jnp.log, jnp.log1p, jnp.expm1, jnp.tanh, jnp.sin, jnp.cos,
    lax.logistic, lax.tan, lax.sinh, lax.cosh, lax.asinh, lax.exp2, lax.atan,
    lambda y: (lax.asin(y / 9), lax.acos(y / 9), lax.atanh(y / 9), lax.acosh(y + 1)),
)  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_numpy_computes_what_xla_does(name):
    fn, *inputs = PROGRAMS[name]
    run = evaluator(jax.make_jaxpr(fn)(*inputs))
    assert run is not None
    before = [np.array(x) for x in inputs]
    got, want = run(*inputs), jax.tree.leaves(jax.jit(fn)(*inputs))
    for a, b in zip(got, map(np.asarray, want), strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        exact = a.dtype.kind != "f"
        np.testing.assert_allclose(a, b, rtol=0 if exact else 2e-6, atol=0 if exact else 1e-6)
        assert a.flags.c_contiguous and not any(np.shares_memory(a, x) for x in inputs)
    for x, y in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(x, y)


def test_every_rule_is_tried():
    used = set()

    def visit(jaxpr):
        for eqn in jaxpr.eqns:
            used.add(eqn.primitive.name)
            for inner in eqn.params.values():
                for each in inner if isinstance(inner, tuple) else [inner]:
                    if hasattr(each, "jaxpr"):
                        visit(each.jaxpr)

    for fn, *inputs in PROGRAMS.values():
        visit(jax.make_jaxpr(fn)(*inputs).jaxpr)
    aliases = {"add_any", "copy", "stop_gradient", "expand_dims", "closed_call", "custom_vjp_call"}
    assert {*SAME, *RULES, *HOLDERS} - aliases <= used


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x.astype(jnp.bfloat16) + 1,
        lambda x: x.astype(np.complex64),
        lambda x: jnp.linalg.cholesky(x @ x.T),
        lambda x: lax.round(x, lax.RoundingMethod.AWAY_FROM_ZERO),
        jax.vmap(lambda x: lax.while_loop(lambda y: y[0] < 9, lambda y: y + 1, x)),
    ],
)
def test_what_it_does_not_know_is_xlas(fn):
    assert evaluator(jax.make_jaxpr(fn)(X)) is None


def test_a_long_loop_is_given_up():
    def fn(x):
        return lax.while_loop(lambda c: c[0] < 1e6, lambda c: (c[0] + 1, c[1]), (0.0, x))

    run = evaluator(jax.make_jaxpr(fn)(X))
    assert run is not None
    with pytest.raises(TooLong):
        run(X)


@pytest.mark.skipif(not lower.USE_HOST, reason="switched off")
def test_ever_new_shapes_compile_nothing():
    before = execute.stats.ops, execute.stats.programs
    for n in range(3, 40):
        x = torch.arange(4.0 * n).reshape(4, n)
        y = torch.cat([x[:, 1:], x[:, :1]], 1) / x.std() - x.mean(1, keepdim=True)
        assert y.clamp(0, 1).sum().item() >= 0
    assert (execute.stats.ops, execute.stats.programs) == before


def test_an_op_that_comes_often_is_compiled(monkeypatch):
    monkeypatch.setattr(lower, "WORTH", 1 << 16)
    monkeypatch.setattr(lower, "TINY", 0)
    before, x = execute.stats.ops, torch.arange(23.0)
    found = {tuple((x * 2.5).tolist()) for _ in range(20)}
    assert len(found) == 1
    assert execute.stats.ops > before
