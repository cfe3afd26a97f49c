"""The operators of torchvision's `image.so`, which `torch.ops.load_library` registers when
torchvision asks for it: image files to tensors and back. Pillow decodes and encodes, which
torchvision needs anyway. Of tensors this file knows that they hold NumPy arrays.
"""

from __future__ import annotations

import importlib
import io
from typing import Any

import numpy as np

from ._dtypes import uint8
from ._errors import not_covered
from ._ops import ops
from ._tensor import Tensor
from .library import Library
from .ops.tensors import from_numpy

CODED = "Tensor data, int mode, bool apply_exif_orientation=False"
SCHEMAS = (
    "read_file(str _0) -> Tensor",
    "write_file(str _0, Tensor _1) -> ()",
    f"decode_image({CODED}) -> Tensor",
    f"decode_jpeg({CODED}) -> Tensor",
    f"decode_png({CODED}) -> Tensor",
    "decode_webp(Tensor encoded_data, int mode) -> Tensor",
    "decode_gif(Tensor _0) -> Tensor",
    "encode_jpeg(Tensor _0, int _1) -> Tensor",
    "encode_png(Tensor _0, int _1) -> Tensor",
    "decode_jpegs_cuda(Tensor[] _0, int _1, Device _2) -> Tensor[]",
    "encode_jpegs_cuda(Tensor[] _0, int _1) -> Tensor[]",
    "_jpeg_version() -> int",
    "_is_compiled_against_turbo() -> bool",
)

UNCHANGED, GRAY, GRAY_ALPHA, RGB, RGB_ALPHA = range(5)  # torchvision.io.ImageReadMode
MODES = {GRAY: "L", GRAY_ALPHA: "LA", RGB: "RGB", RGB_ALPHA: "RGBA"}
UNSUPPORTED = (
    "Unsupported image file. Only jpeg, png, webp and gif are currently supported. For avif and "
    "heic format, please rely on `decode_avif` and `decode_heic` directly."
)
# libpng's weights of red and green for torchvision's 0.2989 and 0.587, in parts of 2 ** 15
RED, GREEN = 9794, 19235


def _pil(part: str) -> Any:
    """A module of Pillow, which nothing else here needs."""
    return importlib.import_module(f"PIL.{part}")


# -- files


def read_file(path: str) -> Tensor:
    """The bytes of a file, as uint8. Raises RuntimeError where there is none, or nothing in it."""
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise RuntimeError(f"[Errno {error.errno}] {error.strerror}: '{path}'") from None
    _check(data.size > 0, "Expected a non empty file")
    return from_numpy(data)


def write_file(path: str, data: Tensor) -> None:
    """Writes the bytes of a uint8 tensor of one dimension."""
    _check(data.dtype is uint8, "Input tensor dtype should be uint8")
    _check(data.dim() == 1, "Input data should be a 1-dimensional tensor")
    try:
        data.numpy().tofile(path)
    except OSError as error:
        raise RuntimeError(f"[Errno {error.errno}] {error.strerror}: '{path}'") from None


# -- decoding: the bytes of an image to uint8 of shape (channels, height, width)


def decode_image(data: Tensor, mode: int, apply_exif_orientation: bool = False) -> Tensor:
    """What the first bytes say that it is: JPEG, PNG, GIF or WebP."""
    head = _bytes(data)[:12]
    if head[:3] == b"\xff\xd8\xff":
        return decode_jpeg(data, mode, apply_exif_orientation)
    if head[:4] == b"\x89PNG":
        return decode_png(data, mode, apply_exif_orientation)
    if head[:6] in (b"GIF89a", b"GIF87a"):
        return decode_gif(data)
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        return decode_webp(data, mode)
    raise RuntimeError(UNSUPPORTED)


def decode_jpeg(data: Tensor, mode: int, apply_exif_orientation: bool = False) -> Tensor:
    """A gray image is the file's own brightness, not one computed from its colours."""
    coded = _bytes(data)
    found = " ".join(f"0x{byte:02x}" for byte in coded[:2])
    _check(coded[:2] == b"\xff\xd8", f"Not a JPEG file: starts with {found}")
    _check(mode in (UNCHANGED, GRAY, RGB), "The provided mode is not supported for JPEG files")
    image = _open(coded, "JPEG")
    if mode == GRAY:
        image.draft("L", image.size)
    elif mode == UNCHANGED and image.mode == "CMYK":
        image = image.convert("RGB")
    return _tensor(_upright(image, apply_exif_orientation), mode)


def decode_png(data: Tensor, mode: int, apply_exif_orientation: bool = False) -> Tensor:
    """A gray image of 16 bits is uint16; one with colours in 16 bits is not covered."""
    coded = _bytes(data)
    _check(coded[:4] == b"\x89PNG", "Content is not png.")
    image = _open(coded, "PNG")
    if coded[24] == 16 and image.mode != "I;16":  # its header: Pillow would keep the upper 8 bits
        raise not_covered("decode_png of colours in 16 bits")
    _check(mode in (UNCHANGED, *MODES), "The provided mode is not supported for PNG files")
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif image.mode == "1":
        image = image.convert("L")
    image = _upright(image, apply_exif_orientation)
    if mode in (GRAY, GRAY_ALPHA) and image.mode in ("RGB", "RGBA"):
        return _gray(image, mode)
    return _tensor(image, mode)


def decode_webp(encoded_data: Tensor, mode: int) -> Tensor:
    """RGB, or RGBA where the file has transparency."""
    image = _open(_bytes(encoded_data), "WEBP")
    wanted = (UNCHANGED, RGB, RGB_ALPHA)
    _check(mode in wanted, "The provided mode is not supported for WEBP files")
    return _tensor(image, mode)


def decode_gif(data: Tensor) -> Tensor:
    """RGB; with several frames, of shape (frames, 3, height, width)."""
    frames = _pil("ImageSequence").Iterator(_open(_bytes(data), "GIF"))
    arrays = [np.array(frame.convert("RGB")).transpose(2, 0, 1) for frame in frames]
    return from_numpy(arrays[0] if len(arrays) == 1 else np.stack(arrays))


def _open(coded: bytes, kind: str) -> Any:
    try:
        image = _pil("Image").open(io.BytesIO(coded), formats=[kind])
        if kind != "JPEG":  # which may be told to decode in gray
            image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise RuntimeError(str(error)) from None
    return image


def _upright(image: Any, apply: bool) -> Any:
    return _pil("ImageOps").exif_transpose(image) if apply else image


def _tensor(image: Any, mode: int) -> Tensor:
    kind = MODES.get(mode, image.mode)
    try:
        array = np.array(image if image.mode == kind else image.convert(kind))
    except OSError as error:  # the file ends too early
        raise RuntimeError(str(error)) from None
    if image.mode == "I;16":
        array = array.astype(np.uint16)
    return from_numpy(np.ascontiguousarray(np.atleast_3d(array).transpose(2, 0, 1)))


def _gray(image: Any, mode: int) -> Tensor:
    """With libpng's weights, and its rounding."""
    array = np.array(image).astype(np.int32)
    red, green, blue = array[..., 0], array[..., 1], array[..., 2]
    gray = (RED * red + GREEN * green + (2**15 - RED - GREEN) * blue + 2**14) >> 15
    gray = np.where((red == green) & (red == blue), red, gray)
    planes = [gray]
    if mode == GRAY_ALPHA:
        planes.append(array[..., 3] if array.shape[-1] == 4 else np.full_like(gray, 255))
    return from_numpy(np.stack(planes).astype(np.uint8))


# -- encoding: uint8 of shape (1 or 3, height, width) to the bytes of a file


def encode_png(image: Tensor, compression_level: int) -> Tensor:
    """PNG; the level is from 0 to 9."""
    level = compression_level
    _check(0 <= level <= 9, "Compression level should be between 0 and 9")
    return _encode(image, "PNG", compress_level=level)


def encode_jpeg(image: Tensor, quality: int) -> Tensor:
    """JPEG with colours at half the resolution; the quality is from 1 to 100."""
    _check(1 <= quality <= 100, "Image quality should be a positive number between 1 and 100")
    return _encode(image, "JPEG", quality=quality)


def _encode(image: Tensor, kind: str, **options: int) -> Tensor:
    _check(image.dtype is uint8, "Input tensor dtype should be uint8")
    _check(image.dim() == 3, "Input data should be a 3-dimensional tensor")
    channels = image.shape[0]
    _check(channels in (1, 3), f"The number of channels should be 1 or 3, got: {channels}")
    array = image.detach().numpy()
    picture = _pil("Image").fromarray(
        array[0] if channels == 1 else array.transpose(1, 2, 0).copy()
    )
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return from_numpy(np.frombuffer(file.getbuffer(), np.uint8).copy())


# -- checks, and what needs a GPU or a library that is not here


def _bytes(data: Tensor) -> bytes:
    _check(data.dtype is uint8, "Expected a torch.uint8 tensor")
    _check(data.dim() == 1 and data.numel() > 0, "Expected a non empty 1-dimensional tensor")
    return data.numpy().tobytes()


def _check(holds: bool, text: str) -> None:
    if not holds:
        raise RuntimeError(text)


def _on_a_gpu(*arguments: Any) -> Any:
    raise not_covered("JPEG files on a GPU (torchvision.io with device='cuda')")


KERNELS = {
    "read_file": read_file,
    "write_file": write_file,
    "decode_image": decode_image,
    "decode_jpeg": decode_jpeg,
    "decode_png": decode_png,
    "decode_webp": decode_webp,
    "decode_gif": decode_gif,
    "encode_jpeg": encode_jpeg,
    "encode_png": encode_png,
    "decode_jpegs_cuda": _on_a_gpu,
    "encode_jpegs_cuda": _on_a_gpu,
    "_jpeg_version": lambda: 62,
    "_is_compiled_against_turbo": lambda: True,
}


def _register() -> None:
    library = Library("image", "FRAGMENT")
    for schema in SCHEMAS:
        name = schema.partition("(")[0]
        library.define(schema)
        library.impl(name, KERNELS[name], "CompositeExplicitAutograd")


ops._known["torchvision/image"] = _register
