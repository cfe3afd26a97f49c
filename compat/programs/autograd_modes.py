"""no_grad, enable_grad, set_grad_enabled, inference_mode: as context, decorator and function."""

from __future__ import annotations

from ._outcome import error


def _leaf(torch):
    return torch.tensor([1.0, 2.0], requires_grad=True)


def no_grad_context(torch):
    x = _leaf(torch)
    with torch.no_grad():
        y = x * 2
        inside = torch.is_grad_enabled()
    return [y, inside, torch.is_grad_enabled(), x * 2]


def no_grad_decorator(torch):
    @torch.no_grad()
    def f(x):
        """doc"""
        return x * 2

    return [f(_leaf(torch)), f.__name__, f.__doc__]


def no_grad_bare_decorator(torch):
    @torch.no_grad
    def f(x):
        return x * 2

    return f(_leaf(torch))


def enable_grad_inside(torch):
    x = _leaf(torch)
    with torch.no_grad():
        with torch.enable_grad():
            y = x * 2
        z = x * 3
    return [y, z]


def enable_grad_decorator(torch):
    @torch.enable_grad()
    def f(x):
        return x * 2

    with torch.no_grad():
        return f(_leaf(torch))


def set_grad_enabled_function(torch):
    x = _leaf(torch)
    torch.set_grad_enabled(False)
    y = x * 2
    torch.set_grad_enabled(True)
    return [y, x * 2]


def set_grad_enabled_context(torch):
    x = _leaf(torch)
    with torch.set_grad_enabled(False):
        y = x * 2
    return [y, x * 3, torch.is_grad_enabled()]


def set_grad_enabled_decorator(torch):
    @torch.set_grad_enabled(False)
    def f(x):
        return x * 2

    return [f(_leaf(torch)), torch.is_grad_enabled()]


def set_grad_enabled_by_phase(torch):
    x = _leaf(torch)
    results = []
    for phase in ("train", "val"):
        with torch.set_grad_enabled(phase == "train"):
            results.append((x * 2).requires_grad)
    return results


def mode_survives_exception(torch):
    def inner():
        with torch.no_grad():
            raise KeyError("x")

    return [error(inner), torch.is_grad_enabled()]


def generator_decorated(torch):
    x = _leaf(torch)

    @torch.no_grad()
    def f():
        yield x * 2
        yield x * 3

    found = []
    for y in f():
        found += [y.requires_grad, torch.is_grad_enabled()]
    return found


def reuse_of_context(torch):
    ctx = torch.no_grad()
    with ctx:
        a = torch.is_grad_enabled()
    with ctx:
        b = torch.is_grad_enabled()
    return [a, b, torch.is_grad_enabled()]


def factories_in_no_grad(torch):
    with torch.no_grad():
        x = torch.ones(2, requires_grad=True)
        y = torch.nn.Parameter(torch.ones(2))
        z = x.detach().requires_grad_()
    return [x, y, z]


def inference_mode_context(torch):
    x = _leaf(torch)
    with torch.inference_mode():
        y = x * 2
        inside = [torch.is_inference_mode_enabled(), torch.is_grad_enabled()]
    return [y.is_inference(), y.requires_grad, inside, x.is_inference(), y.tolist()]


def inference_mode_decorator(torch):
    @torch.inference_mode()
    def f(x):
        return x * 2

    return f(_leaf(torch)).is_inference()


def inference_mode_false(torch):
    with torch.inference_mode(False):
        y = _leaf(torch) * 2
    return [y, y.is_inference()]


def inference_tensor_version(torch):
    with torch.inference_mode():
        x = torch.ones(2)
    return error(lambda: x._version)


def inference_tensor_in_place_outside_raises(torch):
    with torch.inference_mode():
        x = torch.ones(2)
    x.add_(1)


def inference_tensor_in_place_inside(torch):
    with torch.inference_mode():
        x = torch.ones(2)
        x.add_(1)
        x[0] = 5
    return x.tolist()


def inference_tensor_saved_for_backward_raises(torch):
    with torch.inference_mode():
        x = torch.ones(2)
    _leaf(torch) * x


def inference_tensor_requires_grad_raises(torch):
    with torch.inference_mode():
        x = torch.ones(2)
    x.requires_grad_()


def inference_tensor_clone_is_normal(torch):
    with torch.inference_mode():
        x = torch.ones(2)
    y = x.clone()
    y.add_(1)
    return [y, y.is_inference()]


def inference_tensor_used_without_grad(torch):
    with torch.inference_mode():
        x = torch.ones(2)
    return (x * 2).tolist()


def normal_tensor_written_in_inference(torch):
    x = torch.ones(2)
    with torch.inference_mode():
        x.add_(1)
    return [x, x._version]


def inference_view_of_normal(torch):
    x = torch.ones(2, 2)
    with torch.inference_mode():
        v = x[0]
    return v.is_inference()


def no_grad_then_backward_raises(torch):
    x = _leaf(torch)
    with torch.no_grad():
        loss = (x * 2).sum()
    loss.backward()


def detach_under_modes(torch):
    x = _leaf(torch)
    with torch.no_grad():
        return [x.detach(), x.requires_grad, x.is_leaf, x.view(2), x.view(2)._base is x]


def requires_grad_of_results_in_no_grad(torch):
    x = _leaf(torch)
    with torch.no_grad():
        y = x * 2
        y.requires_grad_()
    (y * 3).sum().backward()
    return [y, y.grad, x.grad]


def in_place_of_non_leaf_in_no_grad(torch):
    x = _leaf(torch)
    y = x * 2
    with torch.no_grad():
        y.mul_(5)
    y.sum().backward()
    return [y, x.grad]


def no_grad_copy_into_parameter(torch):
    w = _leaf(torch)
    with torch.no_grad():
        w.copy_(torch.tensor([7.0, 8.0]))
        w[0] = 9
    return [w, w._version]


def mode_class_attributes(torch):
    return [
        type(torch.no_grad()).__name__,
        type(torch.enable_grad()).__name__,
        torch.autograd.no_grad is torch.no_grad,
        torch.autograd.inference_mode is torch.inference_mode,
    ]


def backward_inside_no_grad(torch):
    x = _leaf(torch)
    y = (x**2).sum()
    with torch.no_grad():
        y.backward()
    return x.grad


def grad_mode_in_backward(torch):
    seen = []

    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            seen.append(torch.is_grad_enabled())
            return x * 2

        @staticmethod
        def backward(ctx, g):
            seen.append(torch.is_grad_enabled())
            return g * 2

    x = _leaf(torch)
    F.apply(x).sum().backward()
    torch.autograd.grad(F.apply(x).sum(), x, create_graph=True)
    return seen
