"""Prints: tensors of every kind, modules, optimizers, and what a reader of a tutorial looks at."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(3, 4, requires_grad=True)
print(x, x.shape, x.dtype, x.device, sep="\n")
print((x * 2).sum(), x.T, x[0], x[:, 1:3], sep="\n")
print(torch.arange(20).view(4, 5), torch.rand(2, 3, 4), sep="\n")
print(torch.tensor([1e-8, 1.0, 1e8]), torch.tensor([True, False]), torch.tensor([]), sep="\n")
print(torch.tensor([1 + 2j]), torch.tensor(3.5), torch.tensor([float("nan"), float("inf")]))
print(torch.zeros(1000), torch.ones(50, 50), sep="\n")
print(torch.ones(2, dtype=torch.float64), torch.ones(2, dtype=torch.bfloat16))
print(torch.linspace(0, 1, 7), torch.eye(3, dtype=torch.int32), sep="\n")
print(f"{x.mean():.4f}", x.max().item(), x.argmax(), x.std(), x.norm())
print(torch.sort(x, dim=1), x.topk(2), x.max(dim=0), sep="\n")
print(torch.unique(torch.tensor([3, 1, 3, 2]), return_counts=True))
torch.set_printoptions(precision=2, sci_mode=False)
print(x)
torch.set_printoptions(profile="default")

net = nn.ModuleDict(
    {
        "conv": nn.Sequential(nn.Conv2d(3, 8, 3, padding="same"), nn.BatchNorm2d(8), nn.ReLU()),
        "rnn": nn.LSTM(4, 8, num_layers=2, bidirectional=True),
        "attention": nn.MultiheadAttention(8, 2),
        "layers": nn.ModuleList([nn.Linear(2, 2) for _ in range(3)]),
        "embedding": nn.Embedding(10, 3, padding_idx=0),
    }
)
print(net)
print([name for name, _ in net.named_parameters()])
print({k: tuple(v.shape) for k, v in net.state_dict().items()})
print(net["layers"][0].weight)
optimizer = torch.optim.SGD(
    [{"params": net["conv"].parameters()}, {"params": net["rnn"].parameters(), "lr": 0.5}],
    lr=0.1,
    momentum=0.9,
)
print(optimizer)
print(torch.optim.Adam(net["layers"].parameters()))
print(nn.CrossEntropyLoss(), torch.Size([2, 3]), torch.float32, torch.device("cpu"))
