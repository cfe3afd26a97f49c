"""`torch.onnx`: there is no export to ONNX here. What packages call while they are imported, to say
how operators of theirs would be exported, is taken and never asked for.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

from .. import _errors
from . import symbolic_helper as symbolic_helper
from . import symbolic_opset9 as symbolic_opset9
from . import symbolic_opset11 as symbolic_opset11

TensorProtoDataType = enum.IntEnum(
    "TensorProtoDataType",
    "UNDEFINED FLOAT UINT8 INT8 UINT16 INT16 INT32 INT64 STRING BOOL FLOAT16 DOUBLE UINT32 UINT64 "
    "COMPLEX64 COMPLEX128 BFLOAT16 FLOAT8E4M3FN FLOAT8E4M3FNUZ FLOAT8E5M2 FLOAT8E5M2FNUZ",
    start=0,
)
OperatorExportTypes = enum.IntEnum(
    "OperatorExportTypes", "ONNX ONNX_ATEN ONNX_ATEN_FALLBACK ONNX_FALLTHROUGH", start=0
)
TrainingMode = enum.IntEnum("TrainingMode", "EVAL PRESERVE TRAINING", start=0)


class OnnxExporterError(RuntimeError):
    """An export to ONNX failed."""


def is_in_onnx_export() -> bool:
    """False: nothing is ever exported."""
    return False


def register_custom_op_symbolic(symbolic_name: str, symbolic_fn: Callable, opset_version: int):
    """Does nothing: an export would ask for it."""


def unregister_custom_op_symbolic(symbolic_name: str, opset_version: int):
    """Does nothing, for the same reason."""


def export(model: Any, args: Any = (), f: Any = None, **options: Any) -> Any:
    """Not covered."""
    raise _errors.not_covered("torch.onnx.export")


def dynamo_export(model: Any, *args: Any, **options: Any) -> Any:
    """Not covered."""
    raise _errors.not_covered("torch.onnx.dynamo_export")
