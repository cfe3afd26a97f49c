"""A language model over letters: words of different lengths packed for a two-layer LSTM with
dropout, sorted and unsorted, states carried from call to call."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

WORDS = (
    "recurrent networks read one letter after another and remember what they have seen so that "
    "the next letter is less of a surprise than it would be without any memory at all"
).split()


def encode(word):
    return torch.tensor([0, *(ord(c) - 96 for c in word), 0])


class Model(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.embed = nn.Embedding(27, 16)
        self.lstm = nn.LSTM(16, width, num_layers=2, dropout=0.2, batch_first=True)
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, 27)

    def forward(self, letters, lengths, state=None):
        packed = pack_padded_sequence(
            self.embed(letters), lengths, batch_first=True, enforce_sorted=False
        )
        hidden, state = self.lstm(packed, state)
        hidden, _ = pad_packed_sequence(hidden, batch_first=True)
        return self.out(self.norm(hidden)), state


torch.manual_seed(8)
model = Model()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.7)
words = [encode(w) for w in WORDS]
for _ in range(5):
    for chosen in torch.randperm(len(words)).split(8):
        picked = [words[i] for i in chosen.tolist()]
        lengths = torch.tensor([len(w) - 1 for w in picked])
        padded = pad_sequence(picked, batch_first=True, padding_value=-1)
        inputs, targets = padded[:, :-1].clamp(min=0), padded[:, 1:]
        logits, _ = model(inputs, lengths)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"loss {loss.item():.6f}")
    schedule.step()

model.eval()
state, letter, written = None, torch.zeros(1, 1, dtype=torch.long), []
with torch.no_grad():
    for _ in range(12):
        logits, state = model(letter, torch.tensor([1]), state)
        letter = torch.multinomial(logits[0].softmax(-1), 1)
        written.append(chr(96 + letter.item()))
print("".join(written).replace("`", " "))
