"""gradcheck and gradgradcheck: the gradients of the tape against finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._backward import grad
from .._tensor import Tensor, from_array


class GradcheckError(RuntimeError):
    """Numerical and analytical gradients differ."""


def _as_tuple(x: Any) -> tuple:
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)


def _differentiable(outputs: Any) -> list[Tensor]:
    return [o for o in _as_tuple(outputs) if isinstance(o, Tensor) and o.requires_grad]


def _numerical(fn: Callable, inputs: Sequence, i: int, out: int, eps: float) -> np.ndarray:
    """The Jacobian of output `out` by central differences, (input elements, output elements)."""
    x = np.array(inputs[i]._numpy())

    def at(moved: np.ndarray) -> np.ndarray:
        args = list(inputs)
        args[i] = from_array(moved, requires_grad=True)
        return _differentiable(fn(*args))[out]._numpy().ravel().copy()

    rows = []
    for k in range(x.size):
        row = np.zeros(0)
        for direction in (1.0, 1j) if np.iscomplexobj(x) else (1.0,):
            up, down = x.copy(), x.copy()
            up.flat[k] += eps * direction
            down.flat[k] -= eps * direction
            slope = (at(up) - at(down)) / (2 * eps)
            row = slope if direction == 1.0 else (row, slope)
        rows.append(row)
    return np.array(rows)


def _analytical(fn: Callable, inputs: Sequence, i: int, out: int) -> np.ndarray:
    """The same Jacobian, one backward per output element."""
    result = _differentiable(fn(*inputs))[out]
    columns = []
    for k in range(result.numel()):  # type: ignore[attr-defined]
        seed = np.zeros(tuple(result.shape), result.dtype.np)
        seed.flat[k] = 1
        (g,) = grad(result, inputs[i], from_array(seed), retain_graph=True, allow_unused=True)
        zero = np.zeros(inputs[i].numel(), inputs[i].dtype.np)
        columns.append(zero if g is None else g._numpy().ravel())
    if not columns:
        return np.zeros((inputs[i].numel(), 0))
    return np.array(columns).T


def gradcheck(
    func: Callable,
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Whether the gradients of `func` agree with central differences of step eps.

    Real inputs only, in float64 if the result is to mean anything. Raises GradcheckError on a
    mismatch, or returns False with raise_exception=False.
    """
    inputs = _as_tuple(inputs)
    checked = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the "
            "them have "
            "requires_grad=True."
        )
    if any(inputs[i].dtype.is_complex for i in checked):
        raise NotImplementedError("jtorch: gradcheck of complex inputs is not covered")
    for out in range(len(_differentiable(func(*inputs)))):
        for i in checked:
            numerical = _numerical(func, inputs, i, out, eps)
            analytical = _analytical(func, inputs, i, out)
            if not np.allclose(analytical, numerical, rtol, atol):
                if not raise_exception:
                    return False
                raise GradcheckError(
                    f"Jacobian mismatch for output {out} with respect to input {i},\n"
                    f"numerical:{numerical}\nanalytical:{analytical}\n"
                )
    return True


def gradgradcheck(
    func: Callable,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """gradcheck of the gradient: second derivatives against differences of first ones."""
    inputs = _as_tuple(inputs)
    outputs = _differentiable(func(*inputs))
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        seeds = tuple(
            from_array(rng.standard_normal(tuple(o.shape)).astype(o.dtype.np), requires_grad=True)
            for o in outputs
        )
    else:
        seeds = _as_tuple(grad_outputs)
    count = len(inputs)

    def first(*args):
        xs, gs = args[:count], args[count:]
        wrt = [x for x in xs if isinstance(x, Tensor) and x.requires_grad]
        outs = _differentiable(func(*xs))
        return tuple(
            g for g in grad(outs, wrt, gs, create_graph=True, allow_unused=True) if g is not None
        )

    return gradcheck(
        first, (*inputs, *seeds), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception
    )
