"""torchvision's image operators, with Pillow: files to tensors and back."""

import io
import struct
from zlib import compress, crc32

import numpy as np
import pytest

import jtorch as torch
from jtorch import _ops_image as image

Image = pytest.importorskip("PIL.Image")
RANDOM = np.random.RandomState(0)
RGB = RANDOM.randint(0, 256, (5, 4, 3)).astype(np.uint8)


def coded(array, kind, mode=None, **options):
    file = io.BytesIO()
    picture = Image.fromarray(array)
    (picture if mode is None else picture.convert(mode)).save(file, kind, **options)
    return torch.tensor(list(file.getvalue()), dtype=torch.uint8)


def test_png_there_and_back():
    x = torch.tensor(RGB).permute(2, 0, 1)
    data = image.encode_png(x, 6)
    assert data.dtype is torch.uint8 and data.dim() == 1
    assert torch.equal(image.decode_png(data, image.UNCHANGED), x)
    assert torch.equal(image.decode_image(data, image.RGB), x)
    assert image.decode_image(data, image.RGB_ALPHA)[3].unique().tolist() == [255]
    gray = image.decode_png(data, image.GRAY)
    assert gray.shape == (1, 5, 4)
    assert abs(gray[0].numpy() - RGB @ [0.299, 0.587, 0.114]).max() < 1


def test_other_kinds_of_png():
    deep = RANDOM.randint(0, 2**16, (3, 4)).astype(np.uint16)
    found = image.decode_png(coded(deep, "PNG"), image.UNCHANGED)
    assert found.dtype is torch.uint16 and np.array_equal(found.numpy()[0], deep)
    palette = image.decode_png(coded(RGB, "PNG", "P"), image.UNCHANGED)
    assert palette.shape == (3, 5, 4)
    assert image.decode_png(coded(RGB[..., 0], "PNG", "1"), image.UNCHANGED).max() == 255


def test_colours_in_16_bits_are_refused():
    with pytest.raises(NotImplementedError, match="decode_png of colours in 16 bits"):
        image.decode_png(torch.tensor(list(deep_png(2, 2)), dtype=torch.uint8), image.RGB)


def deep_png(width, height):
    """Black, with 16 bits for each colour, which Pillow does not write."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc32(name + data))

    lines = (b"\0" + bytes(6 * width)) * height
    head = struct.pack(">2I5B", width, height, 16, 2, 0, 0, 0)
    chunks = {b"IHDR": head, b"IDAT": compress(lines), b"IEND": b""}
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks.items())


def test_jpeg_gif_and_webp():
    smooth = np.tile(np.arange(0, 160, 10, dtype=np.uint8)[:, None, None], (1, 16, 3))
    x = torch.tensor(smooth).permute(2, 0, 1)
    for data in (image.encode_jpeg(x, 95), coded(smooth, "WEBP", quality=95)):
        assert (image.decode_image(data, image.RGB).int() - x.int()).abs().max() < 9
    assert image.decode_jpeg(image.encode_jpeg(x[:1], 95), image.UNCHANGED).shape == (1, 16, 16)
    frames = [Image.fromarray(smooth), Image.fromarray(255 - smooth)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    data = torch.tensor(list(file.getvalue()), dtype=torch.uint8)
    assert image.decode_image(data, image.UNCHANGED).shape == (2, 3, 16, 16)


def test_files(tmp_path):
    path = str(tmp_path / "x")
    image.write_file(path, torch.arange(3, dtype=torch.uint8))
    assert image.read_file(path).tolist() == [0, 1, 2]
    with pytest.raises(RuntimeError, match=r"\[Errno 2\] No such file or directory"):
        image.read_file(path + "y")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: image.decode_image(torch.zeros(3), 0), "Expected a torch.uint8 tensor"),
        (lambda: image.decode_image(byte(0), 0), "Expected a non empty 1-dimensional tensor"),
        (lambda: image.decode_image(byte(20), 0), "Unsupported image file"),
        (lambda: image.decode_png(byte(20), 0), "Content is not png"),
        (lambda: image.decode_jpeg(byte(20), 0), "Not a JPEG file: starts with 0x00 0x00"),
        (lambda: image.encode_png(torch.zeros(3, 2, 2), 6), "Input tensor dtype should be uint8"),
        (lambda: image.encode_jpeg(byte(2, 2), 6), "should be a 3-dimensional tensor"),
        (lambda: image.encode_jpeg(byte(4, 2, 2), 6), "should be 1 or 3, got: 4"),
        (lambda: image.encode_png(byte(3, 2, 2), 10), "Compression level should be between 0"),
    ],
)
def test_refusals(call, text):
    with pytest.raises(RuntimeError, match=text):
        call()


def test_damaged_files_raise():
    noise = RANDOM.randint(0, 256, (40, 40, 3)).astype(np.uint8)
    for kind in ("JPEG", "PNG"):
        data = coded(noise, kind)
        with pytest.raises(RuntimeError):
            image.decode_image(data[: len(data) // 2], image.UNCHANGED)


def byte(*shape):
    return torch.zeros(shape, dtype=torch.uint8)
