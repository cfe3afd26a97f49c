"""Regression in float64 with LBFGS: a closure, strong Wolfe line search, a small network and a
logistic model with a penalty."""

import torch
import torch.nn.functional as F
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(3)
x = torch.linspace(-2, 2, 64).unsqueeze(1)
y = torch.sin(3 * x) + 0.05 * torch.randn_like(x)
model = nn.Sequential(nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, 1))
optimizer = torch.optim.LBFGS(
    model.parameters(), lr=0.8, max_iter=10, history_size=8, line_search_fn="strong_wolfe"
)
calls = 0


def closure():
    global calls
    calls += 1
    optimizer.zero_grad()
    loss = F.mse_loss(model(x), y) + 1e-4 * sum(p.square().sum() for p in model.parameters())
    loss.backward()
    return loss


for step in range(6):
    loss = optimizer.step(closure)
    print(f"step {step} loss {loss.item():.8f} calls {calls}")

features = torch.randn(80, 5)
labels = (features @ torch.tensor([1.0, -2.0, 0.5, 0.0, 1.5]) > 0.3).to(torch.get_default_dtype())
weights, bias = torch.zeros(5, requires_grad=True), torch.zeros((), requires_grad=True)
plain = torch.optim.LBFGS([weights, bias], lr=0.3, max_iter=5, tolerance_grad=1e-9)


def logistic():
    plain.zero_grad()
    loss = F.binary_cross_entropy_with_logits(features @ weights + bias, labels)
    loss = loss + 0.01 * weights.norm() ** 2
    loss.backward()
    return loss


for _ in range(5):
    print(f"logistic {plain.step(logistic).item():.8f}")
print("weights", [f"{w:.5f}" for w in weights.tolist()], f"bias {bias.item():.5f}")
print(weights.dtype, next(model.parameters()).dtype)
