"""`python -m compat.files.hostile --count N [--seed S]`: damaged and evil files. Each is loaded
with weights_only=True by a child process; it must load, or raise an exception of a known kind,
within time and memory, and run nothing. Needs no torch.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import pickle
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

from . import mutations

KNOWN = (
    RuntimeError, pickle.UnpicklingError, ValueError, TypeError, LookupError, AttributeError,
    EOFError, OverflowError, AssertionError, NotImplementedError,
)  # fmt: skip
SECONDS, MEGABYTES, LIMIT = 5, 300, 3 << 30
# What the audit hook of Python reports when code of a file would run.
FORBIDDEN = frozenset(
    "os.system os.exec os.fork os.posix_spawn os.spawn os.remove os.rename os.rmdir os.mkdir "
    "subprocess.Popen pty.spawn socket.connect socket.__new__ ctypes.dlopen shutil.rmtree "
    "urllib.Request webbrowser.open".split()
)


class Watch:
    """An audit hook that notes what a file does while it is loaded."""

    def __init__(self):
        self.armed, self.seen = False, []
        sys.addaudithook(self)

    def __call__(self, event: str, args: tuple) -> None:
        if not self.armed:
            return
        writes = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
        if event in FORBIDDEN or writes:
            self.seen.append(f"{event} {args!r:.200}")


def look(value: Any, torch: Any) -> None:
    """Read every tensor: a place outside of its storage would show."""
    pending, seen = [value], 0
    while pending and seen < 2000:
        each = pending.pop()
        seen += 1
        if isinstance(each, torch.Tensor):
            if each.layout is torch.strided and each.numel() < 1 << 20 and not each.is_meta:
                each.detach().resolve_conj().contiguous().reshape(-1).tolist()
        elif isinstance(each, dict):
            pending += [*each.values()]
        elif isinstance(each, (list, tuple, set)):
            pending += list(each)


def one(torch: Any, data: bytes, mapped: bool, path: str) -> str:
    """What becomes of a file: "loads", or the exception's name."""
    import io

    with open(path, "wb") as file:
        file.write(data)
    watch = one.watch
    signal.alarm(SECONDS)
    try:
        watch.armed = True
        value = torch.load(path, mmap=True) if mapped else torch.load(io.BytesIO(data))
        watch.armed = False
        look(value, torch)
        return "loads"
    except KNOWN as error:
        return type(error).__name__
    except BaseException as error:
        return f"UNKNOWN {type(error).__name__}: {error!s:.200}"
    finally:
        watch.armed = False
        signal.alarm(0)


def child(seed: int, count: int) -> None:
    """Loads the files one after the other and prints a line of JSON for each."""
    import jtorch as torch

    def late(*_: Any) -> None:
        raise TimeoutError(f"more than {SECONDS} seconds")

    signal.signal(signal.SIGALRM, late)
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    one.watch = Watch()
    files = mutations.files(torch, seed, count)
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "file.pt")
    for number, (name, data) in enumerate(files):
        print(json.dumps({"number": number, "name": name}), flush=True)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        outcome = one(torch, data, number % 5 == 4, path)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
        if one.watch.seen:
            outcome = f"RAN {one.watch.seen}"
            one.watch.seen = []
        if grown > MEGABYTES:
            outcome = f"MEMORY {grown} MB"
        taken = time.perf_counter() - start
        print(json.dumps({"outcome": outcome, "seconds": taken}), flush=True)


def run(seed: int, count: int) -> tuple[collections.Counter, list[str]]:
    """(how often each outcome, what went wrong) of files that a child process loads."""
    command = [sys.executable, "-X", "faulthandler", "-m", "compat.files.hostile", "--child"]
    command += ["--seed", str(seed), "--count", str(count)]
    # compiled programs are not written down: the hook would report it
    env = {**os.environ, "JTORCH_CACHE_DIR": "", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    names = [line["name"] for line in lines if "name" in line]
    outcomes = [line["outcome"] for line in lines if "outcome" in line]
    wrong = [
        f"seed {seed}, file {number} ({name}): {outcome}"
        for number, (name, outcome) in enumerate(zip(names, outcomes, strict=False))
        if " " in outcome
    ]
    if done.returncode or len(outcomes) != count:
        last = names[-1] if names else "none"
        wrong.append(f"seed {seed}: ended with {done.returncode} at {last}: {done.stderr[-1000:]}")
    return collections.Counter(outcome.split(" ")[0] for outcome in outcomes), wrong


def main() -> int:
    """Prints the outcomes; 1 where something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", action="store_true")
    given = parser.parse_args()
    if given.child:
        random.seed(given.seed)
        child(given.seed, given.count)
        return 0
    found, wrong = run(given.seed, given.count)
    for outcome, n in found.most_common():
        print(f"{n:6} {outcome}")
    print("\n".join(wrong) or "nothing ran, nothing crashed, every exception is of a known kind")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
