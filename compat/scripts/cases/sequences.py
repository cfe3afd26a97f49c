"""Names of different lengths through a GRU (packed) and through a Transformer encoder (masked)."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

NAMES = {
    "greek": "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu".split(),
    "radio": "bravo charlie echo foxtrot golf hotel india juliett kilo lima mike".split(),
}


def encode(word):
    return torch.tensor([ord(c) - ord("a") + 1 for c in word])


class GRUClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(27, 12, padding_idx=0)
        self.gru = nn.GRU(12, 16, num_layers=2, batch_first=True, bidirectional=True)
        self.out = nn.Linear(32, 2)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(
            self.embed(x), lengths, batch_first=True, enforce_sorted=False
        )
        states, _ = self.gru(packed)
        states, _ = pad_packed_sequence(states, batch_first=True)
        return self.out(states.sum(dim=1) / lengths.unsqueeze(1))


class TransformerClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(27, 16, padding_idx=0)
        layer = nn.TransformerEncoderLayer(
            16, 2, 32, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(16, 2)

    def forward(self, x, lengths):
        padding = x == 0
        h = self.encoder(self.embed(x), src_key_padding_mask=padding)
        h = h.masked_fill(padding.unsqueeze(-1), 0.0)
        return self.out(h.sum(dim=1) / lengths.unsqueeze(1))


def main():
    words = [encode(w) for words in NAMES.values() for w in words]
    labels = torch.tensor([i for i, words in enumerate(NAMES.values()) for _ in words])
    lengths = torch.tensor([len(w) for w in words])
    x = pad_sequence(words, batch_first=True)
    for kind in (GRUClassifier, TransformerClassifier):
        torch.manual_seed(2)
        model = kind()
        print(sum(p.numel() for p in model.parameters()), "parameters")
        optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
        for epoch in range(1, 31):
            loss = nn.functional.cross_entropy(model(x, lengths), labels, label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if epoch % 10 == 0:
                print(f"{kind.__name__} epoch {epoch}  loss {loss.item():.5f}")
        model.eval()
        with torch.no_grad():
            logits = model(x, lengths)
        print("right:", (logits.argmax(1) == labels).float().mean().item())


if __name__ == "__main__":
    main()
