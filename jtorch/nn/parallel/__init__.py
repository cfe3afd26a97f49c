"""Modules over several devices."""

from .data_parallel import DataParallel as DataParallel
from .data_parallel import data_parallel as data_parallel
