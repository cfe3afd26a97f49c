"""Trains a small GPT, character by character, on the poem that every Python ships (`import this`),
and lets it go on from a prompt. A plain torch script: it knows nothing of jtorch.

    python -m jtorch examples/char_lm.py --prompt "Simple "
"""

import argparse
import codecs
import contextlib
import io
import math

import torch
from torch import nn
from torch.nn import functional as F


def zen_of_python():
    """The text of the module `this`, which keeps it in rot13 and prints it when imported."""
    with contextlib.redirect_stdout(io.StringIO()):
        import this
    return codecs.decode(this.s, "rot13")


class CausalSelfAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x):
        B, T, C = x.size()
        q, k, v = self.qkv(x).split(C, dim=2)
        q, k, v = (t.view(B, T, self.heads, C // self.heads).transpose(1, 2) for t in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # (B, heads, T, C / heads)
        return self.out(y.transpose(1, 2).contiguous().view(B, T, C))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.ln1 = nn.LayerNorm(width)
        self.attention = CausalSelfAttention(width, heads)
        self.ln2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x):
        x = x + self.attention(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    def __init__(self, vocabulary, context, width=64, layers=3, heads=4):
        super().__init__()
        self.context = context
        self.token = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.ln = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        self.head.weight = self.token.weight  # one matrix reads and writes characters
        self.apply(self._init_weights)

    @staticmethod
    def _init_weights(module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, tokens, targets=None):
        """Returns the logits (B, T, vocabulary), and the loss where targets are given."""
        positions = torch.arange(tokens.size(1), device=tokens.device)
        x = self.token(tokens) + self.position(positions)
        for block in self.blocks:
            x = block(x)
        logits = self.head(self.ln(x))
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))

    @torch.no_grad()
    def generate(self, tokens, length, temperature=0.0):
        """Appends `length` characters: the likeliest, or draws where temperature > 0."""
        for _ in range(length):
            logits = self(tokens[:, -self.context :])[0][:, -1, :]
            if temperature > 0:
                probabilities = F.softmax(logits / temperature, dim=-1)
                following = torch.multinomial(probabilities, num_samples=1)
            else:
                following = logits.argmax(dim=-1, keepdim=True)
            tokens = torch.cat([tokens, following], dim=1)
        return tokens


def make_optimizer(model, lr):
    """AdamW that decays matrices and leaves biases and norms alone."""
    decayed = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.99))


def warmup_cosine(steps, warmup=20):
    def factor(step):
        if step < warmup:
            return (step + 1) / warmup
        return 0.1 + 0.45 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))

    return factor


def batch(data, size, context):
    """`size` pieces of the text at random places, and the same moved on by one character."""
    starts = torch.randint(len(data) - context, (size,))
    x = torch.stack([data[i : i + context] for i in starts])
    y = torch.stack([data[i + 1 : i + 1 + context] for i in starts])
    return x, y


def main():
    parser = argparse.ArgumentParser(description="Train a small GPT on the Zen of Python.")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--context", type=int, default=48)
    parser.add_argument("--prompt", default="Beautiful ")
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    text = zen_of_python()
    characters = sorted(set(text))
    encode = {c: i for i, c in enumerate(characters)}
    data = torch.tensor([encode[c] for c in text], dtype=torch.long)

    model = GPT(len(characters), args.context)
    optimizer = make_optimizer(model, lr=2e-3)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, warmup_cosine(args.steps))
    print(f"{len(text)} characters, {len(characters)} different ones")
    print(f"{sum(p.numel() for p in model.parameters())} parameters")

    for step in range(1, args.steps + 1):
        x, y = batch(data, 16, args.context)
        _, loss = model(x, y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        if step == 1 or step % 50 == 0:
            lr = scheduler.get_last_lr()[0]
            print(f"step {step:3d}  loss {loss.item():.4f}  gradient {norm:.4f}  lr {lr:.6f}")

    model.eval()
    prompt = torch.tensor([[encode[c] for c in args.prompt]], dtype=torch.long)
    written = model.generate(prompt, 300, args.temperature)[0]
    print("".join(characters[i] for i in written.tolist()))


if __name__ == "__main__":
    main()
