"""torch.testing: comparisons that say what differs, and tensors to try things on."""

from .._errors import no_attribute
from ._comparison import assert_allclose as assert_allclose
from ._comparison import assert_close as assert_close
from ._creation import make_tensor as make_tensor

__all__ = ["assert_allclose", "assert_close", "make_tensor"]


def __getattr__(name: str):
    raise no_attribute("torch.testing", name)
