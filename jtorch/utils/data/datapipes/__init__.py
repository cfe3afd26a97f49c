"""Datapipes: datasets in a chain, `source.shuffle().sharding_filter().map(fn).batch(4)`. The data
frames of torch's datapipes are not covered.
"""

from . import iter as iter
from . import map as map
