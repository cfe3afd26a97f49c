"""`torch.export`: a module as a program of StableHLO, made by jax.export, that is saved, loaded and
run without the module's code. There is no graph of torch's operators in it. Files need the
package flatbuffers: `pip install jtorch-xla[export]`.
"""

from ._file import load as load
from ._file import save as save
from ._program import ExportedProgram as ExportedProgram
from ._program import export as export
from ._shapes import Dim as Dim
from ._shapes import dims as dims

__all__ = ["Dim", "ExportedProgram", "dims", "export", "load", "save"]
