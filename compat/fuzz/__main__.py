"""python -m compat.fuzz --programs 10000 --seed 0: differences, each as short as it gets.

--only N writes and runs program N alone; --show prints each program; every 20th program runs three
times, so that it is compiled whole as well.
"""

from __future__ import annotations

import argparse
import functools
import os
import pathlib
import random
import sys
import time
import warnings

# Thousands of small programs run once each: they should compile fast.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")

import torch

import jtorch

from .. import gaps
from .program import BORING, Author, Result, difference, run
from .shrink import script, shrink


def write(seed: int, number: int) -> tuple[list[str], Result]:
    """Program `number` of this seed, and what real torch made of it."""
    author = Author(random.Random(f"{seed}:{number}"), torch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = author.write()
    return program, run(program, torch)


def check(program: list[str], want: Result, times: int) -> str | None:
    found = None
    for _ in range(times):
        found = found or difference(program, want, run(program, jtorch))
    return found


def again(times: int, program: list[str]) -> bool:
    want = run(program, torch)
    sound = not any(e and BORING.search(e) for e in want.errors)
    return sound and check(program, want, times) is not None


def tell(program: list[str], first: str | None, times: int, whole: bool) -> None:
    """Print what is left of a program that differs, and how; `whole` as a script."""
    if first is None:
        print("# agrees: its line must leave gaps.txt", flush=True)
        return
    short = shrink(program, functools.partial(again, times))
    print(script(short) if whole else "\n".join(short))
    found = check(short, run(short, torch), times)
    print("#", (found or f"not again: {first}").replace("\n", "\n# "), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m compat.fuzz")
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="number of the first program")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--stop", type=int, default=20, help="stop after so many differences")
    options = parser.parse_args()
    torch.set_num_threads(1)
    numbers = (
        range(options.first, options.first + options.programs)
        if options.only is None
        else [options.only]
    )
    known = gaps.known(pathlib.Path(__file__).with_name("gaps.txt"))
    failed, listed, started, writing = [], 0, time.time(), 0.0
    for n in numbers:
        before = time.time()
        program, want = write(options.seed, n)
        writing += time.time() - before
        if options.show:
            print(f"# {n}", *program, sep="\n")
        times = 3 if n % 20 == 0 else 1
        first, gap = check(program, want, times), known.get((str(options.seed), str(n)))
        if first is not None and gap is not None and options.only is None:
            listed += 1
        elif first is not None or gap is not None:
            failed.append(n)
            print(f"\n# program {n} of seed {options.seed}")
            tell(program, first, times, options.only is not None)
        if len(failed) >= options.stop:
            break
    spent = time.time() - started
    done = n + 1 - numbers[0]
    rate = f"{done / spent:.1f} a second, {writing:.0f} s of it real torch"
    print(f"\n{done} programs in {spent:.0f} s ({rate}), {listed} listed, others: {failed}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
