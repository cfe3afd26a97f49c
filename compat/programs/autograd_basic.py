"""backward and autograd.grad: accumulation, retain_graph, create_graph, unused inputs, misuse."""

from __future__ import annotations

from ._outcome import error


def _leaf(torch, *values):
    return torch.tensor(values or (1.0, 2.0, 3.0), requires_grad=True)


def simple(torch):
    x = _leaf(torch)
    y = (x * x).sum()
    y.backward()
    return [y, x.grad, x]


def accumulates(torch):
    x = _leaf(torch)
    grads = []
    for _ in range(3):
        (x * 2).sum().backward()
        grads.append(x.grad.clone())
    return [grads, x.grad._version]


def grad_object_is_kept(torch):
    x = _leaf(torch)
    x.sum().backward()
    g = x.grad
    x.sum().backward()
    return [g is x.grad, g]


def zeroing_grad(torch):
    x = _leaf(torch)
    x.sum().backward()
    x.grad.zero_()
    a = x.grad.clone()
    x.sum().backward()
    b = x.grad.clone()
    x.grad = None
    x.sum().backward()
    return [a, b, x.grad]


def set_grad_by_hand(torch):
    x = _leaf(torch)
    x.grad = torch.ones(3)
    (x * 3).sum().backward()
    return [
        x.grad,
        error(lambda: setattr(x, "grad", torch.ones(2))),
        error(lambda: setattr(x, "grad", torch.ones(3, dtype=torch.float64))),
        error(lambda: setattr(x, "grad", 3)),
        error(lambda: setattr(x, "grad", x)),
    ]


def with_gradient_argument(torch):
    x = _leaf(torch)
    y = x**2
    y.backward(torch.tensor([1.0, 0.5, 2.0]))
    return x.grad


def gradient_of_wrong_shape_raises(torch):
    (_leaf(torch) * 2).backward(torch.ones(2))


def non_scalar_raises(torch):
    (_leaf(torch) * 2).backward()


def does_not_require_grad_raises(torch):
    torch.ones(3).sum().backward()


def backward_twice_raises(torch):
    y = (_leaf(torch) ** 2).sum()
    y.backward()
    y.backward()


def backward_twice_of_linear(torch):
    x = _leaf(torch)
    y = (x * 2).sum()
    y.backward()
    return [error(y.backward), x.grad]


def retain_graph_then_again(torch):
    x = _leaf(torch)
    y = (x**3).sum()
    y.backward(retain_graph=True)
    y.backward()
    return x.grad


def shared_graph_part_freed_raises(torch):
    x = _leaf(torch)
    h = x.exp()
    h.sum().backward()
    (h * 2).sum().backward()


def two_losses_sharing(torch):
    x = _leaf(torch)
    h = x * x
    (h.sum() + (h * 2).sum()).backward()
    return x.grad


def diamond(torch):
    x = _leaf(torch)
    a, b = x.sin(), x.cos()
    (a * b + a).sum().backward()
    return x.grad


def long_chain(torch):
    x = _leaf(torch)
    y = x
    for i in range(60):
        y = y * 1.01 + 0.01 * i
    y.sum().backward()
    return [y, x.grad]


def reused_leaf(torch):
    x = _leaf(torch)
    y = x + x * x + x[0] * x
    y.sum().backward()
    return x.grad


def sum_of_scalars(torch):
    w = torch.tensor(2.0, requires_grad=True)
    total = 0
    for i in range(5):
        total = total + w * i
    total.backward()
    return [total, w.grad]


def broadcast_gradients(torch):
    a = torch.ones(3, 1, requires_grad=True)
    b = torch.ones(4, requires_grad=True)
    c = torch.tensor(2.0, requires_grad=True)
    (a * b * c).sum().backward()
    return [a.grad, b.grad, c.grad]


def integers_and_floats(torch):
    x = _leaf(torch)
    (x * torch.tensor([1, 2, 3]) + torch.tensor(2)).sum().backward()
    return x.grad


def mixed_precision(torch):
    x = torch.ones(2, dtype=torch.float16, requires_grad=True)
    y = torch.ones(2, dtype=torch.float64, requires_grad=True)
    (x * y).sum().backward()
    return [x.grad, y.grad]


def through_casts(torch):
    x = _leaf(torch)
    x.double().pow(2).sum().backward()
    return x.grad


def grad_returns(torch):
    x, y = _leaf(torch), _leaf(torch, 4.0, 5.0, 6.0)
    z = (x * y).sum()
    return [torch.autograd.grad(z, [x, y]), x.grad, y.grad]


def grad_of_one_input(torch):
    x = _leaf(torch)
    return torch.autograd.grad((x**2).sum(), x)


def grad_with_grad_outputs(torch):
    x = _leaf(torch)
    return torch.autograd.grad(x**2, x, grad_outputs=torch.tensor([1.0, 0.0, 2.0]))


def grad_of_several_outputs(torch):
    x = _leaf(torch)
    a, b = x**2, x * 3
    return [
        torch.autograd.grad([a, b], x, [torch.ones(3), torch.ones(3)], retain_graph=True),
        torch.autograd.grad([a.sum(), b.sum()], [x]),
    ]


def grad_unused_raises(torch):
    torch.autograd.grad(_leaf(torch).sum(), _leaf(torch))


def grad_allow_unused(torch):
    x, y = _leaf(torch), _leaf(torch)
    return torch.autograd.grad(x.sum(), [x, y], allow_unused=True)


def grad_materialize(torch):
    x, y = _leaf(torch), _leaf(torch)
    return torch.autograd.grad(x.sum(), [x, y], allow_unused=True, materialize_grads=True)


def grad_of_tensor_without_raises(torch):
    torch.autograd.grad(_leaf(torch).sum(), torch.ones(3))


def grad_of_output_without_raises(torch):
    torch.autograd.grad(torch.ones(3).sum(), _leaf(torch))


def grad_is_batched_shapes(torch):
    x = _leaf(torch)
    return error(lambda: torch.autograd.grad(x**2, x))


def grad_of_intermediate(torch):
    x = _leaf(torch)
    h = x * 2
    return [torch.autograd.grad((h**2).sum(), h), x.grad]


def grad_of_itself(torch):
    x = torch.tensor(3.0, requires_grad=True)
    return torch.autograd.grad(x, x)


def second_order(torch):
    x = _leaf(torch)
    (g,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x)
    return [g, h]


def third_order(torch):
    x = _leaf(torch)
    (g,) = torch.autograd.grad((x.sin() * x).sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x, create_graph=True)
    (k,) = torch.autograd.grad(h.sum(), x, create_graph=True)
    return [g, h, k]


def create_graph_backward_into_grad(torch):
    x = _leaf(torch)
    y = (x**3).sum()
    y.backward(create_graph=True)
    g = x.grad
    x.grad = None
    g.sum().backward()
    return [g.detach(), x.grad]


def gradient_penalty(torch):
    w = torch.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True)
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    out = (x @ w).tanh().sum()
    (g,) = torch.autograd.grad(out, x, create_graph=True)
    ((g.norm() - 1) ** 2).backward()
    return [g, w.grad, x.grad]


def hessian_vector_product(torch):
    x = _leaf(torch)
    (g,) = torch.autograd.grad((x.exp() * x).sum(), x, create_graph=True)
    return torch.autograd.grad((g * torch.tensor([1.0, 0.0, 2.0])).sum(), x)


def jacobian_by_rows(torch):
    x = _leaf(torch)
    y = torch.stack([x[0] * x[1], x[1] ** 2, x.sum()])
    return torch.stack([torch.autograd.grad(y[i], x, retain_graph=True)[0] for i in range(3)])


def functional_jacobian(torch):
    return torch.autograd.functional.jacobian(lambda x: x**2 * x.sum(), torch.tensor([1.0, 2.0]))


def functional_hessian(torch):
    return torch.autograd.functional.hessian(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]))


def autograd_backward_function(torch):
    x = _leaf(torch)
    torch.autograd.backward([x.sum(), (x * 2).sum()])
    torch.autograd.backward(x * 2, torch.ones(3))
    torch.autograd.backward([x**2], [torch.ones(3)])
    return x.grad


def backward_with_inputs(torch):
    x, y = _leaf(torch), _leaf(torch)
    (x * y).sum().backward(inputs=[x])
    return [x.grad, y.grad]


def backward_with_inputs_non_leaf(torch):
    x = _leaf(torch)
    h = x * 2
    (h * h).sum().backward(inputs=[h])
    return [h.grad, x.grad]


def grad_of_non_leaf_warns(torch):
    h = _leaf(torch) * 2
    h.sum().backward()
    return h.grad


def retain_grad(torch):
    x = _leaf(torch)
    h = x * 2
    h.retain_grad()
    (h**2).sum().backward()
    return [h.grad, h.retains_grad, x.retains_grad, x.grad]


def retain_grad_on_leaf_does_nothing(torch):
    x = _leaf(torch)
    x.retain_grad()
    x.sum().backward()
    return [x.grad, x.retains_grad]


def retain_grad_without_grad_raises(torch):
    torch.ones(2).retain_grad()


def requires_grad_in_place(torch):
    x = torch.ones(2)
    y = x.requires_grad_()
    z = x * 2
    return [
        y is x,
        z.requires_grad,
        x.requires_grad_(False),
        error(lambda: z.requires_grad_(False)),
    ]


def requires_grad_of_integers_raises(torch):
    torch.arange(3, requires_grad=True)


def requires_grad_of_integers_later_raises(torch):
    torch.arange(3).requires_grad_()


def requires_grad_of_bool_raises(torch):
    torch.tensor([True], requires_grad=True)


def detach_cuts(torch):
    x = _leaf(torch)
    y = x.detach() * 2
    z = (x * y).sum()
    z.backward()
    return [y, x.grad, x.detach(), x.detach().requires_grad_()]


def detach_in_place(torch):
    x = _leaf(torch)
    h = x * 2
    h.detach_()
    return [h, error(lambda: h.sum().backward())]


def detach_in_place_of_view_raises(torch):
    h = _leaf(torch) * 2
    h[0:1].detach_()


def saved_tensor_modified_raises(torch):
    x = _leaf(torch)
    h = x * 2
    y = h * h
    h.add_(1)
    y.sum().backward()


def saved_result_modified_raises(torch):
    x = _leaf(torch)
    y = x.exp()
    y.mul_(2)
    y.sum().backward()


def saved_leaf_modified_raises(torch):
    x = _leaf(torch)
    y = (x**2).sum()
    with torch.no_grad():
        x.add_(1)
    y.backward()


def saved_weight_modified_raises(torch):
    w = torch.ones(2, 2, requires_grad=True)
    y = torch.ones(1, 2) @ w
    z = (y @ w).sum()
    with torch.no_grad():
        w.sub_(0.1)
    z.backward()


def unsaved_tensor_modified(torch):
    x = _leaf(torch)
    h = x * 2
    y = h + 1
    h.mul_(5)
    y.sum().backward()
    return [x.grad, h, y]


def data_change_goes_unnoticed(torch):
    x = _leaf(torch)
    y = (x * x).sum()
    x.data.mul_(10)
    y.backward()
    return error(lambda: x.grad.shape)


def in_place_on_leaf_raises(torch):
    x = _leaf(torch)
    x += 1


def in_place_on_leaf_in_no_grad(torch):
    x = _leaf(torch)
    with torch.no_grad():
        x -= 0.5
    (x * 2).sum().backward()
    return [x, x.grad]


def in_place_chain(torch):
    x = _leaf(torch)
    y = x * 2
    y.mul_(3).add_(1)
    y.sigmoid_()
    y.sum().backward()
    return [y, x.grad]


def in_place_with_operand_requiring_grad(torch):
    x, y = _leaf(torch), torch.zeros(3)
    y.add_(x * 2)
    y.sum().backward()
    return [y, x.grad]


def relu_in_place(torch):
    x = _leaf(torch, -1.0, 2.0, 0.0)
    y = x * 1
    y.relu_()
    y.sum().backward()
    return x.grad


def next_functions(torch):
    x = _leaf(torch)
    y = (x * 2 + 1).sum()
    node, names = y.grad_fn, []
    while node is not None:
        names.append(node.name())
        node = node.next_functions[0][0] if node.next_functions else None
    return names


def accumulate_grad_node(torch):
    x = _leaf(torch)
    y = x * 2
    node = y.grad_fn.next_functions[0][0]
    return [
        node.name(),
        node.variable is x,
        len(y.grad_fn.next_functions),
        y.grad_fn.next_functions[1],
    ]


def is_leaf_rules(torch):
    x = _leaf(torch)
    return [
        x.is_leaf,
        (x * 2).is_leaf,
        torch.ones(2).is_leaf,
        (torch.ones(2) * 2).is_leaf,
        x.detach().is_leaf,
        x.clone().is_leaf,
    ]
