"""`torch._utils`: the functions that pickles of tensors name, so that plain `pickle.load` reads,
under the alias, what real torch pickled; and small helpers that other libraries take from here.
"""

import sys

from . import _devices, cuda
from .ops import join
from .serialization import _unpickler
from .utils.data._utils.exceptions import ExceptionWrapper as ExceptionWrapper
from .utils.data._utils.exceptions import KeyErrorMessage as KeyErrorMessage

_rebuild_tensor = _unpickler._rebuild_tensor
_rebuild_tensor_v2 = _unpickler._rebuild_tensor_v2
_rebuild_tensor_v3 = _unpickler._rebuild_tensor_v3
_rebuild_parameter = _unpickler._rebuild_parameter
_rebuild_parameter_with_state = _unpickler._rebuild_parameter_with_state
_rebuild_meta_tensor_no_storage = _unpickler._rebuild_meta_tensor_no_storage
_rebuild_sparse_tensor = _unpickler._rebuild_sparse_tensor

torch = sys.modules[__name__.rpartition(".")[0]]  # memory formats are pickled as found through it


def _flatten_dense_tensors(tensors):
    """All elements of some tensors of one dtype, as a vector."""
    return join.cat([x.contiguous().view(-1) for x in tensors])


def _unflatten_dense_tensors(flat, tensors):
    """Parts of a vector in the shapes of some tensors, one after the other."""
    out, start = [], 0
    for x in tensors:
        out.append(flat.narrow(0, start, x.numel()).view(x.shape))
        start += x.numel()
    return tuple(out)


def _element_size(dtype):
    """Bytes per element."""
    return dtype.itemsize


def _get_device_index(device, optional=False, allow_cpu=False):
    """The number of a device; of one without, the current one's with `optional`; -1 of the CPU."""
    given = device
    device = _devices.device(device) if isinstance(device, str) else device
    if isinstance(device, _devices.device):
        if device.type == "cpu":
            if not allow_cpu:
                raise ValueError(f"Expected a non cpu device, but got: {device}")
            return -1
        device = device.index
    if isinstance(device, int):
        return device
    if optional:
        return cuda.current_device() if cuda.is_available() else None
    raise ValueError(
        f"Expected a torch.device with a specified index or an integer, but got:{given}"
    )
