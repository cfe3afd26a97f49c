"""Functions that torch itself has removed: the names are there and say what to use instead."""

from __future__ import annotations

from collections.abc import Callable

REMOVED = "This function was deprecated since version 1.9 and is now removed."

# What follows on the first line, and what to use.
REASONS = {
    "eig": (
        " `torch.linalg.eig` returns complex tensors of dtype `cfloat` or `cdouble` rather than "
        "real tensors mimicking complex tensors.",
        "torch.linalg.eig or torch.linalg.eigvals",
    ),
    "lstsq": (
        " `torch.lstsq` is deprecated in favor of `torch.linalg.lstsq`.",
        "torch.linalg.lstsq(A, B), whose arguments come in the other order",
    ),
    "matrix_rank": ("", "torch.linalg.matrix_rank"),
    "solve": (
        " `torch.solve` is deprecated in favor of `torch.linalg.solve`. `torch.linalg.solve` has "
        "its arguments reversed and does not return the LU factorization.",
        "torch.linalg.solve(A, B)",
    ),
    "symeig": (
        " The default behavior has changed from using the upper triangular portion of the matrix "
        "by default to using the lower triangular portion.",
        "torch.linalg.eigh or torch.linalg.eigvalsh",
    ),
}


def _removed(name: str) -> Callable:
    reason, instead = REASONS[name]

    def function(*args, **kwargs):
        raise RuntimeError(f"{REMOVED}{reason}\n\nUse {instead}.")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Removed; use {instead}."
    return function


eig, lstsq, matrix_rank, solve, symeig = map(_removed, REASONS)

FUNCTIONS = tuple(REASONS)
METHODS = ("eig", "lstsq", "solve", "symeig")
