"""Hooks of every kind: on leaves, results and nodes, after accumulation; order and removal."""

from __future__ import annotations

from ._outcome import error


def _leaf(torch):
    return torch.tensor([1.0, 2.0], requires_grad=True)


def on_leaf(torch):
    x, seen = _leaf(torch), []
    x.register_hook(lambda g: seen.append(g.clone()))
    (x * 3).sum().backward()
    return [seen, x.grad]


def on_leaf_changes(torch):
    x = _leaf(torch)
    x.register_hook(lambda g: g * 10)
    (x * 3).sum().backward()
    return x.grad


def on_result(torch):
    x, seen = _leaf(torch), []
    h = x * 2
    h.register_hook(lambda g: seen.append(g.clone()))
    (h * h).sum().backward()
    return [seen, x.grad]


def on_result_changes(torch):
    x = _leaf(torch)
    h = x * 2
    h.register_hook(lambda g: g.clamp(max=5))
    (h * h).sum().backward()
    return x.grad


def several_in_order(torch):
    x, seen = _leaf(torch), []
    h = x * 2
    h.register_hook(lambda g: seen.append("a") or g + 1)
    h.register_hook(lambda g: seen.append(g.tolist()) or g * 2)
    h.sum().backward()
    return [seen, x.grad]


def removed(torch):
    x = _leaf(torch)
    handle = x.register_hook(lambda g: g * 10)
    handle.remove()
    x.sum().backward()
    return x.grad


def removed_by_context(torch):
    x = _leaf(torch)
    with x.register_hook(lambda g: g * 10):
        x.sum().backward()
    x.sum().backward()
    return x.grad


def removed_between_backwards(torch):
    x = _leaf(torch)
    handle = x.register_hook(lambda g: g * 10)
    x.sum().backward()
    handle.remove()
    x.sum().backward()
    return x.grad


def called_once_per_backward(torch):
    x, calls = _leaf(torch), []
    x.register_hook(lambda g: calls.append(g.tolist()))
    (x * 2 + x * 3).sum().backward()
    x.sum().backward()
    return calls


def with_autograd_grad(torch):
    x, seen = _leaf(torch), []
    x.register_hook(lambda g: seen.append(1) or g * 2)
    h = x * 2
    h.register_hook(lambda g: seen.append(2) or g * 3)
    return [torch.autograd.grad(h.sum(), x), seen]


def of_intermediate_with_grad(torch):
    x = _leaf(torch)
    h = x * 2
    h.register_hook(lambda g: g * 3)
    return torch.autograd.grad((h * h).sum(), h)


def with_retain_grad(torch):
    x = _leaf(torch)
    h = x * 2
    h.retain_grad()
    h.register_hook(lambda g: g * 10)
    h.sum().backward()
    return [h.grad, x.grad]


def retain_grad_after_hook(torch):
    x = _leaf(torch)
    h = x * 2
    h.register_hook(lambda g: g * 10)
    h.retain_grad()
    h.sum().backward()
    return [h.grad, x.grad]


def under_create_graph(torch):
    x = _leaf(torch)
    h = x * 2
    h.register_hook(lambda g: g * x)
    (g,) = torch.autograd.grad((h * h).sum(), x, create_graph=True)
    return [g, torch.autograd.grad(g.sum(), x)]


def gradient_inside_hook_is_plain(torch):
    x, seen = _leaf(torch), []
    x.register_hook(lambda g: seen.append([g.requires_grad, torch.is_grad_enabled()]))
    (x * 2).sum().backward()
    (x * x).sum().backward(create_graph=True)
    return seen


def in_place_in_hook(torch):
    x = _leaf(torch)
    h = x * 2

    def hook(g):
        return g.mul(2)

    h.register_hook(hook)
    h.sum().backward()
    return x.grad


def wrong_return_raises(torch):
    x = _leaf(torch)
    x.register_hook(lambda g: "no")
    x.sum().backward()


def wrong_shape_raises(torch):
    x = _leaf(torch)
    x.register_hook(lambda g: torch.ones(3))
    x.sum().backward()


def hook_error_propagates(torch):
    x = _leaf(torch)

    def bad(g):
        raise KeyError("from hook")

    x.register_hook(bad)
    return error(lambda: x.sum().backward())


def hook_without_grad_raises(torch):
    torch.ones(2).register_hook(lambda g: g)


def hook_not_callable(torch):
    _leaf(torch).register_hook(3)


def hook_before_in_place(torch):
    x, seen = _leaf(torch), []
    h = x * 2
    h.register_hook(lambda g: seen.append(("before", g.tolist())))
    h.mul_(3)
    h.register_hook(lambda g: seen.append(("after", g.tolist())))
    h.sum().backward()
    return [seen, x.grad]


def post_accumulate(torch):
    x, seen = _leaf(torch), []
    x.register_post_accumulate_grad_hook(lambda p: seen.append([p is x, p.grad.clone()]))
    (x * 2).sum().backward()
    x.sum().backward()
    return [seen, x.grad]


def post_accumulate_steps_and_clears(torch):
    x = _leaf(torch)

    def step(p):
        with torch.no_grad():
            p -= 0.1 * p.grad
        p.grad = None

    handle = x.register_post_accumulate_grad_hook(step)
    (x * 2).sum().backward()
    handle.remove()
    x.sum().backward()
    return [x, x.grad]


def post_accumulate_on_result_raises(torch):
    (_leaf(torch) * 2).register_post_accumulate_grad_hook(lambda p: None)


def node_hook(torch):
    x, seen = _leaf(torch), []
    y = x * 2
    y.grad_fn.register_hook(lambda gi, go: seen.append([gi, go]))
    y.sum().backward()
    return seen


def node_hook_changes(torch):
    x = _leaf(torch)
    y = x * 2
    y.grad_fn.register_hook(lambda gi, go: tuple(None if g is None else g * 5 for g in gi))
    y.sum().backward()
    return x.grad


def node_prehook(torch):
    x, seen = _leaf(torch), []
    y = x * 2
    y.grad_fn.register_prehook(lambda go: seen.append(go) or tuple(g * 7 for g in go))
    y.sum().backward()
    return [seen, x.grad]


def node_hook_on_accumulate_grad(torch):
    x, seen = _leaf(torch), []
    y = x * 2
    node = y.grad_fn.next_functions[0][0]
    node.register_hook(lambda gi, go: seen.append([gi, go]))
    y.sum().backward()
    return [seen, x.grad]


def multi_grad_hook(torch):
    a, b, seen = _leaf(torch), _leaf(torch), []
    torch.autograd.graph.register_multi_grad_hook((a, b), seen.append)
    (a * 2 + b * 3).sum().backward()
    return seen


def order_of_all(torch):
    x, seen = _leaf(torch), []
    x.register_hook(lambda g: seen.append("leaf"))
    x.register_post_accumulate_grad_hook(lambda p: seen.append("post"))
    h = x * 2
    h.register_hook(lambda g: seen.append("result"))
    h.grad_fn.register_prehook(lambda g: seen.append("pre"))
    h.grad_fn.register_hook(lambda a, b: seen.append("node"))
    y = h.exp()
    y.register_hook(lambda g: seen.append("later"))
    y.sum().backward()
    return seen


def hook_on_view(torch):
    x, seen = _leaf(torch), []
    v = (x * 2)[0:1]
    v.register_hook(lambda g: seen.append(g.tolist()))
    v.sum().backward()
    return [seen, x.grad]


def hook_on_parameter_of_module(torch):
    torch.manual_seed(0)
    m, seen = torch.nn.Linear(2, 1), []
    for name, p in m.named_parameters():
        p.register_hook(lambda g, name=name: seen.append((name, tuple(g.shape))))
    m(torch.ones(3, 2)).sum().backward()
    return sorted(seen)


def clip_by_hook(torch):
    w = torch.tensor([10.0, -10.0], requires_grad=True)
    w.register_hook(lambda g: torch.clamp(g, -1, 1))
    (w**2).sum().backward()
    return w.grad


def saved_tensors_hooks(torch):
    packed = []
    x = _leaf(torch)
    with torch.autograd.graph.saved_tensors_hooks(
        lambda t: packed.append(t.tolist()) or t * 2, lambda t: t
    ):
        y = x * x
    y.sum().backward()
    return [packed, x.grad]


def hook_returning_none_keeps(torch):
    x = _leaf(torch)
    x.register_hook(lambda g: None)
    (x * 4).sum().backward()
    return x.grad


def hook_handle_is_reusable(torch):
    x = _leaf(torch)
    handle = x.register_hook(lambda g: g * 2)
    handle.remove()
    return error(handle.remove)
