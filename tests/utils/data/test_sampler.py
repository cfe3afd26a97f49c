"""Samplers. The orders for a seed are torch's."""

import pytest

import jtorch as torch
from jtorch.utils.data import (
    BatchSampler,
    DistributedSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_orders_are_those_of_torch():
    torch.manual_seed(0)
    assert list(RandomSampler(range(10), num_samples=25))[:12] == [
        6, 9, 0, 7, 3, 5, 4, 2, 1, 8, 1, 8,
    ]  # fmt: skip
    torch.manual_seed(0)
    assert list(RandomSampler(range(10), replacement=True)) == [6, 0, 4, 3, 9, 5, 7, 8, 9, 1]
    assert list(RandomSampler(range(10), generator=seeded(3))) == [6, 0, 3, 7, 8, 5, 1, 9, 2, 4]
    torch.manual_seed(0)
    assert list(SubsetRandomSampler([5, 6, 7, 8])) == [5, 6, 8, 7]


def test_weighted():
    torch.manual_seed(0)
    weights = [0.1, 0.9, 0.4, 0.7, 3.0, 0.6]
    assert list(WeightedRandomSampler(weights, 8)) == [5, 4, 4, 5, 4, 4, 2, 3]
    torch.manual_seed(0)
    assert list(WeightedRandomSampler(weights, 5, replacement=False)) == [4, 1, 2, 5, 3]
    with pytest.raises(ValueError, match=r"1d sequence .* shape \(1, 2\)"):
        WeightedRandomSampler([[0.1, 0.2]], 3)


def test_a_pass_draws_a_seed_from_the_default_generator_when_it_starts():
    torch.manual_seed(0)
    untouched = torch.get_rng_state()
    keys = iter(RandomSampler(range(10)))
    assert torch.equal(torch.get_rng_state(), untouched)
    next(keys)
    assert not torch.equal(torch.get_rng_state(), untouched)
    torch.manual_seed(0)
    list(RandomSampler(range(10), generator=seeded()))
    assert torch.equal(torch.get_rng_state(), untouched)


def test_sequential_and_batches():
    keys = SequentialSampler(range(10))
    assert list(BatchSampler(keys, 4, False)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert list(BatchSampler(keys, 4, True)) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert (len(BatchSampler(keys, 4, False)), len(BatchSampler(keys, 4, True))) == (3, 2)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: RandomSampler(range(3), replacement=1), TypeError, "replacement should be"),
        (lambda: RandomSampler(range(0)), ValueError, "num_samples should be a positive"),
        (lambda: WeightedRandomSampler([1], True), ValueError, "num_samples=True"),
        (lambda: BatchSampler([1], 0, False), ValueError, "batch_size=0"),
        (lambda: BatchSampler([1], True, False), ValueError, "batch_size=True"),
        (lambda: BatchSampler([1], 1, 0), ValueError, "drop_last=0"),
        (lambda: DistributedSampler([1], 2, 2), ValueError, r"Invalid rank 2.*\[0, 1\]"),
        (lambda: DistributedSampler([1]), RuntimeError, "distributed package"),
        (lambda: iter(Sampler()), NotImplementedError, None),
    ],
)
def test_errors(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_distributed():
    ranks = [list(DistributedSampler(range(11), 4, rank)) for rank in range(4)]
    assert ranks == [[10, 5, 9], [0, 8, 7], [4, 2, 6], [3, 1, 10]]  # torch's
    short = [
        list(DistributedSampler(range(11), 4, r, shuffle=False, drop_last=True)) for r in (0, 3)
    ]
    assert short == [[0, 4], [3, 7]]
    assert [list(DistributedSampler(range(2), 5, r)) for r in range(5)] == [[0], [1], [0], [1], [0]]
    sampler = DistributedSampler(range(5), 2, 0)
    sampler.set_epoch(3)
    assert list(sampler) == [1, 3, 2]
