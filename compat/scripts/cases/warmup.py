"""An encoder-decoder transformer learns to add: masks, warm-up schedule, tied weights, gradients
accumulated over two batches."""

import torch
import torch.nn.functional as F
from torch import nn

WIDTH, WARMUP = 32, 10


class Adder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.place = nn.Embedding(13, WIDTH), nn.Parameter(torch.empty(8, WIDTH))
        nn.init.trunc_normal_(self.place, std=0.1)
        self.transformer = nn.Transformer(
            WIDTH, nhead=4, num_encoder_layers=2, num_decoder_layers=2, dim_feedforward=64,
            dropout=0.1, activation="gelu", batch_first=True, norm_first=True,
        )  # fmt: skip
        self.out = nn.Linear(WIDTH, 13, bias=False)
        self.out.weight = self.embed.weight

    def forward(self, source, target):
        mask = nn.Transformer.generate_square_subsequent_mask(target.size(1))
        place = self.place
        h = self.transformer(
            self.embed(source) + place[: source.size(1)],
            self.embed(target) + place[: target.size(1)],
            tgt_mask=mask, tgt_is_causal=True, src_key_padding_mask=source == 12,
        )  # fmt: skip
        return self.out(h)


def digits(n, width):
    return torch.tensor([[int(c) for c in f"{i:0{width}d}"] for i in n.tolist()])


def batch(size=16):
    a, b = torch.randint(0, 100, (2, size))
    plus = torch.full((size, 1), 10)
    source = torch.cat([digits(a, 2), plus, digits(b, 2)], dim=1)
    source[a < 10, 0] = 12  # leading zeros are padding
    answer = digits(a + b, 3)
    start = torch.full((size, 1), 11)
    return source, torch.cat([start, answer[:, :-1]], dim=1), answer


torch.manual_seed(9)
model = Adder()
optimizer = torch.optim.AdamW(model.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
rate = lambda step: WIDTH**-0.5 * min((step + 1) ** -0.5, (step + 1) * WARMUP**-1.5) / 10  # noqa: E731
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
for _ in range(20):
    for _half in range(2):
        source, target, answer = batch()
        loss = F.cross_entropy(model(source, target).flatten(0, 1), answer.flatten()) / 2
        loss.backward()
        print(f"loss {2 * loss.item():.6f}", end=" ")
    optimizer.step()
    optimizer.zero_grad()
    schedule.step()
    print(f"lr {schedule.get_last_lr()[0]:.7f}")
model.eval()
with torch.no_grad():
    source, target, answer = batch(32)
    loss = F.cross_entropy(model(source, target).flatten(0, 1), answer.flatten())
    print(f"test loss {loss:.5f}")
