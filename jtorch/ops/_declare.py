"""One declaration per op (placeholder interface, the machinery lands next)."""

from __future__ import annotations

import enum
from functools import partial


class Promote(enum.Enum):
    NONE = 0
    DEFAULT = 1
    INT_TO_FLOAT = 2
    ALWAYS_BOOL = 3
    COMPLEX_TO_FLOAT = 4
    BOOL_TO_LONG = 5


class Op:
    def __init__(self, fn, **options):
        self.fn, self.options, self.__name__ = fn, options, fn.__name__

    def check(self, fn):
        self.options["check"] = fn
        return fn


def _family(variants, fn=None, promote=Promote.NONE, **options):
    if callable(fn) and not isinstance(fn, Promote):
        return Op(fn, promote=promote, variants=variants, **options)
    if isinstance(fn, Promote):
        promote = fn
    variants = options.pop("variants", variants)
    return lambda body: Op(body, promote=promote, variants=variants, **options)


op = partial(_family, "fm")
pointwise = partial(_family, "fmio")
reduction = partial(_family, "fmo")
view = partial(_family, "fm")
