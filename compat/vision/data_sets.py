"""Writes small files of the data sets that torchvision reads, each as it is found on disk after its
own unpacking, and lists how they are opened. It imports neither torch nor torchvision.
"""

from __future__ import annotations

import bz2
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import PIL.Image

# One expression for each way to open a data set; D is torchvision.datasets.
OPENED = """
    D.MNIST(root, download=True)
    D.MNIST(root, train=False, transform=V1.ToTensor())
    D.MNIST(root / "archives", download=True)
    D.FashionMNIST(root, target_transform=lambda y: y + 10)
    D.KMNIST(root, download=True)
    D.EMNIST(root, split="letters", train=True)
    D.QMNIST(root, what="train", compat=False)
    D.QMNIST(root, what="train")
    D.MovingMNIST(root, split="train", split_ratio=5)
    D.CIFAR10(root, download=True, transform=V1.ToTensor())
    D.CIFAR10(root / "archives", train=False, download=True)
    D.CIFAR100(root, train=False)
    D.CIFAR10(root / "nothing")
    D.MNIST(root / "nothing")
    D.ImageFolder(root / "folder", transform=V1.Compose([V1.Resize(8), V1.ToTensor()]))
    D.ImageFolder(root / "folder", is_valid_file=lambda path: path.endswith("0.png"))
    D.ImageFolder(root / "folder", allow_empty=True)
    D.ImageFolder(root / "empty")
    D.ImageFolder(root / "nothing")
    D.DatasetFolder(root / "arrays", loader=np.load, extensions=(".npy",))
    D.FakeData(6, (3, 8, 9), 4, V1.ToTensor())
    D.FakeData(4, (1, 8, 8), random_offset=3)
    D.Caltech101(root)
    D.Caltech256(root)
    D.CelebA(root, split="all", target_type=["attr", "identity", "bbox", "landmarks"])
    D.CelebA(root, split="train")
    D.Cityscapes(root / "cityscapes", target_type=["instance", "semantic", "polygon"])
    D.CLEVRClassification(root)
    D.Country211(root)
    D.DTD(root)
    D.EuroSAT(root)
    D.FER2013(root)
    D.FGVCAircraft(root, split="train")
    D.Flickr30k(root / "flickr", ann_file=root / "flickr/captions.txt")
    D.Food101(root)
    D.GTSRB(root)
    D.GTSRB(root, split="test")
    D.ImageNet(root / "imagenet", split="val")
    D.Imagenette(root, size="160px")
    D.INaturalist(root / "inaturalist", target_type=["full", "genus"])
    D.Kitti(root)
    D.LFWPeople(root, split="train")
    D.LFWPairs(root, split="train")
    D.Omniglot(root)
    D.OxfordIIITPet(root, target_types=["category", "segmentation"])
    D.PhotoTour(root / "phototour", "liberty", train=False)
    D.Places365(root, split="val", small=True)
    D.RenderedSST2(root)
    D.SBU(root, download=False)
    D.SEMEION(root, download=False)
    D.STL10(root)
    D.SUN397(root)
    D.SVHN(root)
    D.USPS(root)
    D.VOCDetection(root, year="2012")
    D.VOCSegmentation(root, year="2012", image_set="val")
    D.WIDERFace(root, split="val")
    D.Sintel(root)
    D.FlyingChairs(root)
    D.KittiFlow(root)
    D.SceneFlowStereo(root, variant="Driving")
    wrap(D.VOCDetection(root, year="2012"))
    wrap(D.OxfordIIITPet(root, target_types="segmentation"), target_keys="all")
    wrap(D.MNIST(root), target_keys=None)
    wrap(D.FakeData(3, (3, 8, 9)))
    sums(D.CIFAR10(root, transform=augmented), num_workers=0)
    sums(D.CIFAR10(root, transform=augmented), num_workers=2)
    sums(D.ImageFolder(root / "folder", transform=augmented), num_workers=2)
"""

POLYGONS = {"imgHeight": 12, "imgWidth": 10, "objects": [{"label": "road", "polygon": [[0, 1]]}]}
OBJECT = (
    "<object><name>{}</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>7</xmax><ymax>9</ymax>"
    "</bndbox></object>"
)


class Shelf:
    """The folder that all of them share."""

    def __init__(self, root: Path):
        self.root = root

    def at(self, name: str) -> Path:
        """The path of a file, in a folder that is there."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def text(self, name: str, *lines: str):
        self.at(name).write_text("\n".join(lines) + "\n")

    def picture(self, *names: str, size: tuple[int, int] = (10, 12), mode: str = "RGB"):
        """A picture for each name, another for each."""
        for name in names:
            generator = np.random.default_rng(zlib.crc32(name.encode()))
            shape = (size[1], size[0], 3) if mode == "RGB" else (size[1], size[0])
            PIL.Image.fromarray(generator.integers(0, 256, shape, np.uint8)).save(self.at(name))

    def deep_png(self, name: str):
        """16 bits for each colour, which Pillow does not write."""

        def chunk(kind: bytes, data: bytes) -> bytes:
            check = zlib.crc32(kind + data)
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

        lines = b"".join(b"\0" + row.tobytes() for row in self.array(11, 12, 10 * 6))
        head = struct.pack(">2I5B", 10, 12, 16, 2, 0, 0, 0)
        chunks = {b"IHDR": head, b"IDAT": zlib.compress(lines), b"IEND": b""}
        data = b"".join(chunk(*each) for each in chunks.items())
        self.at(name).write_bytes(b"\x89PNG\r\n\x1a\n" + data)

    def array(self, seed: int, *shape: int) -> np.ndarray:
        return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def write(root: Path):
    """The files of all data sets of OPENED but MNIST and CIFAR."""
    shelf = Shelf(root)
    for part in (_folders, _digits, _lists, _tables, _people, _scenes, _flows):
        part(shelf)


def _folders(s: Shelf):
    for i, kind in enumerate(("cat", "dog")):
        s.picture(f"folder/{kind}/0.png", f"folder/{kind}/1.png", f"folder/{kind}/2.jpg")
        s.picture(f"country211/train/{kind}/0.jpg", f"eurosat/2750/{kind}/{kind}_1.jpg")
        np.save(s.at(f"arrays/{kind}/0.npy"), s.array(1, 3, 4))
        s.picture(f"caltech256/256_ObjectCategories/00{i + 1}.{kind}/00{i + 1}_0001.jpg")
        s.picture(f"gtsrb/GTSRB/Training/{kind}/0.ppm")
        s.picture(f"omniglot-py/images_background/Latin/{kind}/0.png", mode="L")
    s.at("empty/bird/x").mkdir(parents=True, exist_ok=True)
    s.picture("caltech101/101_ObjectCategories/BACKGROUND_Google/image_0001.jpg")
    s.picture("caltech101/101_ObjectCategories/ants/image_0001.jpg")
    s.picture("rendered-sst2/train/negative/0.png", "rendered-sst2/train/positive/1.png")
    s.picture("imagenette2-160/train/n01440764/0.jpeg", "imagenette2-160/train/n02102040/1.jpeg")
    s.picture("imagenet/val/n01/0.png", "imagenet/val/n02/1.png")
    tree = "Animalia_Chordata_Aves_Order_Family_Genus_species"
    s.picture(f"inaturalist/2021_train/00000_{tree}/0.jpg")
    s.at("omniglot-py/images_background.zip").touch()


def _digits(s: Shelf):
    def idx(name: str, kind: int, array: np.ndarray):
        head = struct.pack(f">4B{array.ndim}I", 0, 0, kind, array.ndim, *array.shape)
        s.at(name).write_bytes(head + array.tobytes())

    letters = s.array(3, 5, 28, 28)
    idx("EMNIST/raw/emnist-letters-train-images-idx3-ubyte", 8, letters)
    idx("EMNIST/raw/emnist-letters-train-labels-idx1-ubyte", 8, np.arange(1, 6, dtype=np.uint8))
    idx("QMNIST/raw/qmnist-train-images-idx3-ubyte", 8, letters)
    labels = np.arange(40, dtype=">i4").reshape(5, 8) * 70_000
    idx("QMNIST/raw/qmnist-train-labels-idx2-int", 12, labels)
    np.save(s.at("MovingMNIST/mnist_test_seq.npy"), s.array(4, 20, 3, 8, 8))
    s.text("usps", "")
    rows = s.array(5, 4, 256) / 127.5 - 1
    lines = (
        f"{i + 1} " + " ".join(f"{j + 1}:{x:.4f}" for j, x in enumerate(row))
        for i, row in enumerate(rows)
    )
    s.at("usps.bz2").write_bytes(bz2.compress("\n".join(lines).encode()))
    ones = np.concatenate([s.array(6, 3, 256) // 128, np.eye(3, 10, dtype=np.uint8)], 1)
    np.savetxt(s.at("semeion.data"), ones, "%.4f")
    for name, count in {"train": 3, "test": 2}.items():
        s.at(f"stl10_binary/{name}_X.bin").write_bytes(s.array(count, count, 3, 96, 96).tobytes())
        s.at(f"stl10_binary/{name}_y.bin").write_bytes(bytes(range(1, count + 1)))
    s.at("stl10_binary/unlabeled_X.bin").write_bytes(s.array(9, 1, 3, 96, 96).tobytes())
    s.text("stl10_binary/class_names.txt", "airplane", "bird", "car")
    s.text("stl10_binary/fold_indices.txt", "0 1", "1 2")
    s.text(
        "fer2013/train.csv", "emotion,pixels",
        *(f"{i},{' '.join(map(str, s.array(i, 48 * 48)))}" for i in range(2)),
    )  # fmt: skip


def _lists(s: Shelf):
    s.text("dtd/dtd/labels/train1.txt", "banded/banded_1.jpg", "woven/woven_2.jpg")
    s.picture("dtd/dtd/images/banded/banded_1.jpg", "dtd/dtd/images/woven/woven_2.jpg")
    s.text("fgvc-aircraft-2013b/data/variants.txt", "707", "A 330")
    s.text("fgvc-aircraft-2013b/data/images_variant_train.txt", "01 707", "02 A 330")
    s.picture(*(f"fgvc-aircraft-2013b/data/images/0{i}.jpg" for i in (1, 2)))
    s.text("flickr/captions.txt", "1.jpg#0\tA dog.", "1.jpg#1\tAn animal.", "2.jpg#0\tSnow.")
    s.picture("flickr/1.jpg", "flickr/2.jpg")
    s.text("food-101/meta/train.json", json.dumps({"soup": ["soup/1"], "pie": ["pie/2"]}))
    s.picture("food-101/images/soup/1.jpg", "food-101/images/pie/2.jpg")
    s.text("gtsrb/GT-final_test.csv", "Filename;ClassId", "0.ppm;7")
    s.picture("gtsrb/GTSRB/Final_Test/Images/0.ppm")
    s.text("categories_places365.txt", "/a/airfield 0", "/b/bar 1")
    s.text("places365_val.txt", "1.jpg 0", "2.jpg 1")
    s.picture("val_256/1.jpg", "val_256/2.jpg")
    s.text("dataset/SBU_captioned_photo_dataset_urls.txt", "http://a/1.jpg", "http://a/3.jpg")
    s.text("dataset/SBU_captioned_photo_dataset_captions.txt", "One.", "Three.")
    s.picture("dataset/1.jpg")
    s.at("SBUCaptionedPhotoDataset.tar.gz").touch()
    s.text("SUN397/ClassName.txt", "/a/abbey")
    s.picture("SUN397/a/abbey/sun_1.jpg")
    scenes = [{"image_filename": "CLEVR_train_0.png", "objects": [{}, {}]}]
    s.text("clevr/CLEVR_v1.0/scenes/CLEVR_train_scenes.json", json.dumps({"scenes": scenes}))
    s.picture("clevr/CLEVR_v1.0/images/train/CLEVR_train_0.png")


def _tables(s: Shelf):
    # in MATLAB's format, which some of them have
    import scipy.io

    data = {"X": s.array(7, 32, 32, 3, 4), "y": np.array([[10], [1], [2], [9]], np.uint8)}
    scipy.io.savemat(s.at("train_32x32.mat"), data)
    s.picture("phototour/liberty/patches0.bmp", size=(128, 64), mode="L")
    s.text("phototour/liberty/info.txt", "0 0", "0 0")
    s.text("phototour/liberty/m50_100000_100000_0.txt", "0 0 0 1 0 0 0")


def _people(s: Shelf):
    names = ["000001.jpg", "000002.jpg", "000003.jpg"]
    files = {
        "list_eval_partition.txt": [f"{n} {i}" for i, n in enumerate(names)],
        "identity_CelebA.txt": [f"{n} {i + 5}" for i, n in enumerate(names)],
        "list_bbox_celeba.txt": ["3", "id x y w h", *(f"{n} 1 2 3 4" for n in names)],
        "list_landmarks_align_celeba.txt": ["3", "a b", *(f"{n}  6  -7" for n in names)],
        "list_attr_celeba.txt": ["3", "Bald Young", *(f"{n} -1  1" for n in names)],
    }
    for name, lines in files.items():
        s.text(f"celeba/{name}", *lines)
    s.picture(*(f"celeba/img_align_celeba/{n}" for n in names))
    s.at("lfw-py/lfw-funneled.tgz").touch()
    s.text("lfw-py/lfw-names.txt", "Ada\t2", "Bob\t1")
    s.text("lfw-py/peopleDevTrain.txt", "2", "Ada\t2", "Bob\t1")
    s.text("lfw-py/pairsDevTrain.txt", "1", "Ada\t1\t2", "Ada\t1\tBob\t1")
    s.picture(*(f"lfw-py/lfw_funneled/{n}" for n in ("Ada/Ada_0001.jpg", "Ada/Ada_0002.jpg")))
    s.picture("lfw-py/lfw_funneled/Bob/Bob_0001.jpg")
    for part in ("WIDER_train", "WIDER_val", "WIDER_test"):
        s.picture(f"widerface/{part}/images/0--Parade/a.jpg")
    s.text(
        "widerface/wider_face_split/wider_face_val_bbx_gt.txt",
        "0--Parade/a.jpg", "2", "1 2 3 4 0 0 0 0 1 0", "5 6 7 8 1 0 1 0 0 1",
    )  # fmt: skip


def _scenes(s: Shelf):
    voc = "VOCdevkit/VOC2012"
    s.text(f"{voc}/ImageSets/Main/train.txt", "1")
    s.text(f"{voc}/ImageSets/Segmentation/val.txt", "1")
    s.picture(f"{voc}/JPEGImages/1.jpg")
    s.picture(f"{voc}/SegmentationClass/1.png", mode="L")
    size = "<size><width>10</width><height>12</height></size>"
    objects = OBJECT.format("cat") + OBJECT.format("dog")
    s.text(f"{voc}/Annotations/1.xml", f"<annotation>{size}{objects}</annotation>")
    s.text("oxford-iiit-pet/annotations/trainval.txt", "Bengal_1 1 1 1", "beagle_2 2 2 1")
    for name in ("Bengal_1", "beagle_2"):
        s.picture(f"oxford-iiit-pet/images/{name}.jpg")
        s.picture(f"oxford-iiit-pet/annotations/trimaps/{name}.png", mode="L")
    s.picture("cityscapes/leftImg8bit/train/ulm/ulm_0_leftImg8bit.png")
    fine = "cityscapes/gtFine/train/ulm/ulm_0_gtFine"
    s.picture(f"{fine}_instanceIds.png", f"{fine}_labelIds.png", mode="L")
    s.text(f"{fine}_polygons.json", json.dumps(POLYGONS))
    s.picture("Kitti/raw/training/image_2/0.png")
    s.text("Kitti/raw/training/label_2/0.txt", "Car 0.00 0 -1.5 1 2 3 4 5 6 7 8 9 10 0.25")


def _flows(s: Shelf):
    def flow(name: str):
        values = s.array(8, 12, 10, 2).astype("<f4") / 7
        s.at(name).write_bytes(b"PIEH" + struct.pack("<2i", 10, 12) + values.tobytes())

    def disparity(name: str):
        values = s.array(9, 12, 10).astype("<f4") / 3
        s.at(name).write_bytes(b"Pf\n10 12\n-1.0\n" + values.tobytes())

    s.picture(*(f"Sintel/training/clean/alley/frame_000{i}.png" for i in (1, 2)))
    flow("Sintel/training/flow/alley/frame_0001.flo")
    s.picture(*(f"FlyingChairs/data/00001_img{i}.ppm" for i in (1, 2)))
    flow("FlyingChairs/data/00001_flow.flo")
    s.text("FlyingChairs/FlyingChairs_train_val.txt", "1", "2")
    s.picture(*(f"KittiFlow/training/image_2/000000_1{i}.png" for i in (0, 1)))
    s.deep_png("KittiFlow/training/flow_occ/000000_10.png")
    scene = "15mm_focallength/scene_forwards/fast"
    for side in ("left", "right"):
        for frames in ("frames_cleanpass", "frames_finalpass"):
            s.picture(f"SceneFlow/Driving/{frames}/{scene}/{side}/0001.png")
        disparity(f"SceneFlow/Driving/disparity/{scene}/{side}/0001.pfm")
