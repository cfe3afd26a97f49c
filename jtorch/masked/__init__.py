"""`torch.masked`: reductions and normalisations that leave out what a mask excludes. MaskedTensor,
torch's prototype of a tensor that carries its mask, is a name that says it is not covered.
"""

from __future__ import annotations

from typing import Any

from .._errors import not_covered as _not_covered
from ._normalizations import cumprod as cumprod
from ._normalizations import cumsum as cumsum
from ._normalizations import log_softmax as log_softmax
from ._normalizations import logaddexp as logaddexp
from ._normalizations import normalize as normalize
from ._normalizations import softmax as softmax
from ._normalizations import softmin as softmin
from ._reductions import amax as amax
from ._reductions import amin as amin
from ._reductions import argmax as argmax
from ._reductions import argmin as argmin
from ._reductions import logsumexp as logsumexp
from ._reductions import mean as mean
from ._reductions import median as median
from ._reductions import norm as norm
from ._reductions import prod as prod
from ._reductions import std as std
from ._reductions import sum as sum
from ._reductions import var as var


class MaskedTensor:
    """A tensor that carries its mask. Not covered."""

    def __init__(self, data: Any, mask: Any, requires_grad: bool = False):
        raise _not_covered(
            "torch.masked.MaskedTensor", "The functions of torch.masked take mask= instead."
        )


def masked_tensor(data: Any, mask: Any, requires_grad: bool = False) -> MaskedTensor:
    return MaskedTensor(data, mask, requires_grad)


def as_masked_tensor(data: Any, mask: Any) -> MaskedTensor:
    return MaskedTensor(data, mask)


def is_masked_tensor(obj: Any, /) -> bool:
    """Whether obj is a MaskedTensor, of which there are none."""
    return isinstance(obj, MaskedTensor)
