"""Gradients without nn and optim: manual descent, autograd.grad, an own Function, hooks."""

import torch


class ClippedExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, top):
        y = x.exp().clamp(max=top)
        ctx.save_for_backward(y)
        ctx.top = top
        return y

    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.saved_tensors
        return grad * y * (y < ctx.top), None


def polynomial():
    x = torch.linspace(-1, 1, 50)
    y = torch.exp(x)
    weights = torch.zeros(4, requires_grad=True)
    powers = torch.stack([x**k for k in range(4)])
    for step in range(200):
        loss = ((weights @ powers - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            weights -= 0.5 * weights.grad
            weights.grad.zero_()
        if step % 50 == 49:
            print(step, loss.item())
    print([f"{w:.4f}" for w in weights.tolist()])


def rosenbrock(v):
    return (1 - v[0]) ** 2 + 100 * (v[1] - v[0] ** 2) ** 2


def newton():
    v = torch.tensor([-1.0, 1.5], dtype=torch.float64, requires_grad=True)
    for step in range(6):
        value = rosenbrock(v)
        (g,) = torch.autograd.grad(value, v, create_graph=True)
        hessian = torch.stack([torch.autograd.grad(gi, v, retain_graph=True)[0] for gi in g])
        with torch.no_grad():
            v -= torch.linalg.solve(hessian, g)
        print(step, f"{value.item():.6e}", v.tolist())


def hooks():
    x = torch.tensor([0.0, 1.0, 5.0], requires_grad=True)
    y = ClippedExp.apply(x, 10.0)
    y.register_hook(lambda g: print("gradient of y:", g))
    y.retain_grad()
    z = (y * torch.arange(3.0)).sum()
    print(y, z, sep="\n")
    z.backward()
    print(x.grad, y.grad)
    print(y.grad_fn.name(), [fn[0].name() if fn[0] else None for fn in y.grad_fn.next_functions])


if __name__ == "__main__":
    torch.manual_seed(0)
    polynomial()
    newton()
    hooks()
    inputs = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    print(torch.autograd.gradcheck(lambda t: torch.tanh(t).prod(dim=1), (inputs,)))
    print(torch.autograd.functional.jacobian(lambda t: t**2, torch.arange(3.0)))
