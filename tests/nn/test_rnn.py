"""Recurrent networks: sequences against single steps, packed against padded, and the packing."""

import pytest

import jtorch as torch
from jtorch import nn
from jtorch.nn.utils import rnn


def close(a, b):
    return torch.allclose(a, b, rtol=1e-5, atol=1e-5)


PAIRS = [(nn.RNN, nn.RNNCell), (nn.GRU, nn.GRUCell), (nn.LSTM, nn.LSTMCell)]


@pytest.mark.parametrize(("network", "cell"), PAIRS)
def test_a_sequence_is_its_steps(network, cell):
    torch.manual_seed(0)
    whole, single = network(3, 4), cell(3, 4)
    with torch.no_grad():
        for own, other in zip(single.parameters(), whole.parameters()):
            own.copy_(other)
    x = torch.randn(5, 2, 3)
    output, last = whole(x)
    state = None
    for t in range(5):
        state = single(x[t], state)
        assert close(output[t], state[0] if network is nn.LSTM else state)
    if network is nn.LSTM:
        assert close(last[1][0], state[1])
    else:
        assert close(last[0], state)


@pytest.mark.parametrize("network", [nn.RNN, nn.GRU, nn.LSTM])
def test_packed_sequences_stop_where_they_end(network):
    torch.manual_seed(0)
    model = network(3, 4, num_layers=2, bidirectional=True)
    rows = [torch.randn(n, 3) for n in (2, 5, 3)]
    packed = rnn.pack_sequence(rows, enforce_sorted=False)
    output, _ = model(packed)
    padded, lengths = rnn.pad_packed_sequence(output)
    assert lengths.tolist() == [2, 5, 3]
    for k, row in enumerate(rows):
        assert close(padded[: len(row), k], model(row)[0])
    assert float(padded[2:, 0].detach().abs().sum()) == 0.0


def test_batch_first_and_unbatched_inputs():
    torch.manual_seed(0)
    model = nn.LSTM(3, 4, batch_first=True)
    x = torch.randn(2, 5, 3)
    output, (h, c) = model(x)
    assert output.shape == (2, 5, 4)
    assert h.shape == c.shape == (1, 2, 4)
    alone, (h1, _) = model(x[0])
    assert close(alone, output[0])
    assert h1.shape == (1, 4)


def test_gradients_reach_every_parameter():
    model = nn.GRU(3, 4, num_layers=2, bidirectional=True)
    model(torch.randn(5, 2, 3))[0].sum().backward()
    assert all(bool((p.grad != 0).any()) for p in model.parameters())


def test_errors():
    model = nn.LSTM(3, 4)
    with pytest.raises(RuntimeError, match="must be equal to input_size. Expected 3, got 5"):
        model(torch.ones(2, 2, 5))
    with pytest.raises(
        RuntimeError, match=r"Expected hidden\[0\] size \(1, 3, 4\), got \[1, 2, 4\]"
    ):
        model(torch.ones(2, 3, 3), (torch.ones(1, 2, 4), torch.ones(1, 2, 4)))
    with pytest.raises(ValueError, match="LSTM: Expected input to be 2D or 3D, got 1D instead"):
        model(torch.ones(3))
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last"):
        nn.LSTM(3, 4, dropout=0.5)
    with pytest.raises(ValueError, match="proj_size argument is only supported for LSTM"):
        nn.GRU(3, 4, proj_size=2)


def test_packing_round_trip():
    rows = [torch.arange(n * 2.0).view(n, 2) for n in (3, 1, 2)]
    packed = rnn.pack_sequence(rows, enforce_sorted=False)
    assert packed.batch_sizes.tolist() == [3, 2, 1]
    assert packed.sorted_indices.tolist() == [0, 2, 1]
    for row, back in zip(rows, rnn.unpack_sequence(packed)):
        assert torch.equal(row, back)


def test_padding():
    rows = [torch.ones(2), torch.full((3,), 2.0)]
    assert rnn.pad_sequence(rows, batch_first=True).tolist() == [[1, 1, 0], [2, 2, 2]]
    left = rnn.pad_sequence(rows, batch_first=True, padding_value=9.0, padding_side="left")
    assert left.tolist() == [[9, 1, 1], [2, 2, 2]]
    back = rnn.unpad_sequence(left, torch.tensor([1, 3]), batch_first=True)
    assert [len(row) for row in back] == [1, 3]


def test_packing_errors():
    x = torch.ones(4, 3, 2)
    with pytest.raises(RuntimeError, match="must be sorted in decreasing order"):
        rnn.pack_padded_sequence(x, [1, 2, 4])
    with pytest.raises(RuntimeError, match="Length of all samples has to be greater than 0"):
        rnn.pack_padded_sequence(x, [4, 2, 0])
    packed = rnn.pack_padded_sequence(x, [4, 2, 1])
    with pytest.raises(ValueError, match="Expected total_length to be at least the length"):
        rnn.pad_packed_sequence(packed, total_length=2)


def test_packed_gradients():
    x = torch.ones(3, 2, 1, requires_grad=True)
    rnn.pack_padded_sequence(x, [3, 1]).data.sum().backward()
    assert x.grad.squeeze(-1).tolist() == [[1, 1], [1, 0], [1, 0]]
