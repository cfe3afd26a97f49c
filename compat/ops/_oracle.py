"""One expression under real torch and under jtorch: values, dtypes, gradients, or the exception and
its first line must agree. Expressions see `torch`, `F`, `inf`, `nan` and the tensors of `INPUTS`.
"""

import re
import warnings

import numpy as np
import torch as real

import jtorch

_RANDOM = np.random.RandomState(0)
_SPECIAL = [-np.inf, -3, -2.5, -1, -0.5, -0.0, 0.0, 0.5, 1, 2.5, 3, 6, 25, np.inf, np.nan]
_SQUARE = np.array([[2, 1, 0.5], [0.3, 3, -1], [1, 0.2, 4]], np.float32)

# Few shapes, so that XLA compiles little. f contains 0 and has ties with i; w holds special values.
INPUTS = {
    "f": np.arange(6, dtype=np.float32).reshape(2, 3),
    "g": _RANDOM.uniform(0.1, 2, (2, 3)).astype(np.float32),
    "x": _RANDOM.normal(size=(2, 3)).astype(np.float32),
    "d": _RANDOM.normal(size=(2, 3)),
    "w": np.array(_SPECIAL, np.float32),
    "t": np.array([[1, 3, 3], [2, 0, 2]], np.float32),
    "i": np.arange(6).reshape(2, 3),
    "j": np.array([[3, -2, 5], [-7, 2, 1]]),
    "i32": np.arange(6, dtype=np.int32).reshape(2, 3),
    "u": np.arange(6, dtype=np.uint8).reshape(2, 3),
    "b": np.arange(6).reshape(2, 3) > 2,
    "c": (_RANDOM.normal(size=(2, 3)) + 1j * _RANDOM.normal(size=(2, 3))).astype(np.complex64),
    "h": np.arange(6, dtype=np.float16).reshape(2, 3),
    "s": _SQUARE,
    "p": _SQUARE @ _SQUARE.T + np.eye(3, dtype=np.float32),
    "q": _SQUARE[:, :2].copy(),
    "z": np.array([[1, 2, 3], [2, 4, 6], [1, 1, 1]], np.float32),
    "e": np.zeros((0,), np.float32),
    "e2": np.zeros((0, 3), np.float32),
}


def array(x):
    if not isinstance(x, real.Tensor):
        return x._numpy()
    return np.zeros(x.shape) if x._is_zerotensor() else x.detach().resolve_conj().numpy()


def _coarse(x) -> bool:
    return x.dtype in (np.float16,)


def _flat(result):
    if not isinstance(result, (tuple, list)):
        return [result]
    return [x for each in result for x in _flat(each)]


class Run:
    """What an expression gave under one library."""

    def __init__(self, torch, expression: str, grad: bool):
        names = [n for n in INPUTS if re.search(rf"\b{n}\b", expression)]
        leaves = {n: torch.from_numpy(INPUTS[n].copy()).clone() for n in names}
        self.wrt = [t for n, t in leaves.items() if grad and INPUTS[n].dtype.kind in "fc"]
        for t in self.wrt:
            t.requires_grad_()
        scope = {"torch": torch, "F": torch.nn.functional, "inf": np.inf, "nan": np.nan, **leaves}
        self.error = self.results = None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                self.results = _flat(eval(expression, scope))
                self.values = [array(r) if hasattr(r, "dtype") else r for r in self.results]
            except Exception as error:
                first = str(error).split("\n", maxsplit=1)[0]
                self.error = f"{type(error).__name__.strip('_')}: {first}"

    def gradients(self, torch):
        """Of a weighted sum of all results, None where torch has no derivative."""
        outs = [r for r in self.results if getattr(r, "requires_grad", False)]
        if not outs or not self.wrt:
            return []
        random = np.random.RandomState(1)
        weights = [
            torch.from_numpy(np.asarray(random.uniform(0.5, 1.5, tuple(r.shape)))).to(r.dtype)
            for r in outs
        ]
        try:
            found = torch.autograd.grad(outs, self.wrt, weights, allow_unused=True)
        except RuntimeError:
            if torch is real:
                return None
            raise
        return [np.zeros(()) if g is None else array(g) for g in found]


def check(expression: str, rtol: float = 2e-5, atol: float = 1e-6, grad: bool = True) -> None:
    want, have = Run(real, expression, grad), Run(jtorch, expression, grad)
    assert have.error == want.error
    if want.error is not None:
        return
    assert len(have.results) == len(want.results)
    for a, b, x, y in zip(have.results, want.results, have.values, want.values):
        if not isinstance(b, real.Tensor):
            assert x == y or x != x
            continue
        assert str(a.dtype) == str(b.dtype)
        scale = 50 if _coarse(x) else 1  # one unit in the last place of float16 is 1e-3
        np.testing.assert_allclose(x, y, rtol * scale, atol, strict=True)
        assert a.requires_grad == b.requires_grad
    wanted = want.gradients(real)
    if wanted is not None:
        for a, b in zip(have.gradients(jtorch), wanted):
            tolerance = (2e-2, 1e-3) if _coarse(a) else (1e-4, 1e-5)
            np.testing.assert_allclose(*np.broadcast_arrays(a, b), *tolerance)


def lines(text: str) -> list[str]:
    return [line for line in text.strip().splitlines() if line and not line.startswith("#")]
