"""`torch._utils`: the functions that pickles of tensors name, so that plain `pickle.load` reads,
under the alias, what real torch pickled.
"""

import sys

from .serialization import _unpickler
from .utils.data._utils.exceptions import ExceptionWrapper as ExceptionWrapper
from .utils.data._utils.exceptions import KeyErrorMessage as KeyErrorMessage

_rebuild_tensor = _unpickler._rebuild_tensor
_rebuild_tensor_v2 = _unpickler._rebuild_tensor_v2
_rebuild_tensor_v3 = _unpickler._rebuild_tensor_v3
_rebuild_parameter = _unpickler._rebuild_parameter
_rebuild_parameter_with_state = _unpickler._rebuild_parameter_with_state
_rebuild_meta_tensor_no_storage = _unpickler._rebuild_meta_tensor_no_storage

torch = sys.modules[__name__.rpartition(".")[0]]  # memory formats are pickled as found through it
