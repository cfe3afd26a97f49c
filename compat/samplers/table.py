"""The samplers: each a function of a library, a size and a dtype that draws numbers from the
default generator. It compares nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

FLOATS = ("float32", "float64", "float16", "bfloat16")
INTS = ("int64", "int32", "int16", "int8", "uint8")
# Around the numbers at which torch changes its ways: 8 lanes, 16 for normals, 24 = 16 + 8.
SIZES = (0, 1, 2, 7, 8, 9, 15, 16, 17, 24, 25, 33, 100, 2999)


class Sampler(NamedTuple):
    """draw(library, size, dtype) -> one tensor or several."""

    name: str
    draw: Callable[[Any, int, Any], Any]
    dtypes: tuple[str, ...] = FLOATS
    sizes: tuple[int, ...] = SIZES
    seeds: int = 2


def _filled(method: str, *arguments: Any) -> Callable[[Any, int, Any], Any]:
    return lambda t, n, d: getattr(t.empty(n, dtype=d), method)(*arguments)


def _init(name: str, *arguments: Any, **options: Any) -> Callable[[Any, int, Any], Any]:
    return lambda t, n, d: getattr(t.nn.init, name)(t.empty(n, 5, dtype=d), *arguments, **options)


def _spread(t: Any, n: int, d: Any, low: float = 0.0, high: float = 1.0) -> Any:
    """n numbers between low and high."""
    return t.from_numpy(np.linspace(low, high, n, endpoint=False)).to(d)


def _with_generator(t: Any, n: int, d: Any) -> Any:
    g = t.Generator().manual_seed(n)
    first = t.rand(n, dtype=d, generator=g)
    return first, t.randn(n, dtype=d, generator=g), t.rand(3)


def _forked(t: Any, n: int, d: Any) -> Any:
    first = t.rand(2, dtype=d)
    with t.random.fork_rng(devices=[]):
        t.manual_seed(n)
        inside = t.randn(n, dtype=d)
    return first, inside, t.rand(n, dtype=d)


def _loader(t: Any, n: int, d: Any) -> Any:
    data = t.utils.data.TensorDataset(t.arange(n, dtype=t.float64).to(d))
    loader = t.utils.data.DataLoader(data, batch_size=7, shuffle=True)
    return [batch for _ in range(2) for (batch,) in loader]


def _split(t: Any, n: int, d: Any) -> Any:
    a, b = t.utils.data.random_split(range(n), [0.75, 0.25])
    return t.tensor(a.indices, dtype=d), t.tensor(b.indices, dtype=d)


def _pooled(dims: int) -> Callable[[Any, int, Any], Any]:
    def draw(t: Any, n: int, d: Any) -> Any:
        x = _spread(t, 2 * n * 9**dims, d).reshape(2, n, *[9] * dims)
        pool = getattr(t.nn.functional, f"fractional_max_pool{dims}d")
        return pool(x, 2, output_size=4)

    return draw


def _noise(name: str, *arguments: Any) -> Callable[[Any, int, Any], Any]:
    return lambda t, n, d: getattr(t.nn.functional, name)(
        _spread(t, n, d, -1.0, 1.0), *arguments, training=True
    )


def _channels(name: str, dims: int) -> Callable[[Any, int, Any], Any]:
    return lambda t, n, d: getattr(t.nn.functional, name)(
        t.ones(2, n, *[2] * dims, dtype=d), 0.3, True
    )


def _strided(method: str, *arguments: Any) -> Callable[[Any, int, Any], Any]:
    """Into memory that is not in order: a transpose, and every other row."""

    def draw(t: Any, n: int, d: Any) -> Any:
        turned, thinned = t.zeros(n, 3, dtype=d).t(), t.zeros(2 * n, 3, dtype=d)
        getattr(thinned[::2], method)(*arguments)
        return getattr(turned, method)(*arguments), thinned

    return draw


SMALL = (1, 2, 15, 16, 17, 33, 100)
SAMPLERS = (
    Sampler("rand", lambda t, n, d: t.rand(n, dtype=d)),
    Sampler("rand_like", lambda t, n, d: t.rand_like(t.empty(n, 2, dtype=d))),
    Sampler("rand, out=", lambda t, n, d: t.rand(n, dtype=d, out=t.empty(n, dtype=d))),
    Sampler("randn", lambda t, n, d: t.randn(n, dtype=d)),
    Sampler("randn_like", lambda t, n, d: t.randn_like(t.empty(n, 2, dtype=d))),
    Sampler("randn, out=", lambda t, n, d: t.randn(n, dtype=d, out=t.empty(n, dtype=d))),
    Sampler("randn, complex", lambda t, n, d: t.randn(n, dtype=d), ("complex64", "complex128")),
    Sampler("rand, complex", lambda t, n, d: t.rand(n, dtype=d), ("complex64", "complex128")),
    Sampler("randint", lambda t, n, d: t.randint(-5, 100, (n,), dtype=d), INTS[:-1] + FLOATS),
    Sampler("randint, wide", lambda t, n, d: t.randint(-(2**40), 2**40, (n,), dtype=d), INTS[:1]),
    Sampler("randint_like", lambda t, n, d: t.randint_like(t.empty(n, dtype=d), 9), INTS + FLOATS),
    Sampler("randperm", lambda t, n, d: t.randperm(n, dtype=d), ("int64", "float32", "float64")),
    Sampler("normal, numbers", lambda t, n, d: t.normal(0.5, 2.0, (n,), dtype=d)),
    Sampler("normal, means", lambda t, n, d: t.normal(_spread(t, n, d), 2.0)),
    Sampler("normal, stds", lambda t, n, d: t.normal(1.0, _spread(t, n, d))),
    Sampler("normal, both", lambda t, n, d: t.normal(_spread(t, n, d), _spread(t, n, d))),
    Sampler("bernoulli", lambda t, n, d: t.bernoulli(_spread(t, n, d))),
    Sampler("bernoulli, a number", lambda t, n, d: t.bernoulli(t.empty(n, dtype=d), 0.3)),
    Sampler("bernoulli_", _filled("bernoulli_", 0.3), FLOATS + INTS),
    Sampler("uniform_", _filled("uniform_", -1.5, 2.0)),
    Sampler("normal_", _filled("normal_", 0.5, 2.0)),
    Sampler("uniform_, strided", _strided("uniform_", -1, 2)),
    Sampler("normal_, strided", _strided("normal_", 0, 2)),
    Sampler("random_", _filled("random_"), FLOATS + INTS),
    Sampler("random_, to", _filled("random_", 100), FLOATS + INTS),
    Sampler("random_, from, to", _filled("random_", 20, 100), FLOATS + INTS),
    Sampler("exponential_", _filled("exponential_", 1.5)),
    Sampler("geometric_", _filled("geometric_", 0.3), FLOATS + INTS),
    Sampler("cauchy_", _filled("cauchy_", 0.5, 2.0)),
    Sampler("log_normal_", _filled("log_normal_", 0.5, 0.7)),
    Sampler(
        "multinomial",
        lambda t, n, d: t.multinomial(_spread(t, 2 * n, d, 0.1).reshape(2, n), max(1, n // 2)),
        FLOATS, SIZES[2:],
    ),
    Sampler(
        "multinomial, one", lambda t, n, d: t.multinomial(_spread(t, 2 * n, d, 0.1).view(n, 2), 1)
    ),
    Sampler(
        "multinomial, with replacement",
        lambda t, n, d: t.multinomial(_spread(t, 9, d, 0.1), n + 1, replacement=True),
    ),
    Sampler("poisson", lambda t, n, d: t.poisson(_spread(t, n, d, 0.0, 40.0))),
    Sampler(
        "binomial",
        lambda t, n, d: t.binomial(t.full((n,), 30.0, dtype=d), _spread(t, n, d)),
    ),
    Sampler("_standard_gamma", lambda t, n, d: t._standard_gamma(_spread(t, n, d, 0.1, 9.0))),
    Sampler(
        "_sample_dirichlet",
        lambda t, n, d: t._sample_dirichlet(_spread(t, 3 * n, d, 0.5, 4.0).reshape(n, 3)),
        FLOATS[:2],
    ),
    Sampler("dropout", _noise("dropout", 0.3)),
    Sampler("alpha_dropout", _noise("alpha_dropout", 0.3)),
    Sampler("feature_alpha_dropout", _channels("feature_alpha_dropout", 1), FLOATS, SMALL),
    Sampler("dropout1d", _channels("dropout1d", 1), FLOATS, SMALL),
    Sampler("dropout2d", _channels("dropout2d", 2), FLOATS, SMALL),
    Sampler("dropout3d", _channels("dropout3d", 3), FLOATS, SMALL),
    Sampler("rrelu", lambda t, n, d: t.nn.functional.rrelu(_spread(t, n, d, -1), training=True)),
    Sampler("gumbel_softmax", lambda t, n, d: t.nn.functional.gumbel_softmax(_spread(t, n, d))),
    Sampler("fractional_max_pool2d", _pooled(2), FLOATS[:2], (1, 2, 7)),
    Sampler("fractional_max_pool3d", _pooled(3), FLOATS[:2], (1, 2, 3)),
    Sampler("init.uniform_", _init("uniform_", -1, 1)),
    Sampler("init.normal_", _init("normal_")),
    Sampler("init.trunc_normal_", _init("trunc_normal_", std=0.5), FLOATS),
    Sampler("init.xavier_uniform_", _init("xavier_uniform_"), FLOATS, SIZES[1:]),
    Sampler("init.xavier_normal_", _init("xavier_normal_"), FLOATS, SIZES[1:]),
    Sampler("init.kaiming_uniform_", _init("kaiming_uniform_", a=2.0), FLOATS, SIZES[1:]),
    Sampler("init.kaiming_normal_", _init("kaiming_normal_"), FLOATS, SIZES[1:]),
    Sampler("init.orthogonal_", _init("orthogonal_"), FLOATS[:2], SMALL),
    Sampler("init.sparse_", _init("sparse_", 0.4), FLOATS[:2], SMALL),
    Sampler("a Generator", _with_generator),
    Sampler("fork_rng", _forked),
    Sampler("DataLoader", _loader, FLOATS[1:2], (1, 8, 33, 100)),
    Sampler("random_split", _split, INTS[:1], (4, 33, 100)),
)  # fmt: skip
