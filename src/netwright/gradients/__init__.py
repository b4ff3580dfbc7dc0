"""Computational graphs that can be read: values forwards, gradients backwards, at every node, as text and as SVG.

`trace` makes a `Graph`: print it, or draw it with its `save`.
"""

from netwright.gradients._name import name
from netwright.gradients._trace import trace
from netwright.gradients.graph import Edge, Graph, Node

__all__ = ["Edge", "Graph", "Node", "name", "trace"]
