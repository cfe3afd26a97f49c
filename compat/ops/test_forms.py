"""The forms of one declaration: method, in place (with the gradient through it) and out=."""

import pytest

from compat.ops._oracle import check, lines

# function | arguments; the first argument is the tensor that methods belong to
SAMPLES = """
add | x, g
sub | x, g
mul | x, g
div | x, g
true_divide | x, g
floor_divide | x.detach(), g.detach()
remainder | x, g
fmod | x, g
pow | g, 1.5
pow | g, x
float_power | g.double(), 2
atan2 | x, g
hypot | x, g
copysign | x, g
addcmul | x, g, t
addcdiv | x, g, t + 4
lerp | x, g, 0.3
clamp | x, -0.5, 0.5
clamp_min | x, 0
clamp_max | x, 0
nan_to_num | x
xlogy | x, g
ldexp | x, i
gcd | i, j
lcm | i, j
bitwise_and | i, j
bitwise_or | i, j
bitwise_xor | i, j
bitwise_left_shift | i, i
logical_and | b, b
logical_or | b, b
logical_xor | b, b
eq | x.detach(), g.detach()
gt | x.detach(), 0.1
exp | x
exp2 | x
expm1 | x
log | g
log2 | g
log10 | g
log1p | g
sqrt | g
rsqrt | g
square | x
reciprocal | g
sin | x
cos | x
tan | x
asin | x * 0.3
acos | x * 0.3
atan | x
sinh | x
cosh | x
tanh | x
asinh | x
acosh | g + 1
atanh | x * 0.3
sinc | x
abs | x
neg | x
sign | x
sgn | x
ceil | x
floor | x
trunc | x
round | x
frac | x
sigmoid | x
logit | g * 0.4
erf | x
erfc | x
erfinv | x * 0.3
lgamma | g
digamma | g
deg2rad | x
rad2deg | x
tril | x
triu | x
cumsum | x, 1
cumprod | x, 1
renorm | x, 2, 0, 0.5
addmm | x @ x.T, x, g.T
addmv | x[:, 0] * 1, x, g[0]
addr | x * 1, x[:, 0], g[0]
baddbmm | (x @ x.T)[None], x[None], g.T[None]
i0 | x
igamma | g.detach(), g.detach()
mvlgamma | g + 2, 2
subtract | x, g
multiply | x, g
divide | x, g
absolute | x
negative | x
arccos | x * 0.3
clip | x, 0, 1
"""

NO_OUT = """
maximum | x, g
minimum | x, g
fmax | x, g
logaddexp | x, g
mm | x, g.T
matmul | x, g.T
bmm | x[None], g.T[None]
mv | x, g[0]
dot | x[0], g[0]
outer | x[0], g[0]
sum | x, 0
mean | x, 1
prod | x, 1
nansum | x, 0
amax | x, 1
amin | x, 1
argmax | x, 1
all | b, 1
any | b, 1
std | x, 1
var | x, 1
norm | x, 2, 1
logsumexp | x, 1
cumsum | x, 0
cat | [x, g], 1
stack | [x, g]
diag | x
searchsorted | f.detach(), g.detach()
clamp | x, -0.5, 0.5
sigmoid | x
tensordot | x, g, 2
"""


def _split(line: str) -> tuple[str, str, str]:
    name, _, args = line.partition(" | ")
    first, depth = "", 0
    for k, char in enumerate(args):
        depth += (char in "([") - (char in ")]")
        if char == "," and not depth:
            return name, args[:k], args[k + 1 :].strip()
        first += char
    return name, first, ""


@pytest.mark.parametrize("line", lines(SAMPLES))
def test_method(line):
    name, first, rest = _split(line)
    check(f"({first}).{name}({rest})", atol=1e-5)


@pytest.mark.parametrize("line", lines(SAMPLES))
def test_in_place(line):
    name, first, rest = _split(line)
    check(f"(lambda y: [y.{name}_({rest}), y])(({first}).clone())", atol=1e-5)


@pytest.mark.parametrize("line", lines(NO_OUT))
def test_out(line):
    name, _, args = line.partition(" | ")
    check(f"torch.{name}({args}, out=torch.empty(0).to(torch.{name}({args}).dtype))", grad=False)


@pytest.mark.parametrize(
    "expression",
    lines("""
(lambda v, k: [torch.max(x, 1, out=(v, k)), v, k])(torch.empty(0), torch.empty(0).long())
(lambda v, k: [torch.sort(x, out=(v, k)), v, k])(torch.empty(0), torch.empty(0).long())
(lambda v, k: [torch.topk(x, 2, out=(v, k)), v, k])(torch.empty(0), torch.empty(0).long())
torch.add(x, g, out=torch.empty(2, 3))
torch.add(x, g, out=torch.empty(2, 3).long())
torch.add(x, 1, out=torch.empty(2, 3).double())
(lambda y: y.add_(1.5))(i.clone())
(lambda y: y.div_(2))(i.clone())
(lambda y: y.add_(x))(x[0].clone())
(lambda y: y.mul_(i))(x.clone())
(lambda y: y.exp_())(i.clone())
(lambda y: y.eq_(2))(x.detach().clone())
"""),
)
def test_mixed(expression):
    check(expression, grad=False)
