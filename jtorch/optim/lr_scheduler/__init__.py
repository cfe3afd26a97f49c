"""Learning rate schedules: each changes the `lr` of an optimizer's groups when its `step()` is
called.
"""

from ._base import LRScheduler as LRScheduler
from ._combine import ChainedScheduler as ChainedScheduler
from ._combine import SequentialLR as SequentialLR
from ._cyclic import CosineAnnealingWarmRestarts as CosineAnnealingWarmRestarts
from ._cyclic import CyclicLR as CyclicLR
from ._cyclic import OneCycleLR as OneCycleLR
from ._plateau import ReduceLROnPlateau as ReduceLROnPlateau
from ._simple import ConstantLR as ConstantLR
from ._simple import CosineAnnealingLR as CosineAnnealingLR
from ._simple import ExponentialLR as ExponentialLR
from ._simple import LambdaLR as LambdaLR
from ._simple import LinearLR as LinearLR
from ._simple import MultiplicativeLR as MultiplicativeLR
from ._simple import MultiStepLR as MultiStepLR
from ._simple import PolynomialLR as PolynomialLR
from ._simple import StepLR as StepLR

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]


class _LRScheduler(LRScheduler):
    """The old name of the base class, which code still derives from."""
