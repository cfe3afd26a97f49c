"""The engine: records pure functions on jax arrays as traces, and runs traces as XLA programs."""

from . import levels as levels
from . import runtime as runtime
from .execute import stats as stats
from .lower import LiftedSpec as LiftedSpec
from .lower import Prim as Prim
from .trace import add_check as add_check
from .trace import default_device as default_device
from .trace import flush as flush
from .trace import forget as forget
from .trace import from_buffer as from_buffer
from .trace import look as look
from .trace import pending_ops as pending_ops
from .trace import record as record
from .trace import trace_for as trace_for
from .trace import twin as twin
from .value import META as META
from .value import TRACED as TRACED
from .value import Aval as Aval
from .value import Lifted as Lifted
from .value import Value as Value
from .value import Wrapped as Wrapped
from .value import is_open as is_open
