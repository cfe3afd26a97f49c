"""The same training steps written by hand in JAX, as somebody who knows it would: one jitted
function with donated buffers, optax's Adam, images in NHWC, weights as (in, out). It starts from
the weights that torch drew, so that the losses can be compared.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
from data import batches
from jax import lax


def linear(p, x):
    return x @ p["weight"] + p.get("bias", 0)


def conv(p, x, stride=1, padding="VALID"):
    y = lax.conv_general_dilated(
        x, p["weight"], (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    return y + p.get("bias", 0)


def max_pool(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def batch_norm(p, x, eps=1e-5):
    """Normalises over N, H and W; also returns the moments, for the running averages."""
    mean = x.mean((0, 1, 2))
    var = jnp.square(x).mean((0, 1, 2)) - jnp.square(mean)
    return (x - mean) * lax.rsqrt(var + eps) * p["weight"] + p["bias"], (mean, var)


def layer_norm(p, x, eps=1e-5):
    mean = x.mean(-1, keepdims=True)
    var = jnp.square(x - mean).mean(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(var + eps) * p["weight"] + p["bias"]


def perceptron(p, x):
    *hidden, last = sorted(p)
    for name in hidden:
        x = jax.nn.relu(linear(p[name], x))
    return linear(p[last], x), {}


def lenet(p, x):
    x = max_pool(jax.nn.relu(conv(p["conv1"], x)))
    x = max_pool(jax.nn.relu(conv(p["conv2"], x)))
    x = x.transpose(0, 3, 1, 2).reshape(x.shape[0], -1)  # torch's order of features
    x = jax.nn.relu(linear(p["fc1"], x))
    return linear(p["fc3"], jax.nn.relu(linear(p["fc2"], x))), {}


def residual_block(p, x, stride, seen, name):
    y = conv(p["conv1"], x, stride, ((1, 1), (1, 1)))
    y, seen[f"{name}.bn1"] = batch_norm(p["bn1"], y)
    y = conv(p["conv2"], jax.nn.relu(y), 1, ((1, 1), (1, 1)))
    y, seen[f"{name}.bn2"] = batch_norm(p["bn2"], y)
    if "shortcut" in p:
        x = conv(p["shortcut"]["0"], x, stride)
        x, seen[f"{name}.shortcut.1"] = batch_norm(p["shortcut"]["1"], x)
    return jax.nn.relu(y + x)


def resnet(p, x):
    seen = {}
    x = conv(p["stem"]["0"], x, 1, ((1, 1), (1, 1)))
    x, seen["stem.1"] = batch_norm(p["stem"]["1"], x)
    x = jax.nn.relu(x)
    for name, stride in (("0", 1), ("1", 2), ("2", 2)):
        x = residual_block(p["blocks"][name], x, stride, seen, f"blocks.{name}")
    return linear(p["fc"], x.mean((1, 2))), seen


def attention(p, x, heads=4):
    B, T, C = x.shape
    q, k, v = jnp.split(linear(p["qkv"], x).reshape(B, T, 3 * heads, C // heads), 3, axis=2)
    weights = jnp.einsum("bqhd,bkhd->bhqk", q, k) / np.sqrt(C // heads)
    weights = jnp.where(jnp.tril(jnp.ones((T, T), bool)), weights, -jnp.inf)
    y = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(weights), v)
    return linear(p["out"], y.reshape(B, T, C))


def gpt(p, tokens):
    x = p["token"]["weight"][tokens] + p["position"]["weight"]
    for name in sorted(p["blocks"]):
        b = p["blocks"][name]
        x = x + attention(b["attention"], layer_norm(b["ln1"], x))
        up = jax.nn.gelu(linear(b["up"], layer_norm(b["ln2"], x)), approximate=False)
        x = x + linear(b["down"], up)
    logits = linear(p["head"], layer_norm(p["ln"], x))
    return logits.reshape(-1, logits.shape[-1]), {}


def lstm(p, x):
    w, bias = p["lstm"]["weight_hh_l0"], p["lstm"]["bias_ih_l0"] + p["lstm"]["bias_hh_l0"]
    gates_in = x.swapaxes(0, 1) @ p["lstm"]["weight_ih_l0"] + bias  # (T, B, 4 * width)

    def cell(carry, g):
        h, c = carry
        i, f, n, o = jnp.split(g + h @ w, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(n)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), None

    zero = jnp.zeros((x.shape[0], w.shape[0]))
    (h, _), _ = lax.scan(cell, (zero, zero), gates_in)
    return linear(p["fc"], h), {}


MODELS = {
    "mlp": perceptron,
    "tiny": perceptron,
    "lenet": lenet,
    "resnet": resnet,
    "gpt": gpt,
    "lstm": lstm,
}


def nested(state):
    """torch's flat names as a tree, matrices and kernels turned to JAX's orientation."""
    tree = {}
    for name, value in state.items():
        *path, leaf = name.split(".")
        if leaf in ("running_mean", "running_var", "num_batches_tracked"):
            continue
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        table = path[-1] in ("token", "position")
        if value.ndim == 4:
            value = value.transpose(2, 3, 1, 0)
        elif value.ndim == 2 and not table:
            value = value.T
        node[leaf] = jnp.asarray(np.ascontiguousarray(value))
    return tree


class Training:
    """One case, ready for its first step."""

    def __init__(self, name, state):
        pool = batches(name)
        self.params = nested(state)
        self.optimizer = optax.adam(1e-3)
        self.opt_state = jax.jit(self.optimizer.init)(self.params)
        self.running = {
            key.removesuffix(".running_mean"): (
                jnp.asarray(value),
                jnp.asarray(state[key.replace("running_mean", "running_var")]),
            )
            for key, value in state.items()
            if key.endswith("running_mean")
        }
        images = pool[0][0].ndim == 4
        self.pool = [
            (jnp.asarray(x.transpose(0, 2, 3, 1) if images else x), jnp.asarray(y)) for x, y in pool
        ]
        self.update = jax.jit(
            functools.partial(update, MODELS[name], self.optimizer), donate_argnums=(0, 1, 2)
        )
        self.count = 0

    def step(self):
        """One training step with a look at its loss."""
        x, y = self.pool[self.count % len(self.pool)]
        self.count += 1
        self.params, self.opt_state, self.running, loss = self.update(
            self.params, self.opt_state, self.running, x, y
        )
        return float(loss)


def update(model, optimizer, params, opt_state, running, x, y):
    def objective(params):
        logits, seen = model(params, x)
        return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean(), seen

    (loss, seen), gradients = jax.value_and_grad(objective, has_aux=True)(params)
    updates, opt_state = optimizer.update(gradients, opt_state, params)
    running = jax.tree.map(lambda old, new: 0.9 * old + 0.1 * new, running, seen)
    return optax.apply_updates(params, updates), opt_state, running, loss
