"""All transforms under the name torch gives them."""

from __future__ import annotations

from ._transforms.base import ComposeTransform as ComposeTransform
from ._transforms.base import IndependentTransform as IndependentTransform
from ._transforms.base import Transform as Transform
from ._transforms.base import _InverseTransform as _InverseTransform
from ._transforms.base import identity_transform as identity_transform
from ._transforms.joined import CatTransform as CatTransform
from ._transforms.joined import StackTransform as StackTransform
from ._transforms.pointwise import AbsTransform as AbsTransform
from ._transforms.pointwise import AffineTransform as AffineTransform
from ._transforms.pointwise import (
    CumulativeDistributionTransform as CumulativeDistributionTransform,
)
from ._transforms.pointwise import ExpTransform as ExpTransform
from ._transforms.pointwise import PowerTransform as PowerTransform
from ._transforms.pointwise import ReshapeTransform as ReshapeTransform
from ._transforms.pointwise import SigmoidTransform as SigmoidTransform
from ._transforms.pointwise import SoftplusTransform as SoftplusTransform
from ._transforms.pointwise import TanhTransform as TanhTransform
from ._transforms.structured import CorrCholeskyTransform as CorrCholeskyTransform
from ._transforms.structured import LowerCholeskyTransform as LowerCholeskyTransform
from ._transforms.structured import PositiveDefiniteTransform as PositiveDefiniteTransform
from ._transforms.structured import SoftmaxTransform as SoftmaxTransform
from ._transforms.structured import StickBreakingTransform as StickBreakingTransform

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "CatTransform",
    "ComposeTransform",
    "CorrCholeskyTransform",
    "CumulativeDistributionTransform",
    "ExpTransform",
    "IndependentTransform",
    "LowerCholeskyTransform",
    "PositiveDefiniteTransform",
    "PowerTransform",
    "ReshapeTransform",
    "SigmoidTransform",
    "SoftplusTransform",
    "TanhTransform",
    "SoftmaxTransform",
    "StackTransform",
    "StickBreakingTransform",
    "Transform",
    "identity_transform",
]
