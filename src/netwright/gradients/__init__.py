"""Computational graphs that can be read: values forwards, gradients backwards, at every node, as text and as SVG.

`trace` makes a `Graph`: print it, or draw it with its `save`. `trace_layers` does the same for the layers of a
network, at rows of its data: a `NetworkTrace`.
"""

from netwright.gradients._name import name
from netwright.gradients._trace import trace
from netwright.gradients.graph import Edge, Graph, Node
from netwright.gradients.network_trace import LayerTrace, NetworkTrace, WeightTrace, trace_layers

__all__ = ["Edge", "Graph", "LayerTrace", "NetworkTrace", "Node", "WeightTrace", "name", "trace", "trace_layers"]
