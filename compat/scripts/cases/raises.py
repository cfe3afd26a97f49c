"""A script that ends in an error, as scripts do: a layer that does not fit the one before."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(100, 10))
print(net)
images = torch.randn(2, 1, 8, 8)
print("features:", net[:3](images).shape)
print("and now:", net(images))
