"""How the quantiles of the beta distribution move with its parameters, which is the derivative of a
reparametrised Dirichlet sample. The incomplete beta integral and its derivatives are power series
whose terms all have one sign, so nothing cancels; they are summed in float64.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import digamma

from ._checks import check_broadcast
from ._declare import op
from ._numeric import no_derivative, require_single, scalar_name
from ._types import Tensor

TERMS = 20_000  # a bound; 50 to 500 are usual


@op(variants="f", name="_dirichlet_grad")
def _dirichlet_grad(x: Tensor, alpha: Tensor, total: Tensor):
    """dx / dalpha / (1 - x) of a quantile x of Beta(alpha, total - alpha)."""
    require_single("_dirichlet_grad_cpu", x)
    for other in (alpha, total):
        if other.dtype != x.dtype:
            found, want = scalar_name(other.dtype), scalar_name(x.dtype)
            raise RuntimeError(f"Found dtype {found} but expected {want}")
    check_broadcast((x, alpha, total))
    wide = jnp.broadcast_arrays(*(v.astype(np.float64) for v in (x, alpha, total)))
    return no_derivative("_dirichlet_grad", _moved)(*wide).astype(x.dtype)


def _moved(x, alpha, total):
    """The derivative of the distribution function by alpha over its density: below the mean from
    the integral I of x, above it from its complement, that of 1 - x with the parameters swapped.
    """
    beta = total - alpha
    below = x * total <= alpha
    y, a, b = (jnp.where(below, *pair) for pair in ((x, 1 - x), (alpha, beta), (beta, alpha)))
    y = jnp.clip(y, np.finfo(np.float64).tiny, 1)
    sums, by_first, by_second = _series(y, a, b)
    # I = y**a (1 - y)**b / (a B(a, b)) * sums, and the density is what stands before sums, times
    # a / (y (1 - y))
    of_total = digamma(total)
    first = jnp.log(y) - 1 / a - digamma(a) + of_total + by_first / sums
    second = jnp.log1p(-y) - digamma(b) + of_total + by_second / sums
    relative = jnp.where(below, -first, second)  # of I, or of its complement
    return relative * sums * x / a


def _series(y, a, b):
    """2F1(a + b, 1; a + 1; y) and its derivatives by a and by b: with terms
    t[n] = product over k < n of y (a + b + k) / (a + 1 + k).
    """

    def pending(carry):
        n, term, _, _, (sums, *_) = carry
        return (n < TERMS) & (jnp.abs(term) > 1e-17 * sums).any()

    def step(carry):
        n, term, log_a, log_b, (sums, by_a, by_b) = carry
        term = term * y * (a + b + n) / (a + 1 + n)
        log_b = log_b + 1 / (a + b + n)
        log_a = log_a + 1 / (a + b + n) - 1 / (a + 1 + n)
        return n + 1, term, log_a, log_b, (sums + term, by_a + term * log_a, by_b + term * log_b)

    zero, one = jnp.zeros_like(y), jnp.ones_like(y)
    return lax.while_loop(pending, step, (0.0, one, zero, zero, (one, zero, zero)))[-1]
