"""The functions torch.special has without derivatives: Bessel, Airy, orthogonal polynomials; and
zeta and polygamma below 0. Over wide ranges torch's own values are only good to 1e-6 in places.
"""

import numpy as np
import pytest
import torch as real

import jtorch
from compat.ops._oracle import check, lines

BESSEL = [n for n in real.special.__all__ if "bessel" in n or n == "airy_ai"]
POLYNOMIALS = [n for n in real.special.__all__ if "polynomial" in n]
TINY, HUGE = 1e-30, 1e30
EDGES = [-np.inf, -HUGE, -2000, -3, -0.0, 0, TINY, 1e-6, 2, 5, 103, 104, 800, HUGE, np.inf, np.nan]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", BESSEL)
def test_bessel(name, dtype):
    x = np.concatenate([np.linspace(-20, 20, 801), np.logspace(-6, 1.7, 200)]).astype(dtype)
    ours = getattr(jtorch.special, name)(jtorch.from_numpy(x)).numpy()
    theirs = getattr(real.special, name)(real.from_numpy(x)).numpy()
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, 1e-5 if dtype == "float32" else 1e-6, 3e-6)


@pytest.mark.parametrize("name", BESSEL)
def test_edges(name):
    x = np.array(EDGES)
    if name in ("bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "spherical_bessel_j0"):
        x = x[np.abs(x) != HUGE]  # the angle means nothing there
    ours = getattr(jtorch.special, name)(jtorch.from_numpy(x)).numpy()
    np.testing.assert_allclose(
        ours, getattr(real.special, name)(real.from_numpy(x)).numpy(), 1e-6, 1e-7
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", POLYNOMIALS)
def test_polynomials(name, dtype):
    x = np.concatenate([np.linspace(-3, 3, 61), [0, 1, -1, 0.5]]).astype(dtype)
    n = np.arange(-1, 20, dtype=dtype)[:, None]
    ours = getattr(jtorch.special, name)(jtorch.from_numpy(x), jtorch.from_numpy(n)).numpy()
    theirs = getattr(real.special, name)(real.from_numpy(x), real.from_numpy(n)).numpy()
    accuracy = 1e-5 if dtype == "float32" else 1e-12
    # Near a root the terms of a recurrence cancel, and what is left is the rounding of the terms,
    # which are as large as the polynomial elsewhere.
    size = np.nanmax(np.abs(theirs), 1, keepdims=True, initial=0, where=np.isfinite(theirs))
    allowed = accuracy * (1 + np.abs(theirs)) + 4 * np.finfo(dtype).eps * size
    assert ours.dtype == theirs.dtype
    assert (np.isnan(ours) == np.isnan(theirs)).all()
    np.testing.assert_array_less(np.nan_to_num(np.abs(ours - theirs)), allowed)


EXPRESSIONS = """
torch.special.bessel_j0(i)
torch.special.bessel_j0(h)
torch.special.bessel_j0(c)
torch.special.bessel_y1(input=f)
torch.special.airy_ai(x=f)
torch.special.airy_ai(i, out=torch.empty(2, 3))
torch.special.modified_bessel_k0(b)
torch.special.scaled_modified_bessel_k1(x=f)
torch.special.scaled_modified_bessel_k1(h)
torch.special.chebyshev_polynomial_t(f, 3)
torch.special.chebyshev_polynomial_u(0.3, f)
torch.special.chebyshev_polynomial_v(f / 5, i)
torch.special.chebyshev_polynomial_w(x=i, n=2)
torch.special.hermite_polynomial_h(f, 2.7)
torch.special.hermite_polynomial_he(f, 600)
torch.special.laguerre_polynomial_l(h, 2)
torch.special.legendre_polynomial_p(f, 100)
torch.special.shifted_chebyshev_polynomial_t(g / 2, 50)
torch.special.zeta(i, i - 2)
torch.special.zeta(d * 0 + 3, d * 9)
torch.special.zeta(d * 0 + 2.5, d * 9)
torch.polygamma(1, d * 9)
torch.polygamma(3, d * 9)
torch.polygamma(4, d * 9)
torch.digamma(d * 9)
"""


@pytest.mark.parametrize("expression", lines(EXPRESSIONS))
def test_same(expression):
    check(expression, rtol=1e-5, atol=1e-5)
