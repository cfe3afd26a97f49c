"""torch's random numbers, in NumPy alone."""

from .stream import DEFAULT_SEED as DEFAULT_SEED
from .stream import Stream as Stream
