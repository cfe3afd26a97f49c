"""nn.init and nn.utils beside real torch: the same draws, values, texts and errors."""

import warnings

import numpy as np
import pytest
import torch as real

import jtorch
from compat.nn._show import compare

INITS = """
uniform_(t)
uniform_(t, -2.0, 3.0)
uniform_(t, 2.0, 1.0)
normal_(t)
normal_(t, 1.0, 0.5)
normal_(t, 0.0, -1.0)
normal_(big, generator=g)
trunc_normal_(t)
trunc_normal_(big, 0.5, 2.0, -1.0, 1.5)
trunc_normal_(t, mean=10.0)
trunc_normal_(big, 0.3, 0.5, 0.8, 2.0)
trunc_normal_(big.double(), 0.0, 1.0, -0.5, 0.5)
trunc_normal_(t.t(), 0.0, 1.0, -1.0, 1.0)
constant_(t, 0.3)
ones_(t)
zeros_(t)
eye_(t)
eye_(torch.empty(3))
dirac_(torch.empty(4, 3, 3))
dirac_(torch.empty(4, 2, 3, 2), groups=2)
dirac_(torch.empty(3))
dirac_(torch.empty(3, 3, 3), groups=2)
xavier_uniform_(t)
xavier_uniform_(t, gain=2.0, generator=g)
xavier_normal_(k)
xavier_normal_(torch.empty(3))
kaiming_uniform_(t)
kaiming_uniform_(k, a=0.5, mode='fan_out')
kaiming_uniform_(t, mode='other')
kaiming_uniform_(torch.empty(3))
kaiming_uniform_(torch.empty(0, 2))
kaiming_uniform_(torch.empty(3, 2, dtype=torch.int64))
kaiming_normal_(k, nonlinearity='relu')
kaiming_normal_(k, mode='fan_out', nonlinearity='tanh')
kaiming_normal_(big.double())
orthogonal_(t)
orthogonal_(torch.empty(3, 5), gain=2.0)
orthogonal_(k)
orthogonal_(torch.empty(3))
sparse_(big, 0.3)
sparse_(t, 0.5, generator=g)
sparse_(torch.empty(3), 0.1)
uniform(t)
calculate_gain('relu')
calculate_gain('tanh')
calculate_gain('selu')
calculate_gain('conv2d')
calculate_gain('leaky_relu')
calculate_gain('leaky_relu', 0.3)
calculate_gain('leaky_relu', True)
calculate_gain('other')
""".strip().splitlines()


def filled(torch, call):
    env = {
        "torch": torch,
        "t": torch.empty(4, 3),
        "k": torch.empty(4, 3, 2, 2),
        "big": torch.empty(20, 7),
        "g": torch.Generator().manual_seed(4),
    }
    torch.manual_seed(2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = eval("torch.nn.init." + call, env)
        except Exception as error:
            return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    if isinstance(result, torch.Tensor):
        assert not result.requires_grad
        return np.array(result.numpy())
    return result


@pytest.mark.parametrize("call", INITS)
def test_initial_values(call):
    want, have = filled(real, call), filled(jtorch, call)
    if isinstance(want, np.ndarray):
        assert have.dtype == want.dtype
        np.testing.assert_allclose(have, want, rtol=2e-6, atol=2e-6)
    else:
        assert have == want


CASES = []
case = CASES.append


@case
def packing(torch, show):
    rnn = torch.nn.utils.rnn
    x = torch.arange(24.0).view(4, 3, 2)
    pack = rnn.pack_padded_sequence
    show(lambda: pack(x, [4, 2, 1]))
    show(lambda: pack(x, [1, 2, 4]))
    show(lambda: pack(x, [1, 2, 4], enforce_sorted=False))
    show(lambda: pack(x, [2, 2, 3], enforce_sorted=False))
    show(lambda: pack(x.transpose(0, 1), [4, 2, 1], batch_first=True))
    show(lambda: pack(x.transpose(0, 1), [1, 4, 2], batch_first=True, enforce_sorted=False))
    show(lambda: pack(x, torch.tensor([4, 2, 0])))
    show(lambda: pack(x, torch.tensor([4.0, 2, 1])))
    show(lambda: pack(x, torch.tensor([[4], [2], [1]])))
    show(lambda: pack(x, [4, 2]))
    show(lambda: pack(x, [5, 2, 1]))
    packed = pack(x.clone().requires_grad_(), [2, 4, 1], enforce_sorted=False)
    show(lambda: packed.data.requires_grad)
    show(lambda: rnn.PackedSequence(x, torch.tensor([4])))
    show(lambda: packed.data.shape)
    show(lambda: (packed.double().data.dtype, packed.int().data.dtype))
    show(lambda: (packed.cpu() is packed, packed.to("cpu") is packed, packed.is_cuda))
    show(lambda: packed.to(torch.float64).data.dtype)
    show(lambda: (len(packed), isinstance(packed, tuple), packed._fields))
    show(lambda: rnn.invert_permutation(torch.tensor([2, 0, 1])))
    show(lambda: rnn.invert_permutation(None))


@case
def padding(torch, show):
    rnn = torch.nn.utils.rnn
    x = torch.arange(24.0).view(4, 3, 2)
    rows = [x[0], x[1, :2], x[2, :1]]
    show(lambda: rnn.pad_sequence(rows))
    show(lambda: rnn.pad_sequence(rows, True, 9.0, "left"))
    show(lambda: rnn.pad_sequence(rows, batch_first=True, padding_value=-1))
    show(lambda: rnn.pad_sequence(3))
    show(lambda: rnn.pad_sequence([]))
    show(lambda: rnn.pad_sequence(x))
    show(lambda: rnn.pad_sequence(row for row in rows))
    show(lambda: rnn.pad_sequence(rows, padding_side="other"))
    show(lambda: rnn.unpad_sequence(x.clone(), torch.tensor([1, 2, 3])))
    show(lambda: rnn.unpad_sequence(x.clone(), torch.tensor([1, 2, 3, 1]), batch_first=True))
    show(lambda: rnn.pack_sequence(rows))
    show(lambda: rnn.pack_sequence(rows[::-1]))
    packed = rnn.pack_sequence(rows[::-1], enforce_sorted=False)
    show(lambda: rnn.pad_packed_sequence(packed))
    show(lambda: rnn.pad_packed_sequence(packed, True, -1, 5))
    show(lambda: rnn.pad_packed_sequence(packed, total_length=2))
    show(lambda: rnn.unpack_sequence(packed))


@case
def clipping(torch, show):
    utils = torch.nn.utils

    def layer(scale=1.0):
        a, b = torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.ones(3))
        a.grad, b.grad = torch.full((2,), 3.0) * scale, torch.full((3,), -4.0) * scale
        return [a, b]

    def clipped(clip, *args, scale=1.0, **kwargs):
        parameters = layer(scale)
        result = clip(parameters, *args, **kwargs)
        return result, [p.grad for p in parameters]

    show(lambda: clipped(utils.clip_grad_norm_, 1.0))
    show(lambda: clipped(utils.clip_grad_norm_, 100.0))
    show(lambda: clipped(utils.clip_grad_norm_, 1.0, norm_type=1))
    show(lambda: clipped(utils.clip_grad_norm_, 1.0, norm_type=float("inf")))
    show(lambda: clipped(utils.clip_grad_norm_, 1.0, norm_type="inf"))
    show(lambda: clipped(utils.clip_grad_norm_, 1.0, scale=float("nan"), error_if_nonfinite=True))
    show(lambda: clipped(utils.clip_grad_norm_, 1.0, scale=float("nan")))
    show(lambda: clipped(utils.clip_grad_norm_, 1.0, foreach=False))
    show(lambda: clipped(utils.clip_grad_norm, 1.0))
    show(lambda: clipped(utils.clip_grad_value_, 3.5))
    show(lambda: utils.clip_grad_norm_([], 1.0))
    show(lambda: utils.clip_grad_norm_((p for p in []), 1.0))
    show(lambda: utils.clip_grad_norm_(torch.nn.Parameter(torch.ones(2)), 1.0))
    show(lambda: utils.get_total_norm([torch.ones(4), torch.ones(5)]))
    show(lambda: utils.get_total_norm([]))


@case
def vectors(torch, show):
    utils = torch.nn.utils
    layer = torch.nn.Linear(2, 3)
    torch.nn.init.constant_(layer.weight, 0.5)
    torch.nn.init.constant_(layer.bias, 0.25)
    show(lambda: utils.parameters_to_vector(layer.parameters()))
    vector = torch.arange(9.0)
    show(lambda: utils.vector_to_parameters(vector, layer.parameters()))
    show(lambda: (layer.weight, layer.bias))
    show(lambda: utils.vector_to_parameters(3, layer.parameters()))
    show(lambda: utils.parameters_to_vector([]))
    state = {"module.a": 1, "module.b.c": 2, "other": 3}
    torch.nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
    show(lambda: state)


@case
def recurrent_errors(torch, show):
    nn = torch.nn
    for network in (nn.RNN, nn.LSTM, nn.GRU):
        m = network(3, 4)

        def one(state, network=network):
            return (state, state) if network is nn.LSTM else state

        for args in (
            (torch.ones(3),),
            (torch.ones(3, 5),),
            (torch.ones(2, 3, 5),),
            (torch.ones(2, 3, 3).double(),),
            (torch.ones(2, 3, 3), one(torch.ones(1, 4))),
            (torch.ones(2, 3), one(torch.ones(1, 1, 4))),
            (torch.ones(2, 3, 3), one(torch.ones(1, 2, 4))),
            (torch.ones(2, 3), one(torch.ones(1, 5))),
        ):
            show(lambda m=m, args=args: m(*args))
        for args, kwargs in (
            ((3, 4, 2), {"dropout": 2}),
            ((3, 4), {"dropout": 0.5}),
            ((3, 4), {"dropout": True}),
            ((3, 4.5), {}),
            (("a", 4), {}),
            ((3, 4, 0), {}),
            ((3, -4), {}),
            ((3, 4), {"proj_size": -1}),
            ((3, 4), {"proj_size": 5}),
            ((3, 4), {"proj_size": 2}),
        ):
            show(lambda args=args, kwargs=kwargs, network=network: network(*args, **kwargs))
    lstm = nn.LSTM(3, 4)
    show(lambda: lstm(torch.ones(2, 3, 3), (torch.ones(1, 3, 4), torch.ones(1, 3, 5))))
    show(lambda: nn.LSTM(2, 3, 2, bidirectional=True, proj_size=1)._flat_weights_names)
    show(lambda: [tuple(w.shape) for w in lstm.all_weights[0]])
    show(lstm.flatten_parameters)
    show(lambda: nn.RNN(3, 3, nonlinearity="other"))
    for cell in (nn.RNNCell, nn.LSTMCell, nn.GRUCell):
        m = cell(3, 4)

        def both(state, cell=cell):
            return (state, state) if cell is nn.LSTMCell else state

        for args in (
            (torch.ones(1, 1, 3),),
            (torch.ones(2, 5),),
            (torch.ones(2, 3), both(torch.ones(1, 2, 4))),
            (torch.ones(2, 3), both(torch.ones(2, 5))),
            (torch.ones(2, 3), both(torch.ones(3, 4))),
        ):
            show(lambda m=m, args=args: m(*args))
    show(lambda: nn.RNNCell(3, 3, nonlinearity="other")(torch.ones(1, 3)))


@case
def constructor_errors(torch, show):
    nn = torch.nn
    for construct in (
        lambda: nn.Conv2d(3, 4, 3, padding="other"),
        lambda: nn.Conv2d(3, 4, 3, padding="same", stride=2),
        lambda: nn.Conv2d(3, 4, 3, groups=2),
        lambda: nn.Conv2d(4, 3, 3, groups=2),
        lambda: nn.Conv2d(4, 3, 3, groups=0),
        lambda: nn.Conv2d(3, 4, -1),
        lambda: nn.Conv2d(3, 4, 3)._reversed_padding_repeated_twice,
        lambda: nn.Conv2d(3, 4, (3, 4), padding="same")._reversed_padding_repeated_twice,
        lambda: nn.ConvTranspose2d(4, 4, 3, padding_mode="circular"),
        lambda: nn.ConvTranspose2d(3, 4, 3, stride=2)(torch.ones(1, 3, 5, 5), (1,)),
        lambda: nn.ConvTranspose2d(3, 4, 3, stride=2)(torch.ones(1, 3, 5, 5), (30, 30)),
        lambda: nn.ConvTranspose2d(3, 4, 3, stride=2)(torch.ones(1, 3, 5, 5), (12, 12)).shape,
        lambda: nn.ConvTranspose2d(3, 4, 3, stride=2)(torch.ones(1, 3, 5, 5), [1, 4, 12, 12]).shape,
        lambda: nn.Linear(-1, 3),
        lambda: nn.Linear(0, 3),
        lambda: nn.Bilinear(0, 1, 1),
        lambda: nn.Embedding(3, 3, padding_idx=5),
        lambda: nn.EmbeddingBag(3, 3, padding_idx=-7),
        lambda: nn.Embedding(3, 2, _weight=torch.ones(2, 2)),
        lambda: nn.Embedding.from_pretrained(torch.ones(2)),
        lambda: nn.Embedding.from_pretrained(torch.ones(2, 3)).weight,
        lambda: nn.EmbeddingBag.from_pretrained(torch.ones(2, 3), freeze=False).weight,
        lambda: nn.BatchNorm2d(3)(torch.ones(1, 3)),
        lambda: nn.BatchNorm1d(3)(torch.ones(1, 3)),
        lambda: nn.BatchNorm1d(3)(torch.ones(2, 4)),
        lambda: nn.GroupNorm(2, 3),
        lambda: nn.InstanceNorm2d(3)(torch.ones(1, 4, 2, 2)).shape,
        lambda: nn.InstanceNorm2d(3, affine=True)(torch.ones(1, 4, 2, 2)),
        lambda: nn.InstanceNorm2d(3)(torch.ones(1)),
        lambda: nn.InstanceNorm1d(2).load_state_dict({"running_mean": torch.ones(2)}),
        lambda: nn.Dropout(2),
        lambda: nn.Unflatten(1, 3),
        lambda: nn.Unflatten(1, (2, "a")),
        lambda: nn.CircularPad1d(1)(torch.ones(1)),
        lambda: nn.Softmax2d()(torch.ones(2)),
        lambda: nn.Hardtanh(2, 1),
        lambda: nn.Hardtanh(min_value=1, max_value=2),
    ):
        show(construct)


@case
def more_constructor_errors(torch, show):
    nn = torch.nn
    for construct in (
        lambda: nn.MultiheadAttention(5, 2),
        lambda: nn.MultiheadAttention(0, 2),
        lambda: nn.Transformer(nhead=3),
        lambda: nn.TransformerEncoderLayer(4, 2, 8, activation="other"),
        lambda: nn.TransformerEncoder(nn.ReLU(), 2),
        lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 1).use_nested_tensor,
        lambda: nn.Transformer(4, 2, 1, 1, 8)(torch.ones(2, 3, 4), torch.ones(2, 2, 4)),
        lambda: nn.Transformer(4, 2, 1, 1, 8)(torch.ones(2, 3, 5), torch.ones(2, 3, 5)),
        lambda: nn.Transformer.generate_square_subsequent_mask(3),
        lambda: nn.CrossEntropyLoss(reduction="other")(torch.ones(2, 2), torch.tensor([0, 1])),
        lambda: nn.MSELoss(size_average=True),
        lambda: nn.MultiMarginLoss(p=3),
        lambda: nn.MultiMarginLoss(weight=torch.ones(2, 2)),
        lambda: nn.TripletMarginLoss(margin=-1),
        lambda: nn.TripletMarginWithDistanceLoss(margin=-1),
        lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 6, []),
        lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 6, [7]),
        lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2])(torch.ones(3, 4), torch.tensor([9, 0, 1])),
        lambda: nn.RMSNorm((2, 3)),
        lambda: nn.LayerNorm([2, 3], bias=False),
        lambda: nn.Embedding(5, 3, 1, 1.0, 3.0, True, True),
        lambda: nn.EmbeddingBag(5, 3, 1.0, 3.0, True, "sum", padding_idx=1),
        lambda: nn.LSTM(3, 4, 2, False, True, 0.1, True, 2),
        lambda: nn.RNNCell(3, 4, False, "relu"),
        lambda: nn.Threshold(1, 2, True),
        lambda: nn.RReLU(inplace=True),
        lambda: nn.Hardswish(True),
        lambda: nn.SiLU(True),
    ):
        show(construct)


@pytest.mark.parametrize("fn", CASES, ids=lambda fn: fn.__name__)
def test_same_as_torch(fn):
    compare(fn)
