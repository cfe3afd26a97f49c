"""`torch.fx`: names to import and to subclass. Programs are not traced symbolically here."""

from __future__ import annotations

from . import graph as graph
from . import graph_module as graph_module
from . import node as node
from . import proxy as proxy
from .graph import Graph as Graph
from .graph_module import GraphModule as GraphModule
from .node import Node as Node
from .proxy import Proxy as Proxy
from .tracer import Tracer as Tracer
from .tracer import symbolic_trace as symbolic_trace
from .tracer import wrap as wrap
