"""Stochastic weight averaging: an averaged model with its own batch statistics, an exponential
average beside it, a schedule that hands over to SWALR."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.swa_utils import SWALR, AveragedModel, get_ema_multi_avg_fn, update_bn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(6)
x = torch.rand(192, 2) * 4 - 2
y = (torch.sin(2 * x[:, 0]) * x[:, 1]).unsqueeze(1)
loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
model = nn.Sequential(
    nn.Linear(2, 32), nn.BatchNorm1d(32), nn.ELU(), nn.Linear(32, 32), nn.BatchNorm1d(32),
    nn.ELU(), nn.Linear(32, 1),
)  # fmt: skip
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
averaged = AveragedModel(model)
ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)
swa_schedule = SWALR(optimizer, swa_lr=0.02, anneal_epochs=3, anneal_strategy="linear")

for epoch in range(10):
    for bx, by in loader:
        optimizer.zero_grad()
        loss = F.mse_loss(model(bx), by)
        loss.backward()
        optimizer.step()
        ema.update_parameters(model)
        print(f"loss {loss.item():.6f}")
    if epoch >= 5:
        averaged.update_parameters(model)
        swa_schedule.step()
    else:
        schedule.step()
    print(f"epoch {epoch} lr {optimizer.param_groups[0]['lr']:.6f}")
update_bn(loader, averaged)
with torch.no_grad():
    for name, each in (("last", model), ("averaged", averaged), ("ema", ema)):
        each.eval()
        print(f"{name} {F.mse_loss(each(x), y):.6f}")
print("averaged over", averaged.n_averaged.item(), "and", ema.n_averaged.item())
