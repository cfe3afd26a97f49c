"""Writes jtorch/ops/_chebyshev.py: the smooth factors of Bessel and Airy functions as Chebyshev
series on the intervals that ops/bessel.py uses, computed with mpmath to full double precision.

    python scripts/chebyshev.py
"""

from pathlib import Path

import mpmath as mp

mp.mp.dps = 50
TARGET = Path(__file__).parent.parent / "jtorch" / "ops" / "_chebyshev.py"
HEAD = '''"""Chebyshev series of the smooth factors of Bessel and Airy functions. Written by
scripts/chebyshev.py, which says what each is a series of; bessel.py evaluates them.
"""

'''


def series(f, low, high, terms=60):
    """Coefficients of f on [low, high] down to 1e-17 of the largest."""
    nodes = [mp.cos(mp.pi * (k + mp.mpf(1) / 2) / terms) for k in range(terms)]
    values = [f((mp.mpf(high) - low) * (t + 1) / 2 + low) for t in nodes]
    found = []
    for n in range(terms):
        c = sum(v * mp.cos(mp.pi * n * (k + mp.mpf(1) / 2) / terms) for k, v in enumerate(values))
        found.append(c * (1 if n == 0 else 2) / terms)
    bound = max(map(abs, found)) * mp.mpf("1e-17")
    while abs(found[-1]) < bound:
        found.pop()
    return [float(c) for c in found]


def entire(f):
    """A function of z = x ** 2 from one of x, continued to 0."""
    return lambda z: f(mp.sqrt(max(z, mp.mpf("1e-30"))))


def second_kind(order):
    """Y without its logarithm and pole (DLMF 10.8.1), over x ** order."""

    def f(x):
        pole = 1 / x if order else 0
        rest = mp.bessely(order, x) - 2 / mp.pi * (mp.besselj(order, x) * mp.log(x) - pole)
        return rest / x**order

    return entire(f)


def third_kind(order):
    """K without its logarithm and pole (DLMF 10.31.1), over x ** order."""

    def f(x):
        pole = 1 / x if order else 0
        rest = mp.besselk(order, x) + (-1) ** order * mp.log(x / 2) * mp.besseli(order, x) - pole
        return rest / x**order

    return entire(f)


def first_kind(order):
    """J over x ** order and over the factors of its first two zeros."""
    one, two = (mp.besseljzero(order, k) ** 2 for k in (1, 2))
    return entire(lambda x: mp.besselj(order, x) / x**order / (x * x - one) / (x * x - two))


def hankel(order, which):
    """The slow factors of J and Y (DLMF 10.17.3) in z = (5 / x) ** 2; Q without its 5 / x."""

    def f(z):
        x = 5 / mp.sqrt(max(z, mp.mpf("1e-12")))
        angle = x - mp.pi / 4 - order * mp.pi / 2
        j, y = mp.besselj(order, x), mp.bessely(order, x)
        c, s = mp.cos(angle), mp.sin(angle)
        factor = j * c + y * s if which == "P" else (y * c - j * s) * x / 5
        return mp.sqrt(mp.pi * x / 2) * factor

    return f


def decaying(order):
    """exp(x) sqrt(x) K (DLMF 10.40.2) in 2 / x."""

    def f(s):
        x = 2 / max(s, mp.mpf("1e-30"))
        return mp.exp(x) * mp.sqrt(x) * mp.besselk(order, x)

    return f


LEFT, RIGHT = -5, 2  # outside of these Ai is taken from its asymptotic forms


def zeta_at(x):
    return 2 * mp.mpf(x) ** mp.mpf("1.5") / 3


def airy_decaying(s):
    """2 sqrt(pi) x ** (1/4) exp(zeta) Ai(x) (DLMF 9.7.5) in s = zeta(RIGHT) / zeta."""
    zeta = zeta_at(RIGHT) / max(s, mp.mpf("1e-12"))
    x = (zeta * 3 / 2) ** (mp.mpf(2) / 3)
    return 2 * mp.sqrt(mp.pi) * x ** mp.mpf("0.25") * mp.exp(zeta) * mp.airyai(x)


def airy_waves(which):
    """The slow factors of Ai(-x) (DLMF 9.7.9) in s = (zeta(-LEFT) / zeta) ** 2; G without its
    1 / zeta.
    """

    def f(s):
        zeta = zeta_at(-LEFT) / mp.sqrt(max(s, mp.mpf("1e-12")))
        x = (zeta * 3 / 2) ** (mp.mpf(2) / 3)
        ai, bi = mp.airyai(-x), mp.airybi(-x)
        c, d = mp.cos(zeta - mp.pi / 4), mp.sin(zeta - mp.pi / 4)
        root = mp.sqrt(mp.pi) * x ** mp.mpf("0.25")
        return root * (ai * c - bi * d) if which == "F" else root * (ai * d + bi * c) * zeta

    return f


TABLES = {
    **{f"J{n}": (first_kind(n), 0, 25) for n in (0, 1)},
    **{f"Y{n}": (second_kind(n), 0, 25) for n in (0, 1)},
    **{f"{w}{n}": (hankel(n, w), 0, 1) for n in (0, 1) for w in "PQ"},
    **{f"K{n}": (third_kind(n), 0, 4) for n in (0, 1)},
    **{f"K{n}_FAR": (decaying(n), 0, 1) for n in (0, 1)},
    "AI": (mp.airyai, LEFT, RIGHT),
    "AI_FAR": (airy_decaying, 0, 1),
    "AI_F": (airy_waves("F"), 0, 1),
    "AI_G": (airy_waves("G"), 0, 1),
}


def main():
    text = HEAD
    for name, (f, low, high) in TABLES.items():
        rows = [f"    {c!r},\n" for c in series(f, low, high)]
        text += f"{name} = (\n{''.join(rows)})\n"
    TARGET.write_text(text)


if __name__ == "__main__":
    main()
