"""torch.vmap: layers, indexing, in-place writes, random numbers, batches in batches, arguments."""

from __future__ import annotations


def _x(torch):
    return torch.tensor([0.5, -1.25, 2.0])


def _batch(torch):
    return torch.linspace(-1.5, 2.0, 12).reshape(4, 3)


def _mapped(function, **options):
    """vmap of function(torch, x) over four examples."""

    def program(torch):
        torch.manual_seed(7)
        return torch.vmap(lambda x: function(torch, x), **options)(_batch(torch))

    return program


FUNCTIONS = {
    "softmax": lambda torch, x: x.softmax(0),
    "layer_norm": lambda torch, x: torch.nn.functional.layer_norm(x, (3,)),
    "max_pool": lambda torch, x: torch.nn.functional.max_pool1d(x[None], 2),
    "outer": lambda torch, x: torch.outer(x, x).tril(),
    "inverse": lambda torch, x: torch.linalg.inv(torch.outer(x, x) + torch.eye(3)),
    "where": lambda torch, x: torch.where(x > 0, x, 0.0),
    "sort": lambda torch, x: x.sort(descending=True),
    "argsort": lambda torch, x: x.argsort(),
    "std": lambda torch, x: x.std(),
    "any": lambda torch, x: (x > 0).any(),
    "split": lambda torch, x: x.split(2)[0],
    "cat": lambda torch, x: torch.cat([x.flip(0), x, torch.ones(2)]),
    "einsum": lambda torch, x: torch.einsum("i,j->ij", x, x),
    "expand": lambda torch, x: x.view(3, 1).expand(3, 2),
    "matmul": lambda torch, x: torch.arange(6.0).reshape(2, 3) @ x,
    "zeros_like": lambda torch, x: torch.zeros_like(x).add_(x),
    "new_zeros": lambda torch, x: x.new_zeros(2).add_(x[:2]),
    "setitem": lambda torch, x: _written(x),
    "in_place": lambda torch, x: x.clone().mul_(2).sub_(x),
    "masked_fill": lambda torch, x: x.masked_fill(x > 0, 7.0),
    "topk": lambda torch, x: x.topk(2),
    "cumsum_jacobian": lambda torch, x: torch.func.jacrev(lambda y: y.cumsum(0).cumprod(0))(x),
    "sort_gradient": lambda torch, x: torch.func.grad(lambda y: (y.sort()[0] * y).sum())(x),
    "constant": lambda torch, x: torch.ones(2),
    "dict": lambda torch, x: {"a": x * 2, "b": [x.sum()]},
    "item": lambda torch, x: x.sum().item(),
    "truth": lambda torch, x: x if x.sum() > 0 else -x,
    "float": lambda torch, x: float(x.sum()),
    "tolist": lambda torch, x: x.tolist(),
    "nonzero": lambda torch, x: x.nonzero(),
    "mask": lambda torch, x: x[x > 0],
    "text": lambda torch, x: (print(x), x)[1],
    "backward": lambda torch, x: x.sum().backward(),
    "requires_grad": lambda torch, x: x.clone().requires_grad_(),
}


def _written(x):
    y = x.clone()
    y[0:2] = 7.0
    y[2] = x[0]
    return y


DRAWS = {
    "rand": lambda torch, x: torch.rand(3) + x,
    "randn": lambda torch, x: torch.randn(5) + x[0],
    "randn_like": lambda torch, x: torch.randn_like(x) + x,
    "randint": lambda torch, x: torch.randint(0, 9, (3,)) + x,
    "randperm": lambda torch, x: torch.randperm(5) + x[0],
    "dropout": lambda torch, x: torch.nn.functional.dropout(x),
    "bernoulli": lambda torch, x: torch.bernoulli(x.sigmoid()),
    "normal_": lambda torch, x: x.clone().normal_(),
    "normal_of_constant": lambda torch, x: torch.zeros(3).normal_() + x,
    "normal": lambda torch, x: torch.normal(x, 1.0),
    "poisson": lambda torch, x: torch.poisson(x.abs() * 5),
    "multinomial": lambda torch, x: torch.multinomial(x.abs(), 2),
    "gradient": lambda torch, x: torch.func.grad(lambda y: (torch.rand(3) * y).sum())(x),
    "nested": lambda torch, x: torch.vmap(lambda y: torch.rand(2) + y, randomness="different")(x),
    "nested_same": lambda torch, x: torch.vmap(lambda y: torch.rand(2) + y, randomness="same")(x),
}

CASES = {f"of_{name}": _mapped(f) for name, f in FUNCTIONS.items()}
CASES |= {
    f"draws_{name}_{how}": _mapped(f, randomness=how)
    for name, f in DRAWS.items()
    for how in ("different", "same", "error")
}
CASES |= {
    f"draws_in_chunks_{how}": _mapped(DRAWS["rand"], randomness=how, chunk_size=3)
    for how in ("different", "same")
}
CASES |= {
    "chunks": _mapped(lambda torch, x: x * 2, chunk_size=3),
    "in_dims": lambda torch: torch.vmap(lambda x, y: x * y, in_dims=(1, None))(
        _batch(torch), torch.arange(4.0)
    ),
    "in_dims_negative": lambda torch: torch.vmap(lambda x: x * 2, in_dims=-1)(_batch(torch)),
    "in_dims_nested": lambda torch: torch.vmap(
        lambda d, y: d["a"] + y[0], in_dims=({"a": 1}, (None,))
    )({"a": _batch(torch)}, (torch.arange(4.0),)),
    "out_dims": lambda torch: torch.vmap(lambda x: (x, x.sum()), out_dims=(1, 0))(_batch(torch)),
    "out_dims_negative": lambda torch: torch.vmap(lambda x: x * 2, out_dims=-1)(_batch(torch)),
    "out_dims_none": lambda torch: torch.vmap(lambda x: torch.ones(2), out_dims=None)(
        _batch(torch)
    ),
    "keyword": lambda torch: torch.vmap(lambda x, k=None: (x * k).sum())(
        _batch(torch), k=_x(torch)
    ),
    "outer_product": lambda torch: torch.vmap(
        torch.vmap(torch.mul, in_dims=(None, 0)), in_dims=(0, None)
    )(_x(torch), _x(torch)),
    "empty": lambda torch: torch.vmap(lambda x: x * 2)(torch.ones(0, 3)),
    "index": lambda torch: torch.vmap(lambda x, i: x[i])(_batch(torch), torch.tensor([0, 1, 2, 1])),
    "gather": lambda torch: torch.vmap(lambda x, i: x.gather(0, i))(
        _batch(torch), torch.tensor([[0], [1], [2], [1]])
    ),
    "cross_entropy": lambda torch: torch.vmap(torch.func.grad(torch.nn.functional.cross_entropy))(
        _batch(torch), torch.tensor([0, 1, 2, 1])
    ),
    "embedding": lambda torch: torch.vmap(
        lambda i: torch.nn.functional.embedding(i, _batch(torch))
    )(torch.tensor([[0, 1], [2, 3]])),
    "dot": lambda torch: torch.vmap(torch.dot)(_batch(torch), _batch(torch)),
}

ARGUMENTS = {
    "no_inputs": lambda torch: torch.vmap(_one)(),
    "number": lambda torch: torch.vmap(_one)(3),
    "number_too": lambda torch: torch.vmap(_two)(_batch(torch), 3),
    "in_dims_none": lambda torch: torch.vmap(_one, in_dims=None)(_batch(torch)),
    "in_dims_all_none": lambda torch: torch.vmap(_one, in_dims=(None,))(_batch(torch)),
    "in_dims_large": lambda torch: torch.vmap(_one, in_dims=5)(_batch(torch)),
    "in_dims_small": lambda torch: torch.vmap(_one, in_dims=-3)(_batch(torch)),
    "in_dims_text": lambda torch: torch.vmap(_one, in_dims="a")(_batch(torch)),
    "in_dims_text_in_tuple": lambda torch: torch.vmap(_one, in_dims=("a",))(_batch(torch)),
    "in_dims_length": lambda torch: torch.vmap(_one, in_dims=(0, 0))(_batch(torch)),
    "in_dims_list": lambda torch: torch.vmap(_one, in_dims=[0])(_batch(torch)),
    "in_dims_structure": lambda torch: torch.vmap(_one, in_dims=([0, 0],))(_batch(torch)),
    "scalar": lambda torch: torch.vmap(_one)(torch.tensor(1.0)),
    "sizes": lambda torch: torch.vmap(_two)(_batch(torch), _x(torch)),
    "returns_number": lambda torch: torch.vmap(lambda x: 1)(_batch(torch)),
    "returns_none": lambda torch: torch.vmap(lambda x: None)(_batch(torch)),
    "out_dims_text": lambda torch: torch.vmap(_one, out_dims="a")(_batch(torch)),
    "out_dims_length": lambda torch: torch.vmap(_one, out_dims=(0, 0))(_batch(torch)),
    "out_dims_short": lambda torch: torch.vmap(lambda x: (x, x), out_dims=(0,))(_batch(torch)),
    "out_dims_large": lambda torch: torch.vmap(_one, out_dims=3)(_batch(torch)),
    "out_dims_none": lambda torch: torch.vmap(_one, out_dims=None)(_batch(torch)),
    "chunk_zero": lambda torch: torch.vmap(_one, chunk_size=0)(_batch(torch)),
    "randomness": lambda torch: torch.vmap(_one, randomness="x")(_batch(torch)),
    "captured": lambda torch: torch.vmap(lambda x: torch.ones(3).mul_(x))(_batch(torch)),
}
CASES |= {f"arguments_{name}": program for name, program in ARGUMENTS.items()}


def _one(x):
    return x


def _two(x, y):
    return x


def in_place_on_the_batch(torch):
    x = _batch(torch)
    return [torch.vmap(lambda row: row.mul_(2).sum())(x), x]


def backward(torch):
    w = torch.tensor([1.0, 0.5, -0.75], requires_grad=True)
    x = _batch(torch).requires_grad_()
    y = torch.vmap(lambda row: (row * w).sin().sum())(x)
    y.pow(2).sum().backward()
    return [y.detach(), w.grad, x.grad]


def layers(torch):
    torch.manual_seed(5)
    conv, norm = torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm1d(3).eval()
    attention = torch.nn.MultiheadAttention(4, 2)
    images, words = torch.randn(2, 1, 1, 5, 5), torch.randn(2, 5, 1, 4)
    return [
        torch.vmap(conv)(images).detach(),
        torch.vmap(norm)(torch.ones(2, 4, 3)).detach(),
        torch.vmap(lambda x: attention(x, x, x)[0])(words).detach(),
    ]


def convolution_gradients(torch):
    torch.manual_seed(5)
    conv = torch.nn.Conv2d(1, 2, 3)
    params = {name: p.detach() for name, p in conv.named_parameters()}

    def loss(params, x):
        return torch.func.functional_call(conv, params, (x,)).pow(2).sum()

    return torch.vmap(torch.func.grad(loss), in_dims=(None, 0))(params, torch.randn(2, 1, 1, 5, 5))
