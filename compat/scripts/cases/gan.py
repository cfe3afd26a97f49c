"""Two networks against each other on a ring of points: two optimizers, detach, eval statistics."""

import math

import torch
from torch import nn


def ring(count):
    angle = torch.rand(count) * 2 * math.pi
    return torch.stack([angle.cos(), angle.sin()], dim=1) + 0.02 * torch.randn(count, 2)


torch.manual_seed(11)
generator = nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 2))
critic = nn.Sequential(nn.Linear(2, 32), nn.Softplus(), nn.Linear(32, 1))
g_optimizer = torch.optim.RMSprop(generator.parameters(), lr=1e-3)
c_optimizer = torch.optim.RMSprop(critic.parameters(), lr=1e-3)
loss_fn = nn.BCEWithLogitsLoss()
ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)

for step in range(1, 121):
    fake = generator(torch.randn(64, 8))
    c_loss = loss_fn(critic(ring(64)), ones) + loss_fn(critic(fake.detach()), zeros)
    c_optimizer.zero_grad()
    c_loss.backward()
    c_optimizer.step()

    g_loss = loss_fn(critic(fake), ones)
    g_optimizer.zero_grad()
    g_loss.backward()
    g_optimizer.step()
    if step % 20 == 0:
        print(f"step {step:3d}  critic {c_loss.item():.5f}  generator {g_loss.item():.5f}")

with torch.inference_mode():
    points = generator(torch.randn(500, 8))
    print("mean radius", points.norm(dim=1).mean())
    print("spread", torch.std_mean(points, dim=0))
