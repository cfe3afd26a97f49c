"""What autocast on the CPU makes of every entry of torch's operator database: the dtype of the
result, for inputs in float32 and in bfloat16. Entries that refuse bfloat16 in torch without
autocast but take it under it are the point of half of these.
"""

import warnings
from typing import Any

import pytest
import torch

import jtorch

from .opinfo import _entries, _translate

ENTRIES = [name for name, e in _entries.entries().items() if not e.out_of_scope]
ODD = "nothing is multiplied here, and torch casts all the same, or does not"
GAPS = {
    ("linalg.det", "bfloat16"): ODD,
    ("linalg.matrix_power", "float32"): ODD,
    ("masked.prod", "bfloat16"): ODD,
    ("linalg.pinv", "float32"): "the result of a product at the end, where ours stays in float32",
    ("linalg.pinv.hermitian", "float32"): "the same",
    ("linalg.matrix_rank", "bfloat16"): "refused before it comes to singular values",
    ("linalg.matrix_rank.hermitian", "bfloat16"): "the same",
    ("nn.functional.linear_cross_entropy.chunked", "bfloat16"): "refused: two dtypes",
    ("nn.functional.linear_cross_entropy.chunked_none", "bfloat16"): "refused: two dtypes",
}
CASES = [
    pytest.param(
        name,
        dtype,
        marks=[pytest.mark.xfail(reason=GAPS[name, dtype], strict=True)]
        if (name, dtype) in GAPS
        else [],
    )
    for name in ENTRIES
    for dtype in ("float32", "bfloat16")
]


def in_dtype(x: Any, dtype: torch.dtype) -> Any:
    if isinstance(x, torch.Tensor):
        return x.detach().to(dtype) if x.is_floating_point() else x
    if isinstance(x, (list, tuple)) and type(x) in (list, tuple):
        return type(x)(in_dtype(y, dtype) for y in x)
    return x


def dtypes_of(library: Any, function: Any, args: list, kwargs: dict) -> Any:
    """The dtypes of the results, or None for a call that is refused."""
    try:
        with library.autocast("cpu", dtype=library.bfloat16):
            result = function(*args, **kwargs)
    except Exception:  # what torch refuses is compared elsewhere
        return None
    results = result if isinstance(result, (tuple, list)) else [result]
    return [str(r.dtype) for r in results if hasattr(r, "dtype")]


@pytest.mark.parametrize(("name", "dtype"), CASES)
def test_dtype_under_autocast(name, dtype):
    entry = _entries.entries()[name]
    info = entry.info
    if not info.supports_dtype(torch.float32, "cpu"):
        pytest.skip("takes no float32")
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sample = next(iter(info.sample_inputs("cpu", torch.float32)))
        args = [in_dtype(x, getattr(torch, dtype)) for x in (sample.input, *sample.args)]
        kwargs = {k: in_dtype(v, getattr(torch, dtype)) for k, v in sample.kwargs.items()}
        want = dtypes_of(torch, info.op, args, kwargs)
        if want is None:
            pytest.skip("torch refuses it")
        to = _translate.value
        got = dtypes_of(
            jtorch, _translate.function(info.op), [to(a) for a in args],
            {k: to(v) for k, v in kwargs.items()},
        )  # fmt: skip
    assert got == want
