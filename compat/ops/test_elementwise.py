"""Arithmetic, functions of one tensor, logic and comparisons, at ordinary and at special values."""

import pytest

from compat.ops._oracle import check, lines

EXPRESSIONS = """
i.mean()
b.mean()
i32.mean(0)
i.mean(dtype=torch.int64)
i.sigmoid()
b-b
f-b
b-f
True-b
-b
torch.neg(b)
i**-1
i**-1.0
2**-i
torch.pow(i, -i)
torch.pow(torch.tensor([1, -1, 2, 0, -1]), torch.tensor([-1, -1, -1, -1, -2]))
torch.pow(2, i)
torch.pow(2.5, i)
b**2
b**b
i//0
i%0
torch.fmod(i, 0)
i.div(0)
i.div(0, rounding_mode='trunc')
i.div(i, rounding_mode='floor')
i.div(i, rounding_mode='foo')
torch.ceil(b)
torch.round(i)
torch.round(f, decimals=2)
torch.trunc(b)
torch.frac(i)
torch.sign(b)
torch.sign(c)
torch.abs(b)
torch.abs(c)
torch.floor(c)
torch.relu(b)
torch.relu(i)
torch.relu(c)
torch.rsqrt(i)
torch.sqrt(b)
torch.exp(b)
torch.square(b)
torch.reciprocal(i)
torch.bitwise_and(f, f)
torch.bitwise_not(f)
f<<1
i<<1
i<<i
b&1
b&i
~b
torch.logical_and(f, i)
torch.logical_not(f)
torch.gcd(f, f)
torch.gcd(i, i)
torch.lcm(i32, i)
torch.clamp(f)
torch.clamp(i, 0.5, 1)
torch.clamp(i, min=1)
torch.clamp(b, 0, 1)
torch.clamp(c, 0, 1)
torch.clamp(f, min=torch.tensor([1, 2, 3]))
torch.clamp(i, min=torch.tensor(1.5))
torch.maximum(f, i)
torch.maximum(b, b)
torch.maximum(c, c)
torch.fmax(i, i)
torch.atan2(i, i)
torch.hypot(i, i)
torch.copysign(i, i)
torch.copysign(i, -1)
torch.heaviside(f, i)
torch.ldexp(i, i)
torch.logaddexp(i, i)
torch.xlogy(i, i)
torch.xlogy(2, f)
torch.erf(i)
torch.nextafter(i, i)
torch.isnan(i)
torch.isinf(i)
torch.isposinf(c)
torch.isreal(c)
torch.isclose(i, i)
torch.isclose(i, f)
torch.isclose(f, f, rtol=-1)
torch.angle(i)
torch.angle(f)
torch.conj_physical(c)
torch.deg2rad(i)
torch.rad2deg(b)
torch.lerp(f, f, 0.5)
torch.lerp(f, i, 0.5)
torch.lerp(i, i, 0.5)
torch.addcmul(i, i, i)
torch.addcmul(i, i, i, value=0.5)
torch.addcmul(f, i, i, value=2)
torch.addcdiv(i, i, i)
torch.addcdiv(f, f, f)
torch.add(i, i, alpha=0.5)
torch.add(b, b)
torch.add(b, b, alpha=2)
torch.add(b, True)
torch.sub(i, 1, alpha=2)
torch.sub(i, f, alpha=2)
torch.rsub(i, 1)
torch.rsub(i, 1, alpha=2)
torch.mul(2, i)
torch.add(2, i)
torch.div(2, i+1)
torch.remainder(2, i+1)
torch.remainder(-3.5, f)
torch.floor_divide(2, i+1)
torch.eq(i, 1.5)
torch.lt(c, c)
torch.eq(c, c)
torch.equal(i, f)
torch.equal(i, i[0])
torch.allclose(i, f)
torch.isin(i, torch.tensor([1, 2]))
torch.isin(i, 1)
torch.isin(1, i)
torch.nan_to_num(i)
torch.float_power(i, 2)
torch.float_power(2, i)
torch.positive(b)
torch.sgn(b)
torch.signbit(b)
torch.signbit(i)
torch.sinc(i)
torch.logit(i)
torch.logit(f, 0.1)
torch.digamma(i)
torch.lgamma(i)
torch.erfinv(i)
torch.polygamma(1, f)
torch.polygamma(-1, f)
torch.true_divide(i, 2)
torch.bitwise_left_shift(i, 2)
torch.isneginf(f)
torch.igamma(f, f)
torch.mvlgamma(f+3, 2)
torch.exp(w)
torch.exp2(w)
torch.expm1(w)
torch.log(w)
torch.log2(w)
torch.log10(w)
torch.log1p(w)
torch.sqrt(w)
torch.rsqrt(w[6:])
torch.square(w)
torch.reciprocal(w)
torch.sin(w)
torch.cos(w)
torch.tan(w)
torch.asin(w)
torch.acos(w)
torch.atan(w)
torch.sinh(w)
torch.cosh(w)
torch.tanh(w)
torch.asinh(w)
torch.acosh(w)
torch.atanh(w)
torch.sinc(w)
torch.deg2rad(w)
torch.rad2deg(w)
torch.abs(w)
torch.neg(w)
torch.sign(w)
torch.sgn(w)
torch.signbit(w)
torch.angle(w)
torch.ceil(w)
torch.floor(w)
torch.trunc(w)
torch.round(w)
torch.frac(w)
torch.nan_to_num(w)
torch.sigmoid(w)
torch.logit(w[6:])
torch.erf(w)
torch.erfc(w)
torch.erfinv(w)
torch.lgamma(w)
torch.isnan(w)
torch.isinf(w)
torch.isfinite(w)
torch.isposinf(w)
torch.isneginf(w)
torch.isreal(w)
torch.logical_not(w)
torch.positive(w)
torch.maximum(t, t.flip(0))
torch.minimum(w, w.flip(0))
torch.fmax(w, w.flip(0))
torch.fmin(w, w.flip(0))
torch.atan2(w, w.flip(0))
torch.atan2(f * 0, f * 0)
torch.hypot(x, g)
torch.copysign(w, w.flip(0))
torch.logaddexp(w[1:-2], g[0, 0])
torch.logaddexp2(x, g)
torch.xlogy(w, w.flip(0))
torch.fmod(x, g)
torch.remainder(x, -g)
torch.remainder(w, 2.5)
torch.remainder(w, -2.5)
torch.fmod(w, -2.5)
torch.div(w, 2.5, rounding_mode='floor')
torch.div(w, w.flip(0), rounding_mode='floor')
torch.div(w, w.flip(0), rounding_mode='trunc')
torch.div(w, w.flip(0))
torch.floor_divide(w.detach(), -2.5)
torch.floor_divide(j, 2)
torch.floor_divide(j, -3)
torch.div(j, 2, rounding_mode='trunc')
torch.remainder(j, 3)
torch.remainder(j, -3)
torch.fmod(j, -3)
j // j
w ** 2
w ** 3
w ** 0.5
w ** -1
w ** -2.0
w ** 0
c ** c
c ** 1.5
w ** 7
w[5:] ** 1.5
w ** w.flip(0)
torch.pow(f, f)
torch.pow(0.5, w)
torch.pow(g, 2.3)
j ** 3
i ** i
2 ** i
i32 ** 2
u ** 2
c ** 2
c ** 0.5
x.clamp(-0.5, 0.5)
t.clamp(2, 3)
w.clamp(-1, 1)
w.clamp(min=0)
w.clamp(max=0)
w.clamp(nan, 1)
t.clamp(f, g)
x.clamp(x, x)
t.clamp_min(2)
t.clamp_max(2)
w.nan_to_num(1, 2, 3)
w.nan_to_num(nan=5.0)
torch.round(g * 10, decimals=1)
torch.round(g * 1000, decimals=-2)
torch.lerp(x, g, 0.3)
torch.lerp(x, g, 0.7)
torch.lerp(x, g, t)
torch.addcmul(x, g, t, value=0.5)
torch.addcdiv(x, g, t + 3, value=-0.5)
x + i
i + 1.5
i + True
u + 200
u - i32
h + f
h * 2
h + d
d * x
i32 * 2
c + x
c * 1j
x * 1j
x / c
torch.add(x, g, alpha=-0.1)
torch.sub(x, g, alpha=2)
torch.rsub(x, g)
3 - x
1 / (x + 3)
i / 2
2 // (i + 1)
5.5 // g
7 % (i + 1)
torch.ldexp(x, i)
torch.frexp(g)
c.abs()
torch.abs(c * 0)
c.sgn()
c.angle()
torch.exp(c)
torch.log(c)
torch.sin(c)
torch.sqrt(c)
torch.tanh(c)
c.reciprocal()
c == c
torch.heaviside(x.detach(), g.detach())
torch.nextafter(x.detach(), g.detach())
torch.gcd(j, i)
torch.lcm(j, i)
j >> 1
j << 70
j & 6
j | i
j ^ 3
~i
b ^ b
b & b
torch.bitwise_left_shift(u, 9)
torch.isclose(x, x + 1e-9)
torch.isclose(w, w, equal_nan=True)
torch.isclose(w, w)
torch.allclose(x, x + 1e-9)
torch.equal(x, x)
torch.isin(i, torch.tensor([1, 4]), invert=True)
w.eq(0)
w > 0
w != w
x.lt(g)
torch.gradient(f * f)
h.exp()
h.sigmoid()
h.sqrt()
"""


@pytest.mark.parametrize("expression", lines(EXPRESSIONS))
def test_same(expression):
    check(expression)
