"""Losses, look-ups, attention, recurrent layers, resampling and padding, each in a few lines."""

import numpy as np
import pytest

import jtorch as torch
from jtorch.nn import functional as F

RANDOM = np.random.RandomState(0)


def normal(*shape):
    return RANDOM.normal(size=shape)


def tensor(*shape):
    return torch.tensor(normal(*shape), requires_grad=True)


def test_cross_entropy_and_its_gradient():
    x, target = tensor(4, 3), torch.tensor([0, 2, -100, 1])
    F.cross_entropy(x, target).backward()
    p = np.exp(x.detach().numpy())
    p /= p.sum(1, keepdims=True)
    p[[0, 1, 3], [0, 2, 1]] -= 1
    p[2] = 0
    np.testing.assert_allclose(x.grad.numpy(), p / 3)


def test_targets_are_checked():
    with pytest.raises(IndexError, match="Target 5 is out of bounds."):
        F.cross_entropy(torch.ones(2, 3), torch.tensor([0, 5])).item()
    with pytest.raises(ValueError, match=r"Expected input batch_size \(3\) to match target"):
        F.cross_entropy(torch.ones(3, 5), torch.zeros(4, dtype=torch.int64))


def test_binary_cross_entropy_is_finite_at_the_ends():
    x = torch.tensor([0.0, 1.0, 0.0], requires_grad=True)
    loss = F.binary_cross_entropy(x, torch.tensor([0.0, 1.0, 1.0]), reduction="none")
    assert loss.tolist() == [0, 0, 100]
    loss.sum().backward()
    assert torch.isfinite(x.grad).all()


def test_embedding_adds_up_gradients():
    table = tensor(4, 2)
    F.embedding(torch.tensor([1, 1, 3]), table, padding_idx=3).sum().backward()
    assert table.grad.tolist() == [[0, 0], [2, 2], [0, 0], [0, 0]]
    with pytest.raises(IndexError, match="index out of range in self"):
        F.embedding(torch.tensor([4]), table).tolist()


def test_one_hot():
    assert F.one_hot(torch.tensor([0, 2])).tolist() == [[1, 0, 0], [0, 0, 1]]
    with pytest.raises(RuntimeError, match="smaller than num_classes"):
        F.one_hot(torch.tensor([3]), 3)
    with pytest.raises(RuntimeError, match="non-negative"):
        F.one_hot(torch.tensor([-1]), 3)


def test_attention():
    q, k, v = (normal(2, 3, 4) for _ in range(3))
    scores = q @ k.swapaxes(1, 2) / 2
    scores[:, np.triu_indices(3, 1)[0], np.triu_indices(3, 1)[1]] = -np.inf
    weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    q, k, v = (torch.tensor(x) for x in (q, k, v))
    out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    np.testing.assert_allclose(out.numpy(), weights @ v.numpy())
    nothing = F.scaled_dot_product_attention(q, k, v, torch.zeros(3, 3, dtype=torch.bool))
    assert (nothing == 0).all()


def lstm_by_hand(x, h, c, w_ih, w_hh, b_ih, b_hh):
    for t in range(x.shape[0]):
        i, f, g, o = np.split(x[t] @ w_ih.T + h @ w_hh.T + b_ih + b_hh, 4, -1)
        i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
    return h, c


def test_lstm_and_its_gradient():
    x, h, c = normal(5, 2, 3), normal(2, 4), normal(2, 4)
    weights = [normal(16, 3), normal(16, 4), normal(16), normal(16)]
    given = [torch.tensor(a, requires_grad=True) for a in (x, h[None], c[None], *weights)]

    def last(x, h, c, *weights):
        return torch.lstm(x, (h, c), list(weights), True, 1, 0.0, True, False, False)[1]

    out = last(*given)
    np.testing.assert_allclose(out[0].detach().numpy(), lstm_by_hand(x, h, c, *weights)[0])
    assert torch.autograd.gradcheck(last, given)


def test_a_packed_sequence_ends_where_it_ends():
    rnn = torch.nn.GRU(3, 4, bidirectional=True)
    x = torch.tensor(normal(5, 3, 3)).float()
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, [5, 3, 1])
    out, last = rnn(packed)
    out, _ = torch.nn.utils.rnn.pad_packed_sequence(out)
    for b, n in enumerate([5, 3, 1]):
        alone, end = rnn(x[:n, b : b + 1])
        assert torch.allclose(out[:n, b : b + 1], alone, atol=1e-6)
        assert torch.allclose(last[:, b : b + 1], end, atol=1e-6)


def test_resizing():
    x = torch.tensor([[[0.0, 1, 2, 3]]])
    assert F.interpolate(x, 8).tolist() == [[[0, 0, 1, 1, 2, 2, 3, 3]]]
    linear = F.interpolate(x, 7, mode="linear", align_corners=True)
    np.testing.assert_allclose(linear.numpy(), [[np.arange(0, 3.5, 0.5)]])
    for mode in ("bilinear", "bicubic"):
        same = F.interpolate(torch.ones(1, 1, 3, 3), (5, 7), mode=mode)
        np.testing.assert_allclose(same.numpy(), 1, rtol=1e-6)


def test_bytes_are_resized_in_whole_numbers():
    x = torch.tensor([[[[0, 10, 255, 3], [9, 200, 7, 31]]]], dtype=torch.uint8)
    smooth = F.interpolate(x, (3, 3), mode="bicubic", antialias=True)
    assert smooth.tolist() == [[[[0, 144, 83], [34, 126, 47], [71, 107, 10]]]]
    assert F.interpolate(x, (1, 8), mode="bilinear").tolist() == [
        [[[5, 30, 80, 112, 125, 103, 46, 17]]]
    ]
    with pytest.raises(NotImplementedError, match="not implemented for 'Byte'"):
        F.interpolate(x[0], 3, mode="linear")


def test_sampling_at_the_identity_grid():
    x = torch.tensor(normal(1, 2, 4, 5))
    grid = F.affine_grid(torch.eye(2, 3)[None].double(), (1, 2, 4, 5), align_corners=False)
    out = F.grid_sample(x, grid, align_corners=False)
    np.testing.assert_allclose(out.numpy(), x.numpy(), atol=1e-12)


def test_fold_counts_what_unfold_copies():
    x = torch.ones(1, 1, 4, 4)
    back = F.fold(F.unfold(x, 2), (4, 4), 2)
    assert back[0, 0].tolist() == [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]]
    assert (F.pixel_unshuffle(F.pixel_shuffle(torch.arange(8.0).view(1, 4, 1, 2), 2), 2) >= 0).all()


@pytest.mark.parametrize("mode", ["reflect", "edge", "wrap"])
def test_padding(mode):
    x = normal(1, 2, 5)
    name = {"reflect": "reflect", "edge": "replicate", "wrap": "circular"}[mode]
    out = F.pad(torch.tensor(x), (2, 3), mode=name)
    np.testing.assert_array_equal(out.numpy(), np.pad(x, [(0, 0), (0, 0), (2, 3)], mode=mode))
