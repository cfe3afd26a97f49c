"""The registry of Kullback-Leibler divergences, by the classes of both distributions. The formulas
are in _divergences.py.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from .distribution import Distribution

__all__ = ["register_kl", "kl_divergence"]

_KL_REGISTRY: dict[tuple[type, type], Callable] = {}
_KL_MEMOIZE: dict[tuple[type, type], Callable] = {}


def register_kl(type_p: type, type_q: type) -> Callable:
    """A decorator: the function computes KL(p || q) for these classes and those derived."""
    for name, given in (("p", type_p), ("q", type_q)):
        if not issubclass(given, Distribution):
            raise TypeError(f"Expected type_{name} to be a Distribution subclass but got {given}")

    def decorator(fn: Callable) -> Callable:
        _KL_REGISTRY[type_p, type_q] = fn
        _KL_MEMOIZE.clear()
        return fn

    return decorator


def _dispatch_kl(type_p: type, type_q: type) -> Callable:
    """What is registered for the nearest classes: near in p first, and in q first. Where these are
    two functions, the first, with a warning.
    """
    order_p, order_q = type_p.__mro__, type_q.__mro__
    matches = [
        (order_p.index(p), order_q.index(q))
        for p, q in _KL_REGISTRY
        if p in order_p and q in order_q
    ]
    if not matches:
        return NotImplemented
    p_first = min(matches)
    q_first = min(matches, key=lambda match: match[::-1])
    found, other = (_KL_REGISTRY[order_p[p], order_q[q]] for p, q in (p_first, q_first))
    if found is not other:
        left, right = order_p[p_first[0]].__name__, order_q[q_first[1]].__name__
        warnings.warn(
            f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). Please "
            f"register_kl({left}, {right})",
            RuntimeWarning,
            stacklevel=3,
        )
    return found


def kl_divergence(p: Any, q: Any) -> Any:
    """KL(p || q), the mean over p of log p - log q."""
    key = type(p), type(q)
    fn = _KL_MEMOIZE.get(key)
    if fn is None:
        fn = _KL_MEMOIZE[key] = _dispatch_kl(*key)
    if fn is NotImplemented:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {p.__class__.__name__} and q type "
            f"{q.__class__.__name__}"
        )
    return fn(p, q)
