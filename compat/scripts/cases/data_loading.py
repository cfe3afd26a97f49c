"""Datasets, samplers, collating, workers: what comes out, in which order."""

import torch
from torch.utils.data import (
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
    WeightedRandomSampler,
    get_worker_info,
    random_split,
)


class Words(Dataset):
    words = "a list of words that are not all of the same length".split()

    def __len__(self):
        return len(self.words)

    def __getitem__(self, index):
        return {"length": len(self.words[index]), "word": self.words[index], "index": index}


class Counter(IterableDataset):
    def __iter__(self):
        info = get_worker_info()
        start, step = (0, 1) if info is None else (info.id, info.num_workers)
        yield from range(start, 10, step)


def ragged(samples):
    codes = [torch.tensor([ord(c) for c in s["word"]]) for s in samples]
    return torch.nn.utils.rnn.pad_sequence(codes, batch_first=True), torch.tensor(
        [len(c) for c in codes]
    )


def main():
    torch.manual_seed(5)
    for batch in DataLoader(Words(), batch_size=4, shuffle=True):
        print(batch)
    for codes, lengths in DataLoader(Words(), batch_size=6, collate_fn=ragged):
        print(codes.shape, lengths)
    for workers in (0, 2):
        loader = DataLoader(Words(), batch_size=5, num_workers=workers, drop_last=True)
        print(workers, len(loader), [b["index"].tolist() for b in loader])
        counted = DataLoader(Counter(), batch_size=3, num_workers=workers)
        print([b.tolist() for b in counted])
    data = TensorDataset(torch.arange(10), torch.arange(10) ** 2)
    parts = random_split(data, [0.5, 0.3, 0.2], generator=torch.Generator().manual_seed(1))
    print([p.indices for p in parts])
    joined = ConcatDataset([parts[1], Subset(data, [0, 0, 9])])
    print([(int(a), int(b)) for a, b in joined])
    sampler = WeightedRandomSampler([0.1] * 5 + [0.9] * 5, num_samples=12)
    for a, b in DataLoader(data, batch_size=6, sampler=sampler):
        print(a, b)


if __name__ == "__main__":
    main()
