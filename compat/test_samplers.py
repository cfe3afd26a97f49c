"""The table of compat/samplers, one seed and the sizes that matter most."""

import pytest

from .samplers import compare, gaps, table

SIZES = (1, 8, 15, 16, 17, 33, 257)
CASES = [(s, d) for s in table.SAMPLERS for d in s.dtypes]


@pytest.mark.parametrize(("sampler", "dtype"), CASES, ids=lambda x: getattr(x, "name", x))
def test_draws(sampler, dtype):
    sizes = [n for n in SIZES if n in sampler.sizes] or list(sampler.sizes[:2])
    if sampler.sizes is table.SIZES:
        sizes = list(SIZES)
    found = compare.measure(sampler._replace(sizes=tuple(sizes), seeds=1), dtype)
    assert gaps.verdict(found, whole=False) == ""


def test_gaps_name_samplers():
    known = {(s.name, d) for s, d in CASES}
    assert set(gaps.gaps()) <= known
