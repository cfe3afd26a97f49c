"""torch.jit.annotations: names for TorchScript's types. `BroadcastingList2[int]` is an annotation
for "an int or two of them", and means nothing to plain Python.
"""

from __future__ import annotations

import typing
from typing import Dict, List, Optional, Tuple, Union  # noqa: F401, UP035

from .._tensor import Tensor as Tensor


class BroadcastingListCls:
    """`BroadcastingListN[type]`: the type of what may be one value or N of them."""

    def __getitem__(self, types: typing.Any) -> typing.Any:
        return typing.Any


BroadcastingList1 = BroadcastingListCls()
BroadcastingList2 = BroadcastingListCls()
BroadcastingList3 = BroadcastingListCls()
BroadcastingList4 = BroadcastingListCls()
BroadcastingList5 = BroadcastingListCls()
BroadcastingList6 = BroadcastingListCls()
