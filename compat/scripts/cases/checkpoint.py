"""Trains, stops, and goes on from a file in a fresh model: the losses must not notice."""

import torch
from torch import nn


def build():
    torch.manual_seed(3)
    model = nn.Sequential(
        nn.Linear(8, 32), nn.LayerNorm(32), nn.GELU(), nn.Dropout(0.1), nn.Linear(32, 1)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.01)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40)
    return model, optimizer, scheduler


def train(model, optimizer, scheduler, steps, x, y):
    losses = []
    for _ in range(steps):
        pick = torch.randperm(len(x))[:16]
        loss = nn.functional.mse_loss(model(x[pick]), y[pick])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    return losses


torch.manual_seed(0)
x = torch.randn(128, 8)
y = torch.sin(x.sum(dim=1, keepdim=True))

model, optimizer, scheduler = build()
whole = train(model, optimizer, scheduler, 20, x, y)
torch.save(
    {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": torch.get_rng_state(),
    },
    "checkpoint.pt",
)
whole += train(model, optimizer, scheduler, 20, x, y)

model, optimizer, scheduler = build()
saved = torch.load("checkpoint.pt", weights_only=True)
print(model.load_state_dict(saved["model"]))
optimizer.load_state_dict(saved["optimizer"])
scheduler.load_state_dict(saved["scheduler"])
torch.set_rng_state(saved["rng"])
resumed = train(model, optimizer, scheduler, 20, x, y)

print("first losses ", [round(v, 5) for v in whole[:5]])
print("last losses  ", [round(v, 5) for v in whole[-5:]])
print("resumed as if nothing had happened:", whole[20:] == resumed)
print("learning rate", optimizer.param_groups[0]["lr"])
print(sorted(saved["optimizer"]["state"][0]), saved["optimizer"]["param_groups"][0]["params"])
