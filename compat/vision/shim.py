"""Lets real torch for the CPU use torchvision's own kernels. The wheel's `_C.so` is linked against
the CUDA build, whose libraries are absent here; it calls into them only where a tensor is on a GPU.
So libraries of those names, with functions that return 0, are made with the C compiler and loaded.

Call `install()` before the first `import torchvision` in a process that has real torch. It knows
nothing of jtorch, which needs none of this.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import re
import subprocess
import tempfile
from pathlib import Path

EXTENSIONS = ("_C.so", "image.so")
LIBRARIES = ("libcudart.so.13", "libc10_cuda.so", "libtorch_cuda.so")
VERSIONED = LIBRARIES[0]  # its symbols are asked for by version
IS_CUDA = re.compile(r"(_ZNK?\d*\w*4cuda|__cuda|cuda)")

# What is no function that may return 0: a handle that is written through, and an object.
SPECIAL = {
    "__cudaRegisterFatBinary": "static long handle[4]; void *{}(void) {{ return handle; }}",
    "_ZN3c104cuda20CUDACachingAllocator9allocatorE": "long {};",
}
FUNCTION = "long {}(void) {{ return 0; }}"


def install():
    """Make `import torchvision` find its compiled ops under real torch for the CPU.

    Raises OSError (FileNotFoundError) where there is no C compiler.
    """
    spec = importlib.util.find_spec("torchvision")
    assert spec is not None and spec.origin is not None, "torchvision is not installed"
    package = Path(spec.origin).parent
    for library in _libraries([package / name for name in EXTENSIONS]):
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)


def _libraries(extensions: list[Path]) -> list[Path]:
    """The paths of the stand-ins, which are made once for each build of torchvision."""
    key = hashlib.sha256(b"".join(e.read_bytes() for e in extensions)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"jtorch-vision-shim-{key}"
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=tempfile.gettempdir()) as scratch:
            _compile(Path(scratch), _missing(extensions))
            made = Path(scratch) / "made"
            try:
                made.rename(folder)
            except OSError:  # another process was faster
                assert folder.exists()
    return [folder / name for name in LIBRARIES]


def _missing(extensions: list[Path]) -> list[str]:
    """The symbols that the extensions want from the CUDA libraries."""
    command = ["nm", "-D", "--undefined-only", *map(str, extensions)]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    names = {line.split()[-1].partition("@")[0] for line in listing.splitlines() if line}
    return sorted(name for name in names if IS_CUDA.match(name))


def _compile(scratch: Path, names: list[str]):
    source = scratch / "stub.c"
    source.write_text("\n".join(SPECIAL.get(name, FUNCTION).format(name) for name in names))
    versions = scratch / "versions"
    versions.write_text(f"{VERSIONED} {{ global: *; }};")
    (scratch / "made").mkdir()
    for name in LIBRARIES:
        options = [f"-Wl,--version-script={versions}"] if name == VERSIONED else []
        output = ["-o", str(scratch / "made" / name), f"-Wl,-soname,{name}"]
        subprocess.run(["cc", "-w", "-shared", "-fPIC", *options, *output, str(source)], check=True)
