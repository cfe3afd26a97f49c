"""Trains a small convolutional network on the handwritten digits that scikit-learn ships (1797 real
scans, 8 x 8 pixels), saves its weights, loads them into a second network, and draws the loss curve
beside some predictions. A plain torch script: it knows nothing of jtorch.

    python -m jtorch examples/digits.py        # on jtorch
    python examples/digits.py                  # on PyTorch
"""

import argparse
import sys
from pathlib import Path

import matplotlib
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

matplotlib.use("Agg")
import matplotlib.pyplot as plt


class DigitNet(nn.Module):
    """Three convolutions and a classifier; takes (N, 1, 8, 8), returns logits (N, 10)."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.ELU(),
            nn.Conv2d(16, 32, kernel_size=3, stride=2, padding=1),  # (N, 32, 4, 4)
            nn.ELU(),
            nn.Conv2d(32, 32, kernel_size=3, stride=2, padding=1),  # (N, 32, 2, 2)
            nn.ELU(),
        )
        self.dropout = nn.Dropout(0.25)
        self.classifier = nn.Linear(32 * 2 * 2, 10)

    def forward(self, images):
        features = torch.flatten(self.features(images), start_dim=1)
        return self.classifier(self.dropout(features))


def load_data():
    """The digits as a training set of 1437 and a test set of 360."""
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
    labels = torch.tensor(digits.target, dtype=torch.long)
    dataset = TensorDataset(images, labels)
    return random_split(dataset, [1437, 360], generator=torch.Generator().manual_seed(0))


def train_one_epoch(model, loader, optimizer, name):
    """Returns the loss of every batch."""
    model.train()
    losses = []
    for i, (images, labels) in enumerate(loader, start=1):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        print(f"\r{name}  batch {i:2d}/{len(loader)}", end="", file=sys.stderr, flush=True)
    print("\r", end="", file=sys.stderr)
    return losses


@torch.no_grad()
def evaluate(model, loader):
    """Returns the mean loss and the number of digits told right."""
    model.eval()
    loss, correct = 0.0, 0
    for images, labels in loader:
        logits = model(images)
        loss += F.cross_entropy(logits, labels, reduction="sum").item()
        correct += (logits.argmax(dim=1) == labels).sum().item()
    return loss / len(loader.dataset), correct


@torch.no_grad()
def draw(model, losses, test_set, path):
    """The loss of every batch on the left, sixteen test digits with the network's answers right."""
    model.eval()
    figure = plt.figure(figsize=(11, 5), layout="constrained")
    left, right = figure.subfigures(1, 2)

    axes = left.subplots()
    axes.plot(losses, color="tab:blue", linewidth=1)
    axes.set(title="Training loss", xlabel="batch", ylabel="cross-entropy", yscale="log")
    axes.grid(alpha=0.3)

    images = torch.stack([test_set[i][0] for i in range(16)])
    labels = torch.tensor([test_set[i][1] for i in range(16)])
    predictions = model(images).argmax(dim=1)
    right.suptitle("Predictions")
    pairs = zip(predictions.tolist(), labels.tolist())
    for cell, image, (guess, truth) in zip(right.subplots(4, 4).flat, images, pairs):
        cell.imshow(image.squeeze(0).numpy(), cmap="gray_r")
        cell.set_title(f"{guess}", color="tab:green" if guess == truth else "tab:red", fontsize=11)
        cell.axis("off")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(description="Train a small CNN on handwritten digits.")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for what is written")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    torch.manual_seed(args.seed)
    train_set, test_set = load_data()
    train_loader = DataLoader(train_set, batch_size=args.batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=args.batch_size)

    model = DigitNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9, nesterov=True)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.5)
    print(model)
    print(f"{sum(p.numel() for p in model.parameters())} parameters")

    losses = []
    for epoch in range(1, args.epochs + 1):
        name = f"epoch {epoch:2d}/{args.epochs}"
        epoch_losses = train_one_epoch(model, train_loader, optimizer, name)
        scheduler.step()
        losses += epoch_losses
        test_loss, correct = evaluate(model, test_loader)
        print(
            f"{name}  train loss {sum(epoch_losses) / len(epoch_losses):.5f}"
            f"  test loss {test_loss:.5f}  test accuracy {100 * correct / len(test_set):.2f} %"
        )

    torch.save(model.state_dict(), args.out / "digits.pt")
    reloaded = DigitNet()
    reloaded.load_state_dict(torch.load(args.out / "digits.pt", weights_only=True))
    _, correct = evaluate(reloaded, test_loader)
    print(f"Reloaded from {args.out / 'digits.pt'}: {correct} of {len(test_set)} test digits right")

    draw(reloaded, losses, test_set, args.out / "digits.png")
    print(f"Picture in {args.out / 'digits.png'}")
    print(f"Test accuracy: {100 * correct / len(test_set):.2f} %")


if __name__ == "__main__":
    main()
