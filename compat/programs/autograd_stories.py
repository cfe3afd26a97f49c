"""Longer stories with gradients, the names of nodes, complex numbers, anomaly mode, gradcheck."""

from __future__ import annotations

from ._outcome import error


def _leaf(torch, *values):
    return torch.tensor(values or (1.0, 2.0, 3.0), requires_grad=True)


def grad_fn_names(torch):
    x = _leaf(torch)
    m = torch.ones(2, 2, requires_grad=True)
    results = [
        x + 1, x - 1, x * 2, x / 2, x**2, -x, x.exp(), x.log(), x.sum(), x.mean(), x.max(), x.abs(),
        x.view(3, 1), x.reshape(1, 3), m.t(), m @ m, m.mm(m), m.mv(m[0]), x.dot(x), x.clone(),
        x[0], x[:2], x[None], x.sigmoid(), x.tanh(), x.relu(), x.softmax(0), x.log_softmax(0),
        torch.cat([x, x]), torch.stack([x, x]), x.norm(), x.var(), x.std(), x.prod(), x.cumsum(0),
        x.clamp(0, 1), x.float().double(), x.expand(2, 3), x.unsqueeze(0), m.squeeze(), x.sqrt(),
        x.max(0)[0], x.sort()[0], torch.where(x > 1, x, x), torch.maximum(x, x), m.permute(1, 0),
        1 - x, 2 / x, 2**x, x.repeat(2), x.flip(0), m.sum(1), m.diagonal(),
        torch.einsum("ij,j->i", m, m[0]),
        x.pow(0.5), x.pow(x), m.bmm(m) if m.ndim == 3 else m[None].bmm(m[None]), x.std(0),
        m.mean(0),
        x.square(), x.rsqrt(), x.reciprocal(), x.erf(), x.sin(), x.cos(), x.floor(), x.sign(),
    ]  # fmt: skip
    return [r.grad_fn.name() for r in results]


def functional_grad_fn_names(torch):
    f = torch.nn.functional
    x = torch.ones(2, 4, requires_grad=True)
    w, b = torch.ones(3, 4, requires_grad=True), torch.ones(3, requires_grad=True)
    image = torch.ones(1, 1, 4, 4, requires_grad=True)
    t = torch.tensor([0, 1])
    results = [
        f.linear(x, w, b), f.linear(x, w), f.relu(x), f.gelu(x), f.silu(x), f.elu(x),
        f.leaky_relu(x),
        f.softplus(x), f.log_softmax(x, 1), f.softmax(x, 1), f.cross_entropy(x, t),
        f.mse_loss(x, x * 2),
        f.l1_loss(x, x * 2), f.nll_loss(f.log_softmax(x, 1), t), f.layer_norm(x, (4,)),
        f.dropout(x, 0.5),
        f.conv2d(image, torch.ones(1, 1, 2, 2)), f.max_pool2d(image, 2), f.avg_pool2d(image, 2),
        f.embedding(t, w), f.smooth_l1_loss(x, x * 2),
        f.binary_cross_entropy_with_logits(x, x.detach()),
        f.pad(x, (1, 1)), f.normalize(x), f.hardtanh(x), f.logsigmoid(x), f.softmin(x, 1),
        f.tanh(x),
        f.adaptive_avg_pool2d(image, 1), f.batch_norm(x, None, None, training=True),
        f.interpolate(image, 8),
    ]  # fmt: skip
    return [r.grad_fn.name() for r in results]


def complex_gradients(torch):
    z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    (z * z.conj()).real.sum().backward()
    a = z.grad.clone()
    z.grad = None
    z.abs().sum().backward()
    return [a, z.grad, error(lambda: (z * z).sum().backward())]


def gradcheck(torch):
    x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
    return [
        torch.autograd.gradcheck(lambda a: a.sin() * a, (x,)),
        torch.autograd.gradgradcheck(lambda a: a.sin() * a, (x,)),
    ]


def anomaly_names_the_function(torch):
    x = torch.tensor([0.0], requires_grad=True)

    def run():
        with torch.autograd.detect_anomaly():
            (x.sqrt() * 0).sum().backward()

    return error(run)


def anomaly_mode_flags(torch):
    with torch.autograd.set_detect_anomaly(True):
        inside = torch.is_anomaly_enabled()
    return [inside, torch.is_anomaly_enabled()]


def graph_with_python_control_flow(torch):
    x = torch.tensor(0.7, requires_grad=True)
    y = x
    while y < 10:
        y = y * 2 if y > 1 else y * 3
    y.backward()
    return [y, x.grad]


def newton_steps(torch):
    x = torch.tensor(3.0, requires_grad=True)
    seen = []
    for _ in range(4):
        (g,) = torch.autograd.grad(x**4 - 3 * x, x, create_graph=True)
        (h,) = torch.autograd.grad(g, x)
        with torch.no_grad():
            x -= g.detach() / h
        seen.append(float(x))
    return seen


def manual_sgd(torch):
    torch.manual_seed(0)
    w, b = torch.randn(3, requires_grad=True), torch.zeros(1, requires_grad=True)
    x = torch.randn(8, 3)
    t = x @ torch.tensor([1.0, -2.0, 0.5]) + 0.3
    losses = []
    for _ in range(5):
        loss = ((x @ w + b - t) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for p in (w, b):
                p -= 0.1 * p.grad
                p.grad.zero_()
        losses.append(loss.item())
    return [losses, w, b]


def error_texts_of_grad(torch):
    x = _leaf(torch)
    return [
        error(lambda: torch.autograd.grad(x.sum(), 3)),
        error(lambda: torch.autograd.grad((x * 2).sum(), x, grad_outputs=torch.ones(2))),
        error(lambda: torch.autograd.backward(x * 2)),
        error(lambda: x.sum().backward(torch.ones(2))),
        error(lambda: x.sum().backward(3)),
    ]
