"""A small convolutional classifier on the digits: augmentation, dropout, batch norm, label
smoothing, gradient clipping, a schedule that steps with every batch."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


def shifted(images):
    """Each image moved by up to a pixel, some of them dimmed, with a little noise."""
    padded = F.pad(images, (1, 1, 1, 1))
    rows, columns = torch.randint(0, 3, (2, len(images)))
    moved = torch.stack(
        [p[:, r : r + 8, c : c + 8] for p, r, c in zip(padded, rows.tolist(), columns.tolist())]
    )
    dim = torch.where(torch.rand(len(images), 1, 1, 1) < 0.3, 0.7, 1.0)
    return moved * dim + 0.05 * torch.randn_like(moved)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True),
            nn.MaxPool2d(2), nn.Dropout2d(0.1),
            nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.SiLU(), nn.AvgPool2d(2),
        )  # fmt: skip
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(64, 10))

    def forward(self, x):
        return self.head(self.features(x))


torch.manual_seed(5)
digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
dataset = TensorDataset(images[:640], torch.tensor(digits.target[:640]))
train, test = random_split(dataset, [0.8, 0.2])
loader = DataLoader(train, batch_size=64, shuffle=True)
model = Net()
optimizer = torch.optim.SGD(
    model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-4
)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.2, total_steps=3 * len(loader))
loss_fn = nn.CrossEntropyLoss(label_smoothing=0.1)

for epoch in range(3):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(shifted(x)), y)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimizer.step()
        schedule.step()
        print(f"loss {loss.item():.6f} norm {norm:.5f} lr {schedule.get_last_lr()[0]:.6f}")
    model.eval()
    with torch.no_grad():
        x, y = next(iter(DataLoader(test, batch_size=len(test))))
        out = model(x)
        print(f"epoch {epoch}: test loss {F.cross_entropy(out, y):.6f}")
