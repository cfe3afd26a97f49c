"""Writes the files of MNIST and CIFAR as their makers did, with few images of made-up classes that
a small network can learn to tell apart. torchvision finds them as if they were downloaded;
`declare` gives it the checksums of these files in place of the real ones. It needs NumPy only.

    python -m compat.vision.data_files FOLDER
"""

from __future__ import annotations

import gzip
import hashlib
import pickle
import struct
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

MNIST_PARTS = {"train": 320, "t10k": 96}
CIFAR_BATCHES = {f"data_batch_{i}": 30 for i in range(1, 6)} | {"test_batch": 40}
CIFAR_CLASSES = (
    "airplane automobile bird cat deer dog frog horse ship truck".split()  # in the files' order
)


def images(count: int, channels: int, size: int, classes: int, seed: int):
    """`count` images as uint8 of shape (count, channels, size, size), and their classes as a list.
    Each class is a coarse pattern, the same for every seed; an image is that and noise.
    """
    coarse = np.random.default_rng(classes).integers(0, 2, (classes, channels, 4, 4)) * 160
    patterns = coarse.repeat(size // 4, -2).repeat(size // 4, -1)
    generator = np.random.default_rng([seed, count])
    labels = generator.integers(0, classes, count)
    noise = generator.integers(0, 96, (count, channels, size, size))
    return (patterns[labels] + noise).astype(np.uint8), labels.tolist()


def write_mnist(root: Path, name: str = "MNIST", raw: bool = True, archives: bool = True):
    """The four idx files of MNIST, and of the datasets in its format, in `root/name/raw`: as they
    are after unpacking, and as they are downloaded.
    """
    folder = root / name / "raw"
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (part, count) in enumerate(MNIST_PARTS.items()):
        pixels, labels = images(count, 1, 28, 10, seed)
        for file, array in {
            f"{part}-images-idx3-ubyte": pixels[:, 0],
            f"{part}-labels-idx1-ubyte": np.array(labels, np.uint8),
        }.items():
            # two zeros, 8 for bytes, the number of dimensions, their sizes, big-endian
            head = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            if raw:
                (folder / file).write_bytes(head + array.tobytes())
            if archives:
                compressed = gzip.compress(head + array.tobytes(), mtime=0)
                (folder / f"{file}.gz").write_bytes(compressed)


def write_cifar10(root: Path, raw: bool = True, archive: bool = True):
    """The pickled batches of CIFAR-10, in their folder and in the archive that is downloaded."""
    files = {}
    for seed, (name, count) in enumerate(CIFAR_BATCHES.items()):
        pixels, labels = images(count, 3, 32, 10, seed)
        files[name] = {
            "batch_label": name,
            "labels": labels,
            "data": pixels.reshape(count, -1),
            "filenames": [f"{name}_{i}.png" for i in range(count)],
        }
    files["batches.meta"] = {"label_names": CIFAR_CLASSES}
    _write_pickles(root, "cifar-10-batches-py", "cifar-10-python.tar.gz", files, raw, archive)


def write_cifar100(root: Path, raw: bool = True, archive: bool = True):
    """As `write_cifar10`, with classes and classes of classes."""
    files = {}
    for seed, (name, count) in enumerate({"train": 200, "test": 100}.items()):
        pixels, labels = images(count, 3, 32, 100, seed)
        files[name] = {
            "batch_label": name,
            "fine_labels": labels,
            "coarse_labels": [label // 5 for label in labels],
            "data": pixels.reshape(count, -1),
            "filenames": [f"{name}_{i}.png" for i in range(count)],
        }
    files["meta"] = {
        "fine_label_names": [f"fine {i}" for i in range(100)],
        "coarse_label_names": [f"coarse {i}" for i in range(20)],
    }
    _write_pickles(root, "cifar-100-python", "cifar-100-python.tar.gz", files, raw, archive)


class _OldPickler(pickle._Pickler):  # the one in Python, which can be told how to save a type
    """Writes text as Python 2 did, as bytes, which a reader decodes as it likes (`encoding=`)."""

    def _save_text(self, text: str | bytes):
        data = text.encode("latin-1") if isinstance(text, str) else text
        self.write(pickle.BINSTRING + struct.pack("<i", len(data)) + data)  # pyright: ignore
        self.memoize(text)  # pyright: ignore

    dispatch = {**pickle._Pickler.dispatch, str: _save_text, bytes: _save_text}  # pyright: ignore


def _write_pickles(root, folder, archive_name, files, raw, archive):
    (root / folder).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        with open(root / folder / name, "wb") as file:
            _OldPickler(file, protocol=2).dump(content)
    if archive:
        with (
            gzip.GzipFile(root / archive_name, "wb", mtime=0) as compressed,
            tarfile.open(fileobj=compressed, mode="w") as file,
        ):
            file.add(root / folder, folder, filter=_undated)
    if not raw:
        for name in files:
            (root / folder / name).unlink()


def _undated(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.mtime = 0  # so that the archive is the same whenever it is written
    return info


def write_all(root: Path):
    """Every file of this module."""
    for name in ("MNIST", "FashionMNIST", "KMNIST"):
        write_mnist(root, name)
    write_cifar10(root)
    write_cifar100(root)


def declare(root: Path):
    """Tells torchvision the checksums of the files in `root`, where there are any. What is not
    there keeps the real one, so torchvision misses it.
    """
    from torchvision import datasets

    for kind in (datasets.MNIST, datasets.FashionMNIST, datasets.KMNIST):
        archives = _checked(root / kind.__name__ / "raw", kind.resources)
        kind.resources = [(name, known) for name, known in archives]
    for kind in (datasets.CIFAR10, datasets.CIFAR100):
        folder = root / kind.base_folder
        kind.train_list = _checked(folder, kind.train_list)
        kind.test_list = _checked(folder, kind.test_list)
        ((_, kind.meta["md5"]),) = _checked(folder, [(kind.meta["filename"], kind.meta["md5"])])
        ((_, kind.tgz_md5),) = _checked(root, [(kind.filename, kind.tgz_md5)])


def _checked(folder: Path, entries: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[name, checksum(folder / name) or known] for name, known in entries]


def checksum(path: Path) -> str | None:
    """The MD5 of a file, None if it is not there."""
    return hashlib.md5(path.read_bytes()).hexdigest() if path.is_file() else None


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
