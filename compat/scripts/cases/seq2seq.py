"""Reverses sequences of letters: a GRU encoder, a decoder with additive attention, teacher forcing
by the toss of a coin, masked losses."""

import random

import torch
import torch.nn.functional as F
from torch import nn

PAD, START, LETTERS, WIDTH = 0, 1, 12, 24


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key = nn.Linear(WIDTH, WIDTH), nn.Linear(2 * WIDTH, WIDTH, bias=False)
        self.score = nn.Linear(WIDTH, 1, bias=False)

    def forward(self, state, memory, mask):
        scores = self.score(torch.tanh(self.query(state).unsqueeze(1) + self.key(memory)))
        weights = scores.squeeze(-1).masked_fill(~mask, float("-inf")).softmax(-1)
        return torch.bmm(weights.unsqueeze(1), memory).squeeze(1), weights


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(LETTERS, WIDTH, padding_idx=PAD)
        self.encoder = nn.GRU(WIDTH, WIDTH, batch_first=True, bidirectional=True)
        self.bridge, self.attend = nn.Linear(2 * WIDTH, WIDTH), Attention()
        self.cell, self.out = nn.GRUCell(3 * WIDTH, WIDTH), nn.Linear(3 * WIDTH, LETTERS)

    def forward(self, source, target, forcing):
        memory, last = self.encoder(self.embed(source))
        state = torch.tanh(self.bridge(torch.cat([last[0], last[1]], dim=1)))
        mask, token, logits = source != PAD, torch.full_like(source[:, 0], START), []
        for t in range(target.size(1)):
            context, _ = self.attend(state, memory, mask)
            state = self.cell(torch.cat([self.embed(token), context], dim=1), state)
            logits.append(self.out(torch.cat([state, context], dim=1)))
            token = target[:, t] if random.random() < forcing else logits[-1].argmax(1)
        return torch.stack(logits, dim=1)


def batch(size=16, longest=7):
    lengths = torch.randint(3, longest + 1, (size,))
    source = torch.randint(2, LETTERS, (size, longest))
    source[torch.arange(longest) >= lengths.unsqueeze(1)] = PAD
    target = torch.zeros_like(source)
    for i, n in enumerate(lengths.tolist()):
        target[i, :n] = source[i, :n].flip(0)
    return source, target


torch.manual_seed(2)
random.seed(2)
model = Translator()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for step in range(30):
    source, target = batch()
    logits = model(source, target, forcing=0.7)
    loss = F.cross_entropy(logits.transpose(1, 2), target, ignore_index=PAD)
    optimizer.zero_grad(set_to_none=False)
    loss.backward()
    nn.utils.clip_grad_value_(model.parameters(), 0.5)
    optimizer.step()
    print(f"step {step} loss {loss.item():.6f}")
model.eval()
with torch.no_grad():
    source, target = batch(4)
    logits = model(source, target, forcing=0.0)
    print(f"free running {F.cross_entropy(logits.flatten(0, 1), target.flatten()):.6f}")
