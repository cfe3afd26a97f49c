"""Misuses of backward, of gradients, of in-place writes and of views."""


def twice(torch):
    x = torch.ones(2, requires_grad=True)
    y = (x * x).sum()
    y.backward()
    y.backward()


def twice_through_exp(torch):
    x = torch.ones(2, requires_grad=True)
    y = x.exp().sum()
    y.backward()
    y.backward()


def leaf_inplace(torch):
    x = torch.ones(2, requires_grad=True)
    x.add_(1)


def leaf_augmented(torch):
    x = torch.ones(2, requires_grad=True)
    x += 1


def leaf_item(torch):
    x = torch.ones(2, requires_grad=True)
    x[0] = 1.0


def view_of_leaf_inplace(torch):
    x = torch.ones(2, requires_grad=True)
    x[0:1].mul_(2)


def saved_was_modified(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    z = y * y
    y.add_(1)
    z.sum().backward()


def saved_result_was_modified(torch):
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    y.mul_(2)
    y.sum().backward()


def saved_through_view(torch):
    x = torch.ones(4, requires_grad=True)
    y = x * 1
    z = y.sin()
    y[0] = 5.0
    z.sum().backward()


def saved_weight(torch):
    layer = torch.nn.Linear(2, 1)
    hidden = torch.ones(1, 2, requires_grad=True)
    loss = layer(hidden).sum()
    with torch.no_grad():
        layer.weight.mul_(2)
    loss.backward()


def split_inplace(torch):
    x = torch.ones(4, requires_grad=True) * 1
    a, b = x.split(2)
    a.add_(1)
    return b


def unbind_inplace(torch):
    x = torch.ones(2, 2, requires_grad=True) * 1
    a, b = x.unbind()
    a.mul_(2)
    return b


def view_made_in_no_grad(torch):
    x = torch.ones(4, requires_grad=True) * 1
    with torch.no_grad():
        a = x[:2]
    a.mul_(2)


def expanded_inplace(torch):
    torch.ones(1).expand(3).add_(torch.ones(3))


def overlapping_copy(torch):
    torch.ones(1, 3).expand(2, 3).copy_(torch.ones(2, 3))


def inference_tensor_saved(torch):
    with torch.inference_mode():
        x = torch.ones(2)
    w = torch.ones(2, requires_grad=True)
    return x * w


def inference_tensor_inplace(torch):
    with torch.inference_mode():
        x = torch.ones(2)
    x.add_(1)


def inference_backward(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        y = (x * 2).sum()
    y.backward()


def no_grad_backward(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        y = (x * 2).sum()
    y.backward()


def detached_backward(torch):
    torch.ones(2, requires_grad=True).sum().detach().backward()


def grad_unused(torch):
    x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    torch.autograd.grad((x * 2).sum(), [x, y])


def grad_of_no_grad_input(torch):
    x, y = torch.ones(2, requires_grad=True), torch.ones(2)
    torch.autograd.grad((x * y).sum(), [y])


def grad_twice(torch):
    x = torch.ones(2, requires_grad=True)
    y = (x**3).sum()
    torch.autograd.grad(y, x)
    torch.autograd.grad(y, x)


def grad_without_create_graph(torch):
    x = torch.ones(2, requires_grad=True)
    (g,) = torch.autograd.grad((x**3).sum(), x)
    g.sum().backward()


def gradient_shape(torch):
    x = torch.ones(2, requires_grad=True)
    (x * 2).backward(torch.ones(3))


def gradient_dtype(torch):
    x = torch.ones(2, requires_grad=True)
    (x * 2).backward([1.0, 1.0])


def gradients_number(torch):
    x = torch.ones(2, requires_grad=True)
    torch.autograd.backward([(x * 2).sum(), (x * 3).sum()], [None])


def assign_grad_shape(torch):
    x = torch.ones(2, requires_grad=True)
    x.grad = torch.ones(3)


def assign_grad_dtype(torch):
    x = torch.ones(2, requires_grad=True)
    x.grad = torch.ones(2).double()


def assign_grad_type(torch):
    x = torch.ones(2, requires_grad=True)
    x.grad = [1.0, 1.0]


def assign_grad_itself(torch):
    x = torch.ones(2, requires_grad=True)
    x.grad = x


def requires_grad_of_non_leaf(torch):
    y = torch.ones(2, requires_grad=True) * 2
    y.requires_grad = False


def hook_without_grad(torch):
    torch.ones(2).register_hook(lambda g: g)


def hook_changes_shape(torch):
    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: torch.ones(3))
    x.sum().backward()


def hook_returns_text(torch):
    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: "a")
    x.sum().backward()


def retain_grad_without_grad(torch):
    torch.ones(2).retain_grad()


def accumulate_hook_of_non_leaf(torch):
    y = torch.ones(2, requires_grad=True) * 2
    y.register_post_accumulate_grad_hook(lambda p: None)


def set_data_shape(torch):
    x = torch.ones(2)
    x.data = [1.0]


def function_forward_instance(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    Double()(torch.ones(2, requires_grad=True))


def function_without_backward(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    Double.apply(torch.ones(2, requires_grad=True)).sum().backward()


def function_too_many_gradients(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g, g

    Double.apply(torch.ones(2, requires_grad=True)).sum().backward()


def function_too_few_gradients(torch):
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, g):
            return g

    x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    Product.apply(x, y).sum().backward()


def function_gradient_shape(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return torch.ones(3)

    Double.apply(torch.ones(2, requires_grad=True)).sum().backward()


def function_saves_text(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward("text")
            return x * 2

    Double.apply(torch.ones(2, requires_grad=True))


def once_differentiable_twice(torch):
    from_library = torch.autograd.function.once_differentiable

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @from_library
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * x * g

    x = torch.ones(2, requires_grad=True)
    (g,) = torch.autograd.grad(Square.apply(x).sum(), x, create_graph=True)
    g.sum().backward()


CASES = {
    "non_scalar": lambda torch: (torch.ones(2, requires_grad=True) * 2).backward(),
    "without_grad": lambda torch: torch.ones(()).backward(),
    "complex_scalar": lambda torch: (torch.ones((), requires_grad=True) * 1j).backward(),
    "numpy_function": lambda torch: __import__("numpy").asarray(torch.ones(2, requires_grad=True)),
    "set_grad_enabled_text": lambda torch: torch.set_grad_enabled("yes"),
    "autograd_grad_of_list": lambda torch: torch.autograd.grad([1.0], [torch.ones(2)]),
    "grad_of_int_function": lambda torch: torch.ones(2, requires_grad=True).long().sum().backward(),
    "resize_with_grad": lambda torch: torch.ones(2, requires_grad=True).resize_(3),
    "fill_leaf": lambda torch: torch.ones(2, requires_grad=True).fill_(0),
    "zero_leaf": lambda torch: torch.nn.Linear(1, 1).weight.zero_(),
    "out_of_grad": lambda torch: torch.add(torch.ones(2, requires_grad=True), 1, out=torch.ones(2)),
}
