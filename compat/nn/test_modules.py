"""Every module beside real torch: from the same seed the same initial parameters, and then the same
text, state_dict keys, outputs, gradients of inputs and parameters, and buffers, in training and in
evaluation. A case is a construction and its inputs, both as source: x(…) is a tensor drawn from a
normal distribution that requires a gradient, c(n, …) holds classes below n, u(…) lies in (0, 1)."""

import warnings

import numpy as np
import pytest
import torch as real

import jtorch

CASES = """
Linear(5, 3)                                             | x(4, 5)
Linear(5, 3, bias=False)                                 | x(2, 4, 5)
Linear(5, 3)                                             | x(5)
Bilinear(3, 4, 2)                                        | x(5, 3), x(5, 4)
Bilinear(3, 4, 2, bias=False)                            | x(5, 3), x(5, 4)
Identity()                                               | x(2, 3)
Flatten()                                                | x(2, 3, 4)
Flatten(0, 1)                                            | x(2, 3, 4)
Unflatten(1, (2, 3))                                     | x(2, 6)
Conv1d(3, 4, 3)                                          | x(2, 3, 10)
Conv1d(4, 6, 3, stride=2, padding=1, dilation=2, groups=2) | x(2, 4, 12)
Conv1d(2, 3, 4, padding='same')                          | x(2, 2, 9)
Conv2d(3, 4, 3)                                          | x(2, 3, 8, 8)
Conv2d(3, 4, 3)                                          | x(3, 8, 8)
Conv2d(3, 4, (3, 2), stride=(2, 1), padding=(1, 0), bias=False) | x(2, 3, 8, 7)
Conv2d(4, 8, 3, groups=4, dilation=2)                    | x(2, 4, 9, 9)
Conv2d(2, 3, 3, padding='same')                          | x(2, 2, 6, 6)
Conv2d(2, 3, 3, padding='valid')                         | x(2, 2, 6, 6)
Conv2d(2, 3, 3, padding=1, padding_mode='reflect')       | x(2, 2, 6, 6)
Conv2d(2, 3, 3, padding=1, padding_mode='replicate')     | x(2, 2, 6, 6)
Conv2d(2, 3, 3, padding=1, padding_mode='circular')      | x(2, 2, 6, 6)
Conv3d(2, 3, 2)                                          | x(2, 2, 4, 5, 4)
Conv3d(2, 2, 3, padding=1, stride=2)                     | x(1, 2, 5, 5, 5)
ConvTranspose1d(3, 4, 3, stride=2)                       | x(2, 3, 6)
ConvTranspose2d(3, 4, 3)                                 | x(2, 3, 5, 5)
ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2) | x(2, 4, 5, 5)
ConvTranspose2d(3, 4, 4, stride=2, padding=1, bias=False) | x(2, 3, 4, 4)
ConvTranspose2d(2, 2, 3, dilation=2)                     | x(1, 2, 4, 4)
ConvTranspose3d(2, 3, 2, stride=2)                       | x(1, 2, 3, 3, 3)
MaxPool1d(2)                                             | x(2, 3, 9)
MaxPool1d(3, stride=2, padding=1)                        | x(2, 3, 9)
MaxPool2d(2)                                             | x(2, 3, 6, 6)
MaxPool2d(3, stride=2, padding=1, ceil_mode=True)        | x(2, 3, 8, 8)
MaxPool2d(2, dilation=2)                                 | x(2, 3, 7, 7)
MaxPool2d(2, return_indices=True)                        | x(2, 3, 6, 6)
MaxPool3d(2)                                             | x(1, 2, 4, 4, 4)
AvgPool1d(2)                                             | x(2, 3, 9)
AvgPool2d(2)                                             | x(2, 3, 6, 6)
AvgPool2d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False) | x(2, 3, 8, 8)
AvgPool2d(2, divisor_override=3)                         | x(2, 3, 6, 6)
AvgPool3d(2)                                             | x(1, 2, 4, 4, 4)
AdaptiveAvgPool1d(3)                                     | x(2, 3, 8)
AdaptiveAvgPool2d(1)                                     | x(2, 3, 6, 6)
AdaptiveAvgPool2d((None, 3))                             | x(2, 3, 6, 7)
AdaptiveAvgPool3d(2)                                     | x(1, 2, 5, 4, 4)
AdaptiveMaxPool1d(3)                                     | x(2, 3, 8)
AdaptiveMaxPool2d((3, 2))                                | x(2, 3, 7, 6)
AdaptiveMaxPool3d(2)                                     | x(1, 2, 5, 4, 4)
LPPool1d(2, 3)                                           | u(2, 3, 9)
LPPool2d(2, 2, stride=1)                                 | u(2, 3, 6, 6)
BatchNorm1d(4)                                           | x(6, 4)
BatchNorm1d(4, momentum=None)                            | x(6, 4, 3)
BatchNorm2d(3)                                           | x(4, 3, 5, 5)
BatchNorm2d(3, affine=False, track_running_stats=False)  | x(4, 3, 5, 5)
BatchNorm2d(3, eps=1e-3, momentum=0.3, bias=False)       | x(4, 3, 5, 5)
BatchNorm3d(2)                                           | x(2, 2, 3, 3, 3)
SyncBatchNorm(3)                                         | x(4, 3, 5)
LayerNorm(6)                                             | x(2, 3, 6)
LayerNorm((3, 6), bias=False)                            | x(2, 3, 6)
LayerNorm(6, elementwise_affine=False)                   | x(2, 6)
RMSNorm(6)                                               | x(2, 3, 6)
RMSNorm((3, 6), eps=1e-3)                                | x(2, 3, 6)
GroupNorm(2, 6)                                          | x(2, 6, 4, 4)
GroupNorm(3, 6, affine=False)                            | x(2, 6, 5)
InstanceNorm1d(3)                                        | x(2, 3, 6)
InstanceNorm2d(3, affine=True)                           | x(2, 3, 5, 5)
InstanceNorm2d(3, track_running_stats=True)              | x(2, 3, 5, 5)
InstanceNorm3d(2)                                        | x(2, 2, 3, 3, 3)
InstanceNorm1d(3)                                        | x(3, 6)
LocalResponseNorm(3)                                     | x(2, 5, 6)
LocalResponseNorm(2, alpha=0.1)                          | x(2, 5, 4, 4)
Dropout(0.3)                                             | x(4, 30)
Dropout(1.0)                                             | x(4, 5)
Dropout1d(0.5)                                           | x(3, 8, 5)
Dropout2d(0.5)                                           | x(3, 8, 4, 4)
Dropout3d(0.4)                                           | x(3, 8, 2, 2, 2)
AlphaDropout(0.3)                                        | x(4, 30)
FeatureAlphaDropout(0.3)                                 | x(4, 10, 3)
ReLU()                                                   | x(3, 4)
ReLU6()                                                  | x(3, 4) * 5
RReLU()                                                  | x(5, 6)
SELU()                                                   | x(3, 4)
CELU(0.7)                                                | x(3, 4)
ELU(1.5)                                                 | x(3, 4)
GELU()                                                   | x(3, 4)
GELU('tanh')                                             | x(3, 4)
SiLU()                                                   | x(3, 4)
Mish()                                                   | x(3, 4)
Sigmoid()                                                | x(3, 4)
Tanh()                                                   | x(3, 4)
Hardtanh(-0.5, 0.8)                                      | x(3, 4)
Hardsigmoid()                                            | x(3, 4) * 3
Hardswish()                                              | x(3, 4) * 3
Hardshrink(0.4)                                          | x(3, 4)
Softshrink(0.4)                                          | x(3, 4)
Tanhshrink()                                             | x(3, 4)
Softsign()                                               | x(3, 4)
Softplus(2.0, 1.5)                                       | x(3, 4)
LogSigmoid()                                             | x(3, 4)
LeakyReLU(0.2)                                           | x(3, 4)
PReLU()                                                  | x(3, 4)
PReLU(4)                                                 | x(3, 4, 2)
Threshold(0.1, 20.0)                                     | x(3, 4)
GLU(1)                                                   | x(3, 4)
Softmax(1)                                               | x(3, 4)
Softmax()                                                | x(3, 4)
LogSoftmax(-1)                                           | x(3, 4)
Softmin(0)                                               | x(3, 4)
Softmax2d()                                              | x(2, 3, 4, 4)
Embedding(10, 3)                                         | c(10, 2, 4)
Embedding(10, 3, padding_idx=2)                          | c(10, 2, 4)
Embedding(10, 3, max_norm=1.0)                           | c(10, 2, 4)
Embedding(10, 3, scale_grad_by_freq=True)                | c(10, 2, 9)
EmbeddingBag(10, 3)                                      | c(10, 2, 4)
EmbeddingBag(10, 3, mode='sum')                          | c(10, 8), i(0, 3, 3, 5)
EmbeddingBag(10, 3, mode='max')                          | c(10, 2, 4)
EmbeddingBag(10, 3, padding_idx=1)                       | c(10, 2, 6)
RNN(3, 4)                                                | x(5, 2, 3)
RNN(3, 4, 2, nonlinearity='relu', bidirectional=True)    | x(5, 2, 3), x(4, 2, 4)
LSTM(3, 4)                                               | x(5, 2, 3)
LSTM(3, 4, 2, batch_first=True, bidirectional=True)      | x(2, 5, 3)
LSTM(3, 4, proj_size=2)                                  | x(5, 2, 3)
LSTM(3, 4, 2, bias=False)                                | x(5, 2, 3), (x(2, 2, 4), x(2, 2, 4))
LSTM(3, 4, 2, dropout=0.5)                               | x(5, 2, 3)
LSTM(3, 4)                                               | x(5, 3)
GRU(3, 4, 2, dropout=0.4, batch_first=True)              | x(2, 5, 3)
GRU(3, 4, 2)                                             | x(5, 2, 3)
GRU(3, 4, bidirectional=True)                            | x(5, 2, 3), x(2, 2, 4)
GRU(3, 4)                                                | packed(x(5, 3, 3), [5, 3, 2])
LSTM(3, 4, 2, bidirectional=True)                        | packed(x(5, 3, 3), [2, 5, 1])
LSTM(3, 4, 3, dropout=0.4)                               | packed(x(5, 3, 3), [2, 5, 1])
GRU(3, 4, 2, dropout=0.4, bidirectional=True)            | packed(x(5, 3, 3), [2, 5, 1])
RNN(3, 4, batch_first=True)                              | packed(x(5, 3, 3), [5, 3, 2])
RNNCell(3, 4)                                            | x(2, 3), x(2, 4)
RNNCell(3, 4, nonlinearity='relu')                       | x(3)
LSTMCell(3, 4)                                           | x(2, 3), (x(2, 4), x(2, 4))
LSTMCell(3, 4, bias=False)                               | x(2, 3)
GRUCell(3, 4)                                            | x(2, 3), x(2, 4)
MultiheadAttention(8, 2)                                 | x(5, 2, 8), x(4, 2, 8), x(4, 2, 8)
MultiheadAttention(8, 2, batch_first=True)               | *[x(2, 5, 8)] * 3
MultiheadAttention(8, 2, dropout=0.3)                    | *[x(5, 2, 8)] * 3
MultiheadAttention(8, 2, kdim=3, vdim=5)                 | x(5, 2, 8), x(4, 2, 3), x(4, 2, 5)
MultiheadAttention(8, 4, bias=False, add_bias_kv=True, add_zero_attn=True) | *[x(5, 2, 8)] * 3
MultiheadAttention(8, 2)                                 | *[x(5, 8)] * 3
MultiheadAttention(8, 2)                                 | *[x(5, 2, 8)] * 3, pads(2, 5)
MultiheadAttention(8, 2)                                 | *[x(5, 2, 8)] * 3, None, False, causal(5)
TransformerEncoderLayer(8, 2, 16, dropout=0.2)           | x(5, 2, 8)
TransformerEncoderLayer(8, 2, 16, 0.0, 'gelu', batch_first=True, norm_first=True) | x(2, 5, 8)
TransformerDecoderLayer(8, 2, 16, dropout=0.0)           | x(5, 2, 8), x(4, 2, 8)
TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, 0.0), 2) | x(5, 2, 8), causal(5)
TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True), 2) | x(2, 5, 8), None, pads(2, 5)
TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16, 0.0), 2, nn.LayerNorm(8)) | x(5, 2, 8), x(4, 2, 8)
Transformer(8, 2, 1, 1, 16, dropout=0.0)                 | x(5, 2, 8), x(4, 2, 8)
Transformer(8, 2, 1, 1, 16, dropout=0.1, batch_first=True) | x(2, 5, 8), x(2, 4, 8)
PixelShuffle(2)                                          | x(2, 8, 3, 3)
PixelUnshuffle(2)                                        | x(2, 2, 4, 4)
ChannelShuffle(2)                                        | x(2, 4, 3, 3)
Upsample(scale_factor=2)                                 | x(2, 3, 4, 4)
Upsample(size=(7, 5), mode='bilinear')                   | x(2, 3, 4, 4)
Upsample(scale_factor=1.5, mode='bilinear', align_corners=True) | x(2, 3, 4, 4)
Upsample(scale_factor=2, mode='bicubic')                 | x(2, 3, 4, 4)
Upsample(scale_factor=2, mode='linear')                  | x(2, 3, 4)
Upsample(scale_factor=2, mode='trilinear')               | x(1, 2, 3, 3, 3)
Upsample(size=6, mode='area')                            | x(2, 3, 4, 4)
UpsamplingNearest2d(scale_factor=2)                      | x(2, 3, 4, 4)
UpsamplingBilinear2d(scale_factor=2)                     | x(2, 3, 4, 4)
ZeroPad1d(2)                                             | x(2, 3, 4)
ZeroPad2d((1, 2, 0, 1))                                  | x(2, 3, 4, 4)
ConstantPad1d((1, -1), 3.5)                              | x(2, 3, 4)
ConstantPad3d(1, 2.0)                                    | x(1, 2, 3, 3, 3)
ReflectionPad1d(2)                                       | x(2, 3, 4)
ReflectionPad2d((1, 2, 0, 1))                            | x(2, 3, 4, 4)
ReflectionPad3d(1)                                       | x(1, 2, 3, 3, 3)
ReplicationPad1d(2)                                      | x(2, 3, 4)
ReplicationPad2d(1)                                      | x(2, 3, 4, 4)
ReplicationPad3d(1)                                      | x(1, 2, 3, 3, 3)
CircularPad1d((1, 2))                                    | x(2, 3, 4)
CircularPad2d(1)                                         | x(2, 3, 4, 4)
CircularPad3d(1)                                         | x(1, 2, 3, 3, 3)
Unfold(2)                                                | x(2, 3, 4, 5)
Unfold((2, 3), dilation=(1, 2), padding=1, stride=2)     | x(2, 3, 6, 7)
Fold((4, 5), 2)                                          | x(2, 12, 12)
CosineSimilarity()                                       | x(4, 5), x(4, 5)
CosineSimilarity(dim=0)                                  | x(4, 5), x(4, 5)
PairwiseDistance()                                       | x(4, 5), x(4, 5)
PairwiseDistance(p=1, keepdim=True)                      | x(4, 5), x(4, 5)
L1Loss()                                                 | x(4, 5), x(4, 5)
MSELoss()                                                | x(4, 5), x(4, 5)
MSELoss(reduction='none')                                | x(4, 5), x(4, 5)
SmoothL1Loss(beta=0.5)                                   | x(4, 5), x(4, 5)
SmoothL1Loss(reduction='sum', beta=0.0)                  | x(4, 5), x(4, 5)
HuberLoss(delta=0.7)                                     | x(4, 5), x(4, 5)
NLLLoss()                                                | x(4, 5), c(5, 4)
NLLLoss(ignore_index=1, reduction='none')                | x(4, 5, 3), c(5, 4, 3)
CrossEntropyLoss()                                       | x(4, 5), c(5, 4)
CrossEntropyLoss(torch.tensor([1.0, 2.0, 0.5, 1.0, 3.0])) | x(4, 5), c(5, 4)
CrossEntropyLoss(ignore_index=2, reduction='sum')        | x(6, 5), c(5, 6)
CrossEntropyLoss(ignore_index=2, label_smoothing=0.1)    | x(6, 5), c(5, 6)
CrossEntropyLoss(torch.tensor([1.0, 2.0, 0.5]), label_smoothing=0.1, ignore_index=0) | x(6, 3), c(3, 6)
CrossEntropyLoss(label_smoothing=0.2, reduction='none')  | x(2, 5, 3), c(5, 2, 3)
CrossEntropyLoss()                                       | x(4, 5), u(4, 5)
CrossEntropyLoss(torch.tensor([1.0, 2.0, 0.5]), label_smoothing=0.3) | x(4, 3, 2), u(4, 3, 2)
CrossEntropyLoss()                                       | x(5), c(5)
LinearCrossEntropyLoss(3, 4)                             | x(5, 3), c(4, 5)
LinearCrossEntropyLoss(3, 4, out_features=(2,), bias=True, label_smoothing=0.1) | x(5, 3), c(4, 5, 2)
KLDivLoss()                                              | x(4, 5), u(4, 5)
KLDivLoss(reduction='batchmean', log_target=True)        | x(4, 5), x(4, 5)
BCELoss()                                                | u(4, 5), u(4, 5)
BCELoss(torch.tensor([1.0, 2.0, 0.5]), reduction='sum')  | u(4, 3), u(4, 3)
BCEWithLogitsLoss()                                      | x(4, 5), u(4, 5)
BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 2.0, 0.5]), reduction='none') | x(4, 3), u(4, 3)
PoissonNLLLoss(full=True)                                | x(4, 5), u(4, 5) * 5
PoissonNLLLoss(log_input=False)                          | u(4, 5), u(4, 5)
GaussianNLLLoss(full=True)                               | x(4, 5), x(4, 5), u(4, 5)
GaussianNLLLoss()                                        | x(4, 5), x(4, 5), u(4, 1)
HingeEmbeddingLoss(0.7)                                  | x(4, 5), signs(4, 5)
SoftMarginLoss()                                         | x(4, 5), signs(4, 5)
MultiLabelSoftMarginLoss()                               | x(4, 5), c(2, 4, 5).float()
MultiLabelMarginLoss()                                   | x(2, 4), i2([[3, 0, -1, 1], [1, -1, 2, 3]])
MultiMarginLoss()                                        | x(4, 5), c(5, 4)
MultiMarginLoss(p=2, margin=0.5, weight=torch.tensor([1.0, 2.0, 0.5])) | x(4, 3), c(3, 4)
CosineEmbeddingLoss(0.2)                                 | x(4, 5), x(4, 5), signs(4)
MarginRankingLoss(0.1)                                   | x(4), x(4), signs(4)
TripletMarginLoss()                                      | x(4, 5), x(4, 5), x(4, 5)
TripletMarginLoss(p=1, swap=True, margin=2.0)            | x(4, 5), x(4, 5), x(4, 5)
TripletMarginWithDistanceLoss(margin=0.5)                | x(4, 5), x(4, 5), x(4, 5)
CTCLoss()                                                | logits(6, 2, 4), c1(4, 2, 3), i(6, 5), i(3, 2)
CTCLoss(reduction='none', zero_infinity=True)            | logits(6, 2, 4), c1(4, 2, 3), i(6, 2), i(3, 3)
AdaptiveLogSoftmaxWithLoss(8, 9, [3, 5], div_value=2.0)     | x(4, 8), i(0, 4, 7, 2)
DataParallel(nn.Linear(3, 2))                            | x(4, 3)
Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(32, 3)) | x(2, 1, 6, 6)
"""  # noqa: E501
ROWS = [tuple(part.strip() for part in line.split("|")) for line in CASES.strip().splitlines()]


class Inputs:
    """What the inputs of a case may call; the same numbers in both libraries."""

    def __init__(self, torch):
        self.torch = torch
        self.rng = np.random.default_rng(7)
        self.leaves = []

    def x(self, *shape):
        return self.leaf(self.rng.standard_normal(shape).astype("float32"))

    def u(self, *shape):
        return self.leaf(self.rng.uniform(0.05, 0.95, shape).astype("float32"))

    def leaf(self, array):
        tensor = self.torch.tensor(array, requires_grad=True)
        self.leaves.append(tensor)
        return tensor

    def c(self, n, *shape):
        return self.torch.tensor(self.rng.integers(0, n, shape))

    def c1(self, n, *shape):
        return self.torch.tensor(self.rng.integers(1, n, shape))

    def i(self, *values):
        return self.torch.tensor(values)

    def i2(self, values):
        return self.torch.tensor(values)

    def signs(self, *shape):
        return self.torch.tensor(self.rng.choice([-1.0, 1.0], shape).astype("float32"))

    def logits(self, *shape):
        return self.x(*shape).log_softmax(-1)

    def causal(self, n):
        return self.torch.nn.Transformer.generate_square_subsequent_mask(n)

    def pads(self, batch, n):
        mask = self.torch.zeros(batch, n, dtype=self.torch.bool)
        mask[0, n - 2 :] = True
        return mask

    def packed(self, tensor, lengths):
        pack = self.torch.nn.utils.rnn.pack_padded_sequence
        return pack(tensor, lengths, enforce_sorted=False)

    def env(self):
        names = "x u c c1 i i2 signs logits causal pads packed".split()
        return {name: getattr(self, name) for name in names}


def tensors(torch, value):
    """The tensors in a nested result."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, (tuple, list)):
        return [t for part in value for t in tensors(torch, part)]
    return []


def array(tensor):
    return None if tensor is None else np.array(tensor.detach().numpy())


def objective(torch, outputs):
    """A scalar that weighs every element of every output differently."""
    rng = np.random.default_rng(11)
    total = 0
    for out in outputs:
        if out.is_floating_point() and out.requires_grad:
            weight = rng.standard_normal(tuple(out.shape)).astype("float32")
            total = total + (out * torch.tensor(weight)).sum()
    return total


def run(torch, construction, inputs):
    """Everything about the case that must agree."""
    nn, found = torch.nn, {}
    torch.manual_seed(3)
    module = eval("nn." + construction, {"nn": nn, "torch": torch})
    found["text"] = repr(module)
    found["keys"] = list(module.state_dict())
    for name, tensor in module.state_dict().items():
        found[f"initial {name}"] = array(tensor)
    torch.manual_seed(5)
    source = Inputs(torch)
    given = eval(f"[{inputs}]", source.env())
    outputs = tensors(torch, module(*given))
    for k, out in enumerate(outputs):
        found[f"output {k}"] = array(out)
    total = objective(torch, outputs)
    if isinstance(total, torch.Tensor):
        total.backward()
    for k, leaf in enumerate(source.leaves):
        found[f"gradient of input {k}"] = array(leaf.grad)
    for name, parameter in module.named_parameters():
        found[f"gradient of {name}"] = array(parameter.grad)
    for name, buffer in module.named_buffers():
        found[f"buffer {name}"] = array(buffer)
    module.eval()
    with torch.no_grad():
        for k, out in enumerate(tensors(torch, module(*given))):
            found[f"evaluated {k}"] = array(out)
    return found


@pytest.mark.parametrize(("construction", "inputs"), ROWS, ids=lambda part: part.replace(" ", ""))
def test_same_as_torch(construction, inputs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        want, have = run(real, construction, inputs), run(jtorch, construction, inputs)
    assert list(have) == list(want)
    for name, value in want.items():
        if not isinstance(value, np.ndarray):
            assert (have[name] is None) if value is None else (have[name] == value), name
            continue
        assert have[name].dtype == value.dtype, name
        tight = 2e-7 if name.startswith("initial") else 2e-5
        np.testing.assert_allclose(have[name], value, rtol=tight * 5, atol=tight, err_msg=name)
