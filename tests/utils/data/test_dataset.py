"""Datasets and the ways to put them together."""

import pytest

import jtorch as torch
from jtorch.utils.data import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)


class Numbers(Dataset):
    def __init__(self, n=10):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return i


class Stream(IterableDataset):
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return iter(range(self.n))


def test_base_classes():
    with pytest.raises(NotImplementedError, match="should implement __getitem__"):
        Dataset()[0]
    with pytest.raises(TypeError, match="no len"):
        len(Dataset())
    with pytest.raises(TypeError, match="abstract"):
        IterableDataset()
    assert Dataset[int] is not None


def test_tensor_dataset():
    data = TensorDataset(torch.arange(6).reshape(3, 2), torch.tensor([7, 8, 9]))
    x, y = data[1]
    assert (x.tolist(), y.tolist(), len(data)) == ([2, 3], 8, 3)
    assert data[1:][0].tolist() == [[2, 3], [4, 5]]
    with pytest.raises(AssertionError, match="Size mismatch"):
        TensorDataset(torch.ones(2), torch.ones(3))


def test_concat():
    both = Numbers(3) + Numbers(2)
    assert isinstance(both, ConcatDataset)
    assert [both[i] for i in range(5)] == [0, 1, 2, 0, 1]
    assert (both[-1], both[-5], both.cumulative_sizes) == (1, 0, [3, 5])
    with pytest.raises(ValueError, match="absolute value of index"):
        both[-6]
    with pytest.raises(AssertionError, match="IterableDataset"):
        ConcatDataset([Stream(1)])


def test_chain():
    both = Stream(2) + Stream(3)
    assert isinstance(both, ChainDataset)
    assert list(both) == [0, 1, 0, 1, 2]
    with pytest.raises(AssertionError, match="only supports"):
        list(ChainDataset([Numbers()]))


def test_subset():
    subset = Subset(Numbers(), [5, 6, 7])
    assert (subset[1], subset.__getitems__([0, 2]), len(subset)) == (6, [5, 7], 3)


def test_subset_asks_for_a_batch_at_once():
    class Batched(Numbers):
        def __getitems__(self, indices):
            return [("batch", i) for i in indices]

    assert Subset(Batched(), [5, 6]).__getitems__([1]) == [("batch", 6)]


def test_stack():
    assert StackDataset(Numbers(), Numbers())[3] == (3, 3)
    named = StackDataset(a=Numbers(), b=Numbers())
    assert named[3] == {"a": 3, "b": 3}
    assert named.__getitems__([1, 2]) == [{"a": 1, "b": 1}, {"a": 2, "b": 2}]
    with pytest.raises(ValueError, match="Size mismatch"):
        StackDataset(Numbers(2), Numbers(3))


def test_random_split():
    parts = random_split(Numbers(), [3, 7], generator=torch.Generator().manual_seed(42))
    assert [part.indices for part in parts] == [[2, 6, 1], [8, 4, 5, 0, 9, 3, 7]]  # torch's
    assert [len(part) for part in random_split(Numbers(10), [0.33, 0.33, 0.34])] == [4, 3, 3]
    with pytest.raises(ValueError, match="Sum of input lengths"):
        random_split(Numbers(), [3, 6])
    with pytest.raises(ValueError, match="Fraction at index 1"):
        random_split(Numbers(), [0.5, 1.2, -0.7])
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        random_split(Numbers(1), [1.0, 0.0])
