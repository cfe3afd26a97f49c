"""torch's random numbers, in NumPy alone."""

from .generator import Generator as Generator
from .generator import States as States
from .generator import current as current
from .generator import default_generator as default_generator
from .generator import default_of as default_of
from .generator import seed_all as seed_all
from .generator import seed_devices as seed_devices
from .generator import set_thread_default as set_thread_default
from .stream import DEFAULT_SEED as DEFAULT_SEED
from .stream import Stream as Stream
