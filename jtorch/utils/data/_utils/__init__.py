"""The parts of loading that scripts reach for by path: collating and the worker's view of
itself.
"""

from . import collate as collate
from . import fetch as fetch
from . import worker as worker
from .exceptions import ExceptionWrapper as ExceptionWrapper
