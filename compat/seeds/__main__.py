"""python -m compat.seeds [folder]: every block of the documents, and what differs."""

from __future__ import annotations

import argparse
import sys

from . import _compare, _extract


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m compat.seeds", description=__doc__)
    parser.add_argument("folder", nargs="?", help="of the documents (default: ../shared/seeds)")
    where = _extract.folder(parser.parse_args(arguments).folder)
    documents = _extract.documents(where)
    if not documents:
        print(f"no documents in {where}; give their folder, or set JTORCH_SEEDS")
        return 2
    ran = failed = 0
    for path in documents:
        print(path.name)
        for result in _compare.compare_document(path):
            ran += 1
            failed += bool(result.problems)
            show(result)
    print(f"\n{ran - failed} of {ran} blocks agree")
    return bool(failed)


def show(result: _compare.Result) -> None:
    block = result.block
    status = "DIFFERS" if result.problems else "agrees"
    note = "mended: " * block.mended + (f"raises {result.raised}" if result.raised else "runs")
    print(f"  block {block.number:2} line {block.line:3}  {status:7} {note}")
    for problem in result.problems:
        print("      " + problem.replace("\n", "\n      "))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
