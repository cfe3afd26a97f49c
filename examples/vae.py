"""Trains a variational autoencoder on the handwritten digits that scikit-learn ships, then draws
digits from noise, beside some reconstructions. A plain torch script: it knows nothing of jtorch.

    python -m jtorch examples/vae.py
"""

import argparse
from pathlib import Path

import matplotlib
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset

matplotlib.use("Agg")
import matplotlib.pyplot as plt


class Digits(Dataset):
    """The scans as vectors of 64 grey values between 0 and 1."""

    def __init__(self, train):
        pixels = load_digits().data.astype("float32") / 16
        self.pixels = torch.from_numpy(pixels[:1500] if train else pixels[1500:])

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, index):
        return self.pixels[index]


class VAE(nn.Module):
    def __init__(self, latent=8, hidden=256):
        super().__init__()
        self.latent = latent
        self.encoder = nn.Sequential(nn.Linear(64, hidden), nn.Tanh())
        self.mean = nn.Linear(hidden, latent)
        self.log_variance = nn.Linear(hidden, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.Tanh(), nn.Linear(hidden, 64))

    def encode(self, x):
        h = self.encoder(x)
        return self.mean(h), self.log_variance(h)

    def reparameterize(self, mean, log_variance):
        std = torch.exp(0.5 * log_variance)
        return mean + std * torch.randn_like(std)

    def forward(self, x):
        mean, log_variance = self.encode(x)
        z = self.reparameterize(mean, log_variance)
        return self.decoder(z), mean, log_variance


def loss_terms(logits, x, mean, log_variance):
    """The two halves of the negative evidence bound, summed over the batch."""
    reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    divergence = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
    return reconstruction, divergence


def train(model, loader, optimizer):
    model.train()
    total = 0.0
    for x in loader:
        logits, mean, log_variance = model(x)
        reconstruction, divergence = loss_terms(logits, x, mean, log_variance)
        loss = (reconstruction + divergence) / len(x)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    return total / len(loader.dataset)


def test(model, loader):
    model.eval()
    totals = torch.zeros(2)
    with torch.no_grad():
        for x in loader:
            logits, mean, log_variance = model(x)
            totals += torch.stack(loss_terms(logits, x, mean, log_variance))
    return (totals / len(loader.dataset)).tolist()


@torch.no_grad()
def draw(model, originals, path):
    """Three rows of eight: originals, their reconstructions, and digits decoded from noise."""
    model.eval()
    reconstructions = torch.sigmoid(model.decoder(model.encode(originals)[0]))
    invented = torch.sigmoid(model.decoder(torch.randn(len(originals), model.latent)))
    rows = torch.stack([originals, reconstructions, invented]).view(3, -1, 8, 8)
    sheet = rows.permute(0, 2, 1, 3).reshape(3 * 8, -1)  # (3 * 8, n * 8)
    plt.imsave(path, sheet.numpy().repeat(8, axis=0).repeat(8, axis=1), cmap="gray_r")


def main():
    parser = argparse.ArgumentParser(description="Train a VAE on handwritten digits.")
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--batch-size", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for what is written")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    torch.manual_seed(args.seed)
    train_loader = DataLoader(Digits(train=True), batch_size=args.batch_size, shuffle=True)
    test_loader = DataLoader(Digits(train=False), batch_size=args.batch_size)
    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

    for epoch in range(1, args.epochs + 1):
        loss = train(model, train_loader, optimizer)
        reconstruction, divergence = test(model, test_loader)
        print(
            f"epoch {epoch:2d}  train loss {loss:.4f}"
            f"  test reconstruction {reconstruction:.4f}  test KL {divergence:.4f}"
        )

    draw(model, next(iter(test_loader))[:16], args.out / "vae.png")
    print(f"Originals, reconstructions and inventions in {args.out / 'vae.png'}")


if __name__ == "__main__":
    main()
