"""`torch.fx`: programs as graphs. `symbolic_trace` runs a module on stand-ins for tensors and keeps
what was done to them; a GraphModule runs what was kept.
"""

from __future__ import annotations

from . import graph as graph
from . import graph_module as graph_module
from . import interpreter as interpreter
from . import node as node
from . import proxy as proxy
from . import tracer as _tracer
from .graph import Graph as Graph
from .graph_module import GraphModule as GraphModule
from .interpreter import Interpreter as Interpreter
from .node import Node as Node
from .node import map_arg as map_arg
from .proxy import Proxy as Proxy
from .tracer import Tracer as Tracer
from .tracer import symbolic_trace as symbolic_trace
from .tracer import wrap as wrap

_symbolic_trace = _tracer
