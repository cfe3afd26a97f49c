"""`python -m compat.files [DTYPE ...]`: the whole matrix, and what in it differs from torch."""

from __future__ import annotations

import sys
import warnings

from . import matrix
from .describe import difference


def main(dtypes: list[str]) -> int:
    """Prints each difference and the count; 1 where there is any."""
    warnings.simplefilter("ignore")
    total = wrong = 0
    for name, make, save, load in [*matrix.tensors(dtypes or None), *matrix.others()]:
        total += len(matrix.DIRECTIONS)
        for direction, expected, got in matrix.differences(make, save, load):
            wrong += 1
            print(f"{name}: {direction} {difference(expected, got)}")
    print(f"{total - wrong} of {total} agree ({100 * (total - wrong) / total:.2f} %)")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
