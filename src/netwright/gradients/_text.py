"""The chain rule of a graph, line by line."""

from __future__ import annotations

from netwright.gradients._format import format_value
from netwright.gradients.graph import Edge, Graph, Node

__all__ = ["text_of"]


def text_of(graph: Graph) -> str:
    """Write both passes of a graph.

    Args:
        graph: the graph.

    Returns:
        Its text.
    """
    title = graph.title
    lines = [f"forward pass: values, from the inputs to {title}"]
    lines += [
        f"  {' = '.join(filter(None, (node.name, node.formula, format_value(node.value))))}" for node in graph.nodes
    ]
    lines.append("local gradients: of each operation by its operands")
    lines += [
        f"  ∂{node.name}/∂{edge.source} = {_local(edge)}"
        for node in graph.nodes
        for edge in node.edges
        if _differentiable(graph, node, edge)
    ]
    lines.append("backward pass: global gradients, by the chain rule")
    lines += [f"  {_backward(graph, node)}" for node in reversed(graph.nodes) if node.gradient is not None]
    return "\n".join(lines)


def _differentiable(graph: Graph, node: Node, edge: Edge) -> bool:
    return node.gradient is not None and graph.node(edge.source).gradient is not None


def _local(edge: Edge) -> str:
    if edge.local is None:
        return "a matrix that is too large to be shown"
    kind = "diagonal " if edge.local.ndim == 1 and edge.local.size > 1 else ""
    return kind + format_value(edge.local)


def _backward(graph: Graph, node: Node) -> str:
    """Write where the gradient of a node comes from."""
    symbol = f"∂{graph.title}/∂{node.name}"
    if node is graph.nodes[-1]:
        return f"{symbol} = 1"
    users = [(user, edge) for user in graph.nodes for edge in user.edges if edge.source == node.name]
    users = [(user, edge) for user, edge in users if _differentiable(graph, user, edge)]
    if not users:
        return f"{symbol} = 0, because {graph.title} does not change with it"
    symbols = [f"∂{graph.title}/∂{user.name} · ∂{user.name}/∂{node.name}" for user, _ in users]
    parts = [symbol, " + ".join(symbols)]
    if all(user.gradient is not None and user.gradient.size == 1 and edge.local is not None and edge.local.size == 1
           for user, edge in users):  # fmt: skip
        parts.append(" + ".join(f"{format_value(user.gradient)} · {format_value(edge.local)}" for user, edge in users))
    return " = ".join([*parts, format_value(node.gradient)])
