"""The host generator beside real torch: the same numbers after the same seed, and the same state
after the same draws. ULPS says where the last place may differ.
"""

import numpy as np
import pytest
import torch

from jtorch._dtypes import by_name
from jtorch._generator import Stream

SIZES = [0, 1, 2, 3, 15, 16, 17, 23, 31, 32, 33, 100, 1000, 4097]
FLOATS = ["float16", "bfloat16", "float32", "float64"]
SEEDS = [0, 1, 42, 2**32 - 1, 2**63 + 5]


def pair(seed):
    return Stream().manual_seed(seed), torch.Generator().manual_seed(seed)


def same_state(ours, theirs):
    return np.array_equal(ours.state(), theirs.get_state().numpy())


def check(ours, theirs, ulps=0):
    """Equal, or so many units in the last place apart."""
    if theirs.dtype == torch.bfloat16:
        ours, theirs = ours.astype(np.float32), theirs.float()
    theirs = theirs.numpy().reshape(-1)
    assert ours.dtype == theirs.dtype
    if not ulps:
        np.testing.assert_array_equal(ours, theirs)
    else:
        np.testing.assert_array_max_ulp(ours, theirs, ulps)


@pytest.mark.parametrize("seed", SEEDS)
def test_words(seed):
    ours, theirs = pair(seed)
    expected = torch.randint(0, 1 << 27, (2000,), generator=theirs).numpy()
    assert ((ours.uint32(2000) & ((1 << 27) - 1)) == expected).all()
    assert same_state(ours, theirs)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("bounds", [(0, 1), (-0.3, 0.7), (-1, 1), (2, 5), (0.1, 0.2)])
def test_uniform(dtype, bounds):
    ours, theirs = pair(3)
    for n in [*SIZES, 100_003]:
        tensor = torch.empty(n, dtype=getattr(torch, dtype)).uniform_(*bounds, generator=theirs)
        check(ours.uniform(n, by_name(dtype).np, *bounds), tensor)
    assert same_state(ours, theirs)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("moments", [(0, 1), (0, 0.02), (1.5, 3), (-0.3, 0.7)])
def test_normal(dtype, moments):
    ours, theirs = pair(7)
    for n in [*SIZES, 100_003]:
        tensor = torch.empty(n, dtype=getattr(torch, dtype)).normal_(*moments, generator=theirs)
        numbers = ours.normal(n, by_name(dtype).np, *moments)
        if dtype == "float64":  # near zero a unit in the last place of the sum is many of its own
            np.testing.assert_allclose(numbers, tensor.numpy(), rtol=1e-15, atol=2e-15)
        elif n >= 16:
            check(numbers, tensor)
        else:  # few numbers are computed in double, and then rounded
            np.testing.assert_allclose(numbers.astype("f8"), tensor.double(), rtol=2**-7)
    assert same_state(ours, theirs)


def test_normal_that_is_not_contiguous():
    ours, theirs = pair(5)
    tensor = torch.empty(5, 7).t().normal_(generator=theirs)
    check(ours.normal(35, np.dtype("f4"), contiguous=False), tensor.t())  # in order of memory
    assert same_state(ours, theirs)


@pytest.mark.parametrize("high", [1, 2, 10, 2**27, 2**28 - 1, 2**28, 2**31, 2**33, 2**63 - 1])
@pytest.mark.parametrize("low", [0, -7, -(2**40)])
def test_integers(low, high):
    if high - low >= 2**63:
        low = 0
    ours, theirs = pair(1)
    for n in SIZES:
        check(ours.integers(n, low, high), torch.randint(low, high, (n,), generator=theirs))
    assert same_state(ours, theirs)


NAMES = ["bool", "uint8", "int8", "int16", "int32", "int64", *FLOATS]


@pytest.mark.parametrize("dtype", NAMES)
def test_any_integers(dtype):
    ours, theirs = pair(2)
    for n in SIZES:
        tensor = torch.empty(n, dtype=getattr(torch, dtype)).random_(generator=theirs)
        check(ours.any_integers(n, by_name(dtype).np), tensor)
    assert same_state(ours, theirs)


def test_full_range():
    ours, theirs = pair(2)
    tensor = torch.empty(100, dtype=torch.int64).random_(-(2**63), None, generator=theirs)
    check(ours.integers(100, -(2**63), 2**63), tensor)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 1000, 100_000])
def test_permutation(n):
    ours, theirs = pair(4)
    assert ours.permutation(n) == torch.randperm(n, generator=theirs).tolist()
    assert same_state(ours, theirs)


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_bernoulli(p):
    ours, theirs = pair(6)
    for n in SIZES:
        tensor = torch.empty(n, dtype=torch.bool).bernoulli_(p, generator=theirs)
        check(ours.bernoulli(n, p), tensor)
    assert same_state(ours, theirs)


@pytest.mark.parametrize("dtype", FLOATS)
def test_bernoulli_each(dtype):
    ours, theirs = pair(6)
    for n in SIZES:
        p = torch.linspace(0, 1, n).to(getattr(torch, dtype))
        array = p.float().numpy().astype(by_name(dtype).np)
        if dtype == "float64":
            array = p.numpy()
        check(ours.bernoulli_each(array), torch.bernoulli(p, generator=theirs).bool())
    assert same_state(ours, theirs)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "name, arguments",
    [("exponential", (1.0,)), ("exponential", (2.5,)), ("cauchy", (1.0, 2.0)),
     ("log_normal", (1.0, 2.0)), ("geometric", (0.3,))],
)  # fmt: skip
def test_others(dtype, name, arguments):
    ours, theirs = pair(8)
    ulps = {"float64": 80, "float32": 1, "float16": 1, "bfloat16": 1}[dtype]
    for n in SIZES:
        tensor = torch.empty(n, dtype=getattr(torch, dtype))
        getattr(tensor, name + "_")(*arguments, generator=theirs)
        numbers = getattr(ours, name)(n, by_name(dtype).np, *arguments)
        if dtype == "bfloat16":
            np.testing.assert_allclose(numbers.astype("f4"), tensor.float().numpy(), rtol=2**-7)
        else:
            check(numbers, tensor, ulps)
    assert same_state(ours, theirs)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_choose(dtype):
    ours, theirs = pair(9)
    weights = torch.rand(3, 11, dtype=getattr(torch, dtype))
    tensor = torch.multinomial(weights, 50, True, generator=theirs)
    check(ours.choose(weights.numpy(), 50).reshape(-1), tensor)
    assert same_state(ours, theirs)


@pytest.mark.parametrize("seed", range(5))
def test_states_exchange(seed):
    """Any state of torch's continues here, and the other way round."""
    ours, theirs = pair(seed)
    f4 = np.dtype("f4")
    for number in range(60):
        n, kind = (number * 7 + seed) % 40, (number + seed) % 4
        if kind == 0:
            check(ours.uniform(n, f4), torch.rand(n, generator=theirs))
        elif kind == 1:
            check(ours.normal(n, f4), torch.randn(n, generator=theirs))
        elif kind == 2:
            check(ours.integers(n, 0, 9), torch.randint(0, 9, (n,), generator=theirs))
        else:
            check(ours.bernoulli(n, 0.5), torch.empty(n).bernoulli_(0.5, generator=theirs).bool())
        if number % 2:
            fresh = Stream()
            fresh.set_state(theirs.get_state().numpy())
            ours = fresh
        else:
            theirs = torch.Generator()
            theirs.set_state(torch.from_numpy(ours.state()))
        assert same_state(ours, theirs)


def test_wrong_states_and_seeds():
    def words(function):
        try:
            return function()
        except Exception as error:
            return type(error), str(error)

    for size in (3, 5056):
        bad = torch.zeros(size, dtype=torch.uint8)
        ours = words(lambda bad=bad: Stream().set_state(bad.numpy()))
        assert ours == words(lambda bad=bad: torch.Generator().set_state(bad))
    for seed in (-1, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, "a", 1.5):
        ours = words(lambda seed=seed: Stream().manual_seed(seed).initial_seed())
        assert ours == words(lambda seed=seed: torch.Generator().manual_seed(seed).initial_seed())
    assert words(Stream().get_offset) == words(torch.Generator().get_offset)
