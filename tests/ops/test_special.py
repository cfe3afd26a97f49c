"""Special functions by the identities that tie them together (DLMF)."""

import math

import numpy as np
import pytest

import jtorch as torch

special = torch.special
X = torch.cat([torch.linspace(0.05, 30, 400, dtype=torch.float64), torch.tensor([2.0, 5.0])])
X = X.to(torch.float64)


def close(a, b, rtol=1e-11, atol=0.0):
    np.testing.assert_allclose(a.numpy(), b.numpy(), rtol, atol)


def test_wronskian_of_bessel_functions():
    """DLMF 10.5.2."""
    j0, j1, y0, y1 = (getattr(special, f"bessel_{n}")(X) for n in ("j0", "j1", "y0", "y1"))
    close(j1 * y0 - j0 * y1, 2 / (math.pi * X))


def test_wronskian_of_modified_bessel_functions():
    """DLMF 10.28.2, scaled by exp(x) exp(-x)."""
    k0, k1 = special.scaled_modified_bessel_k0(X), special.scaled_modified_bessel_k1(X)
    close(special.i0e(X) * k1 + special.i1e(X) * k0, 1 / X)
    close(special.modified_bessel_k0(X), k0 * torch.exp(-X), 1e-12)


def test_airy_satisfies_its_equation():
    """Ai'' = x Ai (DLMF 9.2.1), by differences of high order."""
    x, h = torch.linspace(-12, 6, 200, dtype=torch.float64), 0.02
    weights = [1 / 90, -3 / 20, 3 / 2, -49 / 18, 3 / 2, -3 / 20, 1 / 90]
    second = sum(w * special.airy_ai(x + (k - 3) * h) for k, w in enumerate(weights)) / h**2
    close(second, x * special.airy_ai(x), 0, 1e-7)
    assert (
        abs(special.airy_ai(torch.zeros((), dtype=torch.float64)).item() - 0.3550280538878172)
        < 1e-16
    )


@pytest.mark.parametrize("kind", "tuvw")
def test_chebyshev_of_high_degree_continues_the_recurrence(kind):
    f = getattr(special, f"chebyshev_polynomial_{kind}")
    x = torch.linspace(-1, 1, 41, dtype=torch.float64)
    n = torch.arange(1, 40, dtype=torch.float64)[:, None]
    close(f(x, n + 1), 2 * x * f(x, n) - f(x, n - 1), 0, 1e-11)


def test_polynomials_against_known_ones():
    x = torch.tensor([-1.5, 0.3, 2.0], dtype=torch.float64)
    close(special.hermite_polynomial_h(x, 3), 8 * x**3 - 12 * x)
    close(special.hermite_polynomial_he(x, 3), x**3 - 3 * x)
    close(special.laguerre_polynomial_l(x, 2), (x * x - 4 * x + 2) / 2)
    close(special.legendre_polynomial_p(x, 3), (5 * x**3 - 3 * x) / 2)
    close(special.shifted_chebyshev_polynomial_t(x, 2), 2 * (2 * x - 1) ** 2 - 1)
    assert special.chebyshev_polynomial_t(x, -1).tolist() == [0, 0, 0]


def test_they_have_no_derivative():
    x = torch.ones(2, requires_grad=True)
    assert not special.bessel_j0(x).requires_grad
    assert not special.legendre_polynomial_p(x, 2).requires_grad


def test_polygamma_below_zero_keeps_its_recurrence():
    """DLMF 5.15.5."""
    x = torch.linspace(-20.3, -0.3, 81, dtype=torch.float64) + 0.01
    for n in (1, 2, 3):
        step = (-1) ** n * math.factorial(n) / x ** (n + 1)
        close(torch.polygamma(n, x + 1), torch.polygamma(n, x) + step, 1e-8)
