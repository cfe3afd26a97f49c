"""Damaged and evil files, made from good ones by a seed: bytes flipped, records exchanged and
renamed, pickles with other opcodes, numbers and names, and a list of known tricks. Makes files and
loads none.
"""

from __future__ import annotations

import io
import itertools
import pickle
import pickletools
import random
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

Records = list[tuple[str, bytes]]

NUMBERS = (-1, 0, 1, 7, 255, 65_535, 1 << 31, (1 << 63) - 1, 1 << 63, 1 << 64, 1 << 200, -(1 << 63))
NAMES = (
    "os system", "posix system", "builtins eval", "builtins exec", "__builtin__ eval",
    "builtins getattr", "torch.serialization os.system", "torch.hub load", "torch load",
    "torch.storage _load_from_bytes", "subprocess Popen", "torch._utils _rebuild_parameter",
    "torch._tensor _rebuild_from_type_v2", "torch ByteStorage", "torch DoubleStorage",
    "torch.storage UntypedStorage", "collections OrderedDict", "_codecs encode", "builtins set",
    "builtins bytearray", "torch Size", "torch device", "torch float64", "torch Tensor",
    "torch._utils _rebuild_sparse_tensor", "torch._utils _rebuild_meta_tensor_no_storage",
    "torch.nn.parameter Parameter", "torch.serialization _get_layout", "builtins complex",
)  # fmt: skip
TEXTS = ("", "0", "1", "99", "cuda", "meta", "../../etc/passwd", "/etc/passwd", "a\0b", "x" * 5000)


def good(torch: Any) -> list[bytes]:
    """The files that are damaged."""
    x = torch.arange(24.0).reshape(2, 3, 4)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    marked = torch.nn.Parameter(torch.ones(2))
    marked.label = "kept"
    objects = [
        {"x": x, "t": x.transpose(0, 2), "row": x[1], "cut": x[:, 1:, ::2]},
        net.state_dict(),
        [torch.ones(3, dtype=torch.uint16), torch.ones(3).expand(4, 3), torch.zeros(0, 3)],
        [marked, torch.nn.Parameter(torch.zeros(2)), torch.empty(2, 3, device="meta")],
        [torch.eye(3).to_sparse(), torch.ones(2, dtype=torch.complex64).conj(), x.storage()],
        {"a": [1, 2.5, "text", None, {3, 4}], "s": x.shape, "d": torch.device("cpu"), "b": b"x"},
    ]
    made = []
    for old in (False, False, True):
        for each in objects:
            buffer = io.BytesIO()
            torch.save(each, buffer, _use_new_zipfile_serialization=not old)
            made.append(buffer.getvalue())
    return made


def unpacked(data: bytes) -> Records:
    """The records of an archive, in order."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    return [(info.filename, archive.read(info)) for info in archive.infolist()]


def packed(records: Records, method: int = zipfile.ZIP_STORED) -> bytes:
    """An archive of records, whatever their names."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
        warnings.simplefilter("ignore")  # of records of one name
        for name, data in records:
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return out.getvalue()


def pickled(records: Records) -> int:
    """Which record is the pickle."""
    return next(i for i, (name, _) in enumerate(records) if name.endswith("data.pkl"))


def evil(pickle_bytes: bytes) -> bytes:
    """An archive with this pickle and two storages."""
    data = [("archive/data.pkl", pickle_bytes), ("archive/byteorder", b"little")]
    return packed([*data, ("archive/data/0", bytes(64)), ("archive/version", b"3\n")])


# -- damage


def flipped(chance: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def cut(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data))]


def spliced(chance: random.Random, data: bytes) -> bytes:
    a, b = sorted(chance.randrange(len(data)) for _ in range(2))
    return chance.choice((data[:a] + data[b:], data[:b] + data[a:], data[:a] + bytes(b - a)))


def rerecorded(chance: random.Random, data: bytes) -> bytes:
    """Records removed, doubled, renamed, exchanged, shortened, grown or compressed."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return spliced(chance, data)
    records = unpacked(data)
    a, b = (chance.randrange(len(records)) for _ in range(2))
    (name, content), (other, contents) = records[a], records[b]
    method = zipfile.ZIP_STORED
    kind = chance.randrange(8)
    if kind == 0:
        del records[a]
    elif kind == 1:
        records.append((name, contents))
    elif kind == 2:
        records[a] = (chance.choice(("../../x", "/x", "archive/data/../data.pkl", "")), content)
    elif kind == 3:
        records[a], records[b] = (name, contents), (other, content)
    elif kind == 4:
        records[a] = (name, content[: len(content) // 2])
    elif kind == 5:
        records[a] = (name, content * 3)
    elif kind == 6:
        method = chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    else:
        records[a] = (name, flipped(chance, content) if content else b"x")
    return packed(records, method)


# -- pickles


def _opcodes(data: bytes) -> list[bytes]:
    places = [place for _, _, place in pickletools.genops(data)]
    return [data[a:b] for a, b in itertools.pairwise([*places, len(data)])]


def _number(n: int) -> bytes:
    return pickle.dumps(n, 2)[2:-1]


def repickled(chance: random.Random, data: bytes) -> bytes:
    """Opcodes removed, doubled, exchanged, and other numbers, texts and names in their places."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return flipped(chance, data)
    records = unpacked(data)
    at = pickled(records)
    codes = _opcodes(records[at][1])
    for _ in range(chance.choice((1, 1, 2, 3))):
        _mutate(chance, codes)
    records[at] = (records[at][0], b"".join(codes))
    return packed(records)


def _mutate(chance: random.Random, codes: list[bytes]) -> None:
    kind = chance.randrange(7)
    a, b = chance.randrange(len(codes)), chance.randrange(len(codes))
    if kind == 0:
        del codes[a]
    elif kind == 1:
        codes.insert(b, codes[a])
    elif kind == 2:
        codes[a], codes[b] = codes[b], codes[a]
    elif kind == 3:
        codes[a] = bytes([chance.randrange(256)]) + codes[a][1:]
    else:
        wanted, others = {
            4: ("KMJ\x8a", [_number(n) for n in NUMBERS]),
            5: ("XU\x8c", [b"X" + struct.pack("<I", len(t)) + t.encode() for t in TEXTS]),
            6: ("c", [b"c" + name.replace(" ", "\n").encode() + b"\n" for name in NAMES]),
        }[kind]
        places = [i for i, code in enumerate(codes) if chr(code[0]) in wanted]
        if places:
            codes[chance.choice(places)] = chance.choice(others)


# -- known tricks


def _tensor(numel: Any = 16, offset: Any = 0, size: Any = (2,), stride: Any = (1,)) -> bytes:
    """A pickle of a tensor with these numbers, whatever they are."""

    def numbers(value: Any) -> bytes:
        if isinstance(value, tuple):
            return b"(" + b"".join(numbers(v) for v in value) + b"t"
        return pickle.dumps(value, 2)[2:-1]

    storage = b"(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\x000X\3\0\0\0cpu"
    return (
        b"\x80\2ctorch._utils\n_rebuild_tensor_v2\n(" + storage + numbers(numel) + b"tQ"
        + numbers(offset) + numbers(size) + numbers(stride) + b"\x89ccollections\nOrderedDict\n)R"
        + b"tR."
    )  # fmt: skip


def _call(name: str, argument: bytes = b"X\x0b\0\0\0touch hacked") -> list[bytes]:
    module, _, function = name.partition(" ")
    place = f"{module}\n{function}\n".encode()
    stacked = b"X" + struct.pack("<I", len(module)) + module.encode()
    stacked += b"X" + struct.pack("<I", len(function)) + function.encode() + b"\x93"
    return [
        b"\x80\2c" + place + argument + b"\x85R.",
        b"\x80\4" + stacked + argument + b"\x85R.",
        b"\x80\2(" + argument + b"i" + place + b".",
        b"\x80\2(c" + place + argument + b"o.",
        b"\x80\2c" + place + argument + b"\x85\x81.",
        b"\x80\2c" + place + b"}X\1\0\0\0a" + argument + b"sb.",
        b"\x80\2ctorch._tensor\n_rebuild_from_type_v2\n(c" + place + b"ctorch\nTensor\n"
        + argument + b"\x85}tR.",
    ]  # fmt: skip


def _bomb(size: int, claimed: int | None = None) -> bytes:
    """A pickle of one tensor whose record inflates to many zeros, or says that it does."""
    records = [("archive/data.pkl", _tensor(size // 4)), ("archive/data/0", bytes(size))]
    data = packed(records, zipfile.ZIP_DEFLATED)
    if claimed is not None:
        data = data.replace(struct.pack("<I", size), struct.pack("<I", claimed))
    return data


def _overlapping() -> bytes:
    """Two records of the directory that are one place of the file."""
    records = [("archive/data.pkl", b"\x80\2]."), ("archive/data/0", b"0" * 64)]
    data = packed([*records, ("archive/data/1", b"0" * 64)])
    archive = zipfile.ZipFile(io.BytesIO(data))
    first, second = (archive.getinfo(f"archive/data/{i}").header_offset for i in (0, 1))
    at = data.rindex(struct.pack("<I", second))
    return data[:at] + struct.pack("<I", first) + data[at + 4 :]


def tricks() -> Iterator[tuple[str, bytes]]:
    """(name, file) of each."""
    for name in NAMES[:11]:
        for number, code in enumerate(_call(name)):
            yield f"call {name} {number}", evil(code)
            if number < 2:
                yield f"legacy call {name} {number}", code
    huge = ((1 << 62, 1 << 62), (1 << 40,), (-1,), (-2, 3), (1 << 63,), ("a",), (2.5,), ((1,),))
    for size in huge:
        yield f"size {size}", evil(_tensor(size=size, stride=(1,) * len(size)))
    for stride in ((1 << 62,), (-1,), (1 << 64,), (1, 1), ()):
        yield f"stride {stride}", evil(_tensor(stride=stride))
    for number in NUMBERS:
        yield f"offset {number}", evil(_tensor(offset=number))
        yield f"numel {number}", evil(_tensor(numel=number))
        yield f"size zero and {number}", evil(_tensor(size=(0, number), stride=(1, 1)))
        yield f"many by stride 0, {number}", evil(_tensor(size=(number,), stride=(0,)))
    yield "bomb", _bomb(1 << 29)
    yield "bomb that lies", _bomb(1 << 20, 0xF0000000)
    yield "overlap", _overlapping()
    yield "65 dimensions", evil(_tensor(size=(1,) * 65, stride=(1,) * 65))
    deep = 200_000
    yield "deep tuple", evil(b"\x80\2)" + b"\x85" * deep + b".")
    yield "deep list", evil(b"\x80\2" + b"]" * deep + b"a" * (deep - 1) + b".")
    yield "deep key", evil(b"\x80\2})" + b"\x85" * deep + b"Ns.")
    yield "deep set", evil(b"\x80\4\x8f(" + b")" + b"\x85" * deep + b"\x90.")
    yield (
        "deep OrderedDict",
        evil(b"\x80\2ccollections\nOrderedDict\n]])" + b"\x85" * deep + b"aNaa\x85R."),
    )
    doubled = b")" + b"".join(b"q" + bytes([i]) + b"h" + bytes([i]) + b"\x86" for i in range(60))
    yield "a key of 2**60 parts", evil(b"\x80\2}" + doubled + b"Ns.")
    yield "bytes of 2**62", evil(b"\x80\4\x8e" + struct.pack("<Q", 1 << 62) + b"x.")
    yield "bytearray of 2**40", evil(b"\x80\5\x96" + struct.pack("<Q", 1 << 40) + b"x.")
    yield (
        "bytearray by number",
        evil(b"\x80\2cbuiltins\nbytearray\n" + _number(1 << 40) + b"\x85R."),
    )
    yield "memo at 2**31", evil(b"\x80\2)r" + struct.pack("<I", 1 << 31) + b".")
    yield "long of 2**31 bytes", evil(b"\x80\2\x8b" + struct.pack("<i", (1 << 31) - 1) + b"x.")
    yield "a number of 10**6 digits", evil(b"\x80\2I" + b"9" * 10**6 + b"\n.")
    yield "storage key", evil(_tensor().replace(b"X\1\0\0\x000", b"X\7\0\0\0../../x"))
    yield "storage key is a tuple", evil(_tensor().replace(b"X\1\0\0\x000", b"))\x86"))
    yield "location", evil(_tensor().replace(b"X\3\0\0\0cpu", b"X\4\0\0\0cuda"))
    yield "empty", b""
    yield "only a pickle", pickle.dumps({"a": 1}, 2)
    yield "build of a Parameter", evil(
        b"\x80\2ctorch._utils\n_rebuild_parameter_with_state\n(" + _tensor()[2:-1]
        + b"\x88ccollections\nOrderedDict\n)R}X\6\0\0\0_valueK\1stR."
    )  # fmt: skip
    yield "class of a Parameter", evil(
        b"\x80\2ctorch._utils\n_rebuild_parameter_with_state\n(" + _tensor()[2:-1]
        + b"\x88ccollections\nOrderedDict\n)R}X\t\0\0\0__class__ctorch\nSize\nstR."
    )  # fmt: skip


DAMAGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    repickled, repickled, repickled, flipped, rerecorded, rerecorded, cut, spliced,
)  # fmt: skip


def files(torch: Any, seed: int, count: int) -> list[tuple[str, bytes]]:
    """(name, file): a sample of the known tricks (all, where there is room for twice as many), and
    then damaged files.
    """
    chance = random.Random(seed)
    known = list(tricks())
    if 2 * len(known) > count:
        known = chance.sample(known, count // 2)
    originals = good(torch)
    out = [*known]
    while len(out) < count:
        damage, original = chance.choice(DAMAGES), chance.randrange(len(originals))
        out.append((f"{damage.__name__} {original}", damage(chance, originals[original])))
    return out
