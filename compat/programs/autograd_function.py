"""torch.autograd.Function: contexts, saved tensors, several inputs and outputs, misuse."""

from __future__ import annotations

from ._outcome import error


def _leaf(torch, *values):
    return torch.tensor(values or (1.0, 2.0, 3.0), requires_grad=True)


def _cube(torch):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 3 * x**2

    return Cube


def saves_input(torch):
    x = _leaf(torch)
    y = _cube(torch).apply(x)
    y.sum().backward()
    return [y, x.grad]


def double_backward(torch):
    x = _leaf(torch)
    (g,) = torch.autograd.grad(_cube(torch).apply(x).sum(), x, create_graph=True)
    return [g, torch.autograd.grad(g.sum(), x)]


def saves_output(torch):
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.saved_tensors[0]

    x = _leaf(torch)
    y = Exp.apply(x)
    y.sum().backward()
    return [y, x.grad]


def attributes_on_ctx(torch):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, k, mode="a"):
            ctx.k, ctx.mode = k, mode
            return x * k

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.k, None, None

    x = _leaf(torch)
    y = Scale.apply(x, 2.5, "b")
    y.sum().backward()
    return [y, x.grad]


def several_inputs_and_outputs(torch):
    class AddMul(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b)
            return a + b, a * b

        @staticmethod
        def backward(ctx, gs, gp):
            a, b = ctx.saved_tensors
            return gs + gp * b, gs + gp * a

    a, b = _leaf(torch), _leaf(torch)
    s, p = AddMul.apply(a, b)
    (s + 2 * p).sum().backward()
    return [s, p, a.grad, b.grad]


def unused_output_gets_zeros(torch):
    seen = []

    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, a, b):
            seen.append([a, b])
            return a * 2 + b * 3

    x = _leaf(torch)
    Two.apply(x)[0].sum().backward()
    return [seen, x.grad]


def set_materialize_grads_false(torch):
    seen = []

    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, a, b):
            seen.append(b)
            return a * 2

    x = _leaf(torch)
    Two.apply(x)[0].sum().backward()
    return [seen, x.grad]


def needs_input_grad(torch):
    seen = []

    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b, c):
            seen.append(ctx.needs_input_grad)
            return a * b * c

        @staticmethod
        def backward(ctx, g):
            seen.append(ctx.needs_input_grad)
            return g, g, None

    a, b = _leaf(torch), torch.ones(3)
    F.apply(a, b, 2.0).sum().backward()
    return [seen, a.grad]


def straight_through(torch):
    class Round(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.round()

        @staticmethod
        def backward(ctx, g):
            return g

    x = torch.tensor([0.4, 1.6], requires_grad=True)
    y = Round.apply(x)
    (y * y).sum().backward()
    return [y, x.grad]


def gradient_reversal(torch):
    class Reverse(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, alpha):
            ctx.alpha = alpha
            return x.view_as(x)

        @staticmethod
        def backward(ctx, g):
            return g.neg() * ctx.alpha, None

    x = _leaf(torch)
    y = Reverse.apply(x, 0.5)
    y.sum().backward()
    return [y, x.grad]


def mark_dirty(torch):
    class AddOne(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.add_(1)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = _leaf(torch)
    h = x * 1
    y = AddOne.apply(h)
    y.sum().backward()
    return [y is h, y, x.grad]


def mark_non_differentiable(torch):
    class Sort(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            values, order = x.sort()
            ctx.mark_non_differentiable(order)
            ctx.save_for_backward(order)
            return values, order

        @staticmethod
        def backward(ctx, g, _):
            (order,) = ctx.saved_tensors
            return torch.zeros_like(g).scatter(0, order, g)

    x = _leaf(torch, 3.0, 1.0, 2.0)
    values, order = Sort.apply(x)
    (values * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    return [values, order, x.grad]


def returning_input_unchanged(torch):
    class Identity(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = _leaf(torch)
    y = Identity.apply(x)
    y.sum().backward()
    return [y is x, y.grad_fn.name(), x.grad]


def setup_context(torch):
    class F(torch.autograd.Function):
        @staticmethod
        def forward(x, k):
            return x * k

        @staticmethod
        def setup_context(ctx, inputs, output):
            x, k = inputs
            ctx.k = k
            ctx.save_for_backward(x)

        @staticmethod
        def backward(ctx, g):
            return g * ctx.k, None

    x = _leaf(torch)
    y = F.apply(x, 3)
    y.sum().backward()
    return [y, x.grad]


def once_differentiable(torch):
    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, g):
            return g * 2 * ctx.saved_tensors[0]

    x = _leaf(torch)
    (g,) = torch.autograd.grad(F.apply(x).sum(), x, create_graph=True)
    return [g.tolist(), error(lambda: g.sum().backward())]


def not_differentiable_inside(torch):
    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x * 2
            ctx.inner = y.requires_grad
            return y

        @staticmethod
        def backward(ctx, g):
            return g if not ctx.inner else None

    x = _leaf(torch)
    F.apply(x).sum().backward()
    return x.grad


def nested(torch):
    cube = _cube(torch)

    class Outer(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            with torch.enable_grad():
                x = x.detach().requires_grad_()
                y = cube.apply(x)
            ctx.save_for_backward(x, y)
            return y.detach()

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            with torch.enable_grad():
                return torch.autograd.grad(y, x, g)

    x = _leaf(torch)
    Outer.apply(x).sum().backward()
    return x.grad


def checkpoint_like(torch):
    class Checkpoint(torch.autograd.Function):
        @staticmethod
        def forward(ctx, f, x):
            ctx.f = f
            ctx.save_for_backward(x)
            with torch.no_grad():
                return f(x)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            x = x.detach().requires_grad_()
            with torch.enable_grad():
                y = ctx.f(x)
            y.backward(g)
            return None, x.grad

    x = _leaf(torch)
    y = Checkpoint.apply(lambda a: a.sin() * a, x * 2)
    y.sum().backward()
    return [y, x.grad]


def wrong_number_of_gradients_raises(torch):
    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b

        @staticmethod
        def backward(ctx, g):
            return g

    F.apply(_leaf(torch), _leaf(torch)).sum().backward()


def wrong_shape_raises(torch):
    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return torch.ones(7)

    F.apply(_leaf(torch)).sum().backward()


def shape_is_reduced_by_broadcasting(torch):
    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return torch.ones(2, 3)

    x = _leaf(torch)
    F.apply(x).sum().backward()
    return x.grad


def not_implemented_backward_raises(torch):
    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    F.apply(_leaf(torch)).sum().backward()


def calling_instance_raises(torch):
    _cube(torch)()(_leaf(torch))


def legacy_non_static_forward(torch):
    class F(torch.autograd.Function):
        def forward(self, x):
            return x

        def backward(self, g):
            return g

    F.apply(_leaf(torch))


def returns_non_tensor(torch):
    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, "extra", 3

        @staticmethod
        def backward(ctx, g, a, b):
            return g * 2

    x = _leaf(torch)
    y, text, n = F.apply(x)
    y.sum().backward()
    return [y, text, n, x.grad]


def gradient_none_for_tensor(torch):
    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, mask):
            return x * mask

        @staticmethod
        def backward(ctx, g):
            return g, None

    x, m = _leaf(torch), _leaf(torch)
    F.apply(x, m).sum().backward()
    return [x.grad, m.grad]


def grad_fn_name_and_attributes(torch):
    y = _cube(torch).apply(_leaf(torch))
    return [
        y.grad_fn.name(),
        type(y.grad_fn).__name__,
        len(y.grad_fn.saved_tensors),
        y.requires_grad,
        y.is_leaf,
    ]


def saved_tensor_modified_raises(torch):
    x = _leaf(torch) * 1
    y = _cube(torch).apply(x)
    x.add_(1)
    y.sum().backward()


def backward_twice_raises(torch):
    y = _cube(torch).apply(_leaf(torch)).sum()
    y.backward()
    y.backward()


def without_requires_grad(torch):
    y = _cube(torch).apply(torch.ones(2))
    return [y, y.grad_fn]


def in_no_grad(torch):
    with torch.no_grad():
        return _cube(torch).apply(_leaf(torch))


def keyword_arguments(torch):
    _cube(torch).apply(x=_leaf(torch))


def numpy_inside(torch):
    import numpy as np

    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            a = x.detach().numpy()
            ctx.save_for_backward(x)
            return torch.from_numpy(np.sin(a))

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return torch.from_numpy(g.numpy() * np.cos(x.detach().numpy()))

    x = _leaf(torch)
    y = F.apply(x)
    y.sum().backward()
    return [y, x.grad]


def module_uses_function(torch):
    cube = _cube(torch)

    class M(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = torch.nn.Parameter(torch.tensor([2.0, 3.0]))

        def forward(self, x):
            return cube.apply(self.w * x)

    m = M()
    m(torch.ones(2)).sum().backward()
    return m.w.grad


def gradcheck_of_function(torch):
    x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
    return torch.autograd.gradcheck(_cube(torch).apply, (x,))


def save_non_tensor_raises(torch):
    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(3)
            return x

        @staticmethod
        def backward(ctx, g):
            return g

    F.apply(_leaf(torch))


def save_none(torch):
    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(None, x)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            none, _x = ctx.saved_tensors
            return g * 2 if none is None else None

    x = _leaf(torch)
    F.apply(x).sum().backward()
    return x.grad
