"""Mixed precision on the CPU: autocast to bfloat16 around forward, a disabled island inside, and a
GradScaler that has nothing to do there."""

import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv1d(4, 8, 3, padding=1), nn.GroupNorm(2, 8)
        self.hidden, self.out = nn.Linear(64, 32), nn.Linear(32, 3)

    def forward(self, x):
        h = F.gelu(self.norm(self.conv(x)))
        h = self.hidden(h.flatten(1))
        with torch.autocast("cpu", enabled=False):
            h = F.layer_norm(h.float(), (32,)).tanh()
        return self.out(h)


torch.manual_seed(12)
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cpu", enabled=False)
x, y = torch.randn(96, 4, 8), torch.randint(0, 3, (96,))
for step in range(24):
    pick = torch.randperm(96)[:32]
    with torch.autocast(device_type="cpu", dtype=torch.bfloat16):
        logits = model(x[pick])
        loss = F.cross_entropy(logits, y[pick])
    if step == 0:
        print(logits.dtype, loss.dtype, (x @ x.mT).dtype)
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    scaler.step(optimizer)
    scaler.update()
    print(f"step {step} loss {loss.item():.5f}")
print(next(model.parameters()).dtype, model.conv.weight.grad.dtype, scaler.get_scale())
