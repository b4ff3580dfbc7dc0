"""A graph as an SVG picture."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from netwright.errors import GraphError
from netwright.gradients._format import format_value
from netwright.gradients._layout import Layout, lay_out
from netwright.gradients.graph import Edge, Graph, Node

__all__ = ["svg_of"]

_LARGEST = 60  # nodes of a drawing that can be read
_WIDTH, _HEIGHT = 226, 96  # of a column and of a position in it, in pixels
_BOX_WIDTH, _BOX_HEIGHT = 140, 58
_MARGIN = 16
_ALONG = 0.65  # of an edge's last part, where its local gradient stands
_LETTERS = 18  # that fit in a box
_STYLE = (
    "text{font:13px system-ui,sans-serif;text-anchor:middle}.value{fill:#1a7f37}.gradient{fill:#bd1f01}"
    ".local{fill:#57606a;font-size:11px;paint-order:stroke;stroke:#fff;stroke-width:4px}.box{fill:#fff;stroke:#57606a}"
    ".input{fill:#eaf3fb;stroke:#3f90da}.constant{fill:#f1f1f1}.edge{fill:none;stroke:#94a4a2;stroke-width:1.5}"
)


def svg_of(graph: Graph) -> str:
    """Draw a graph from left to right.

    In every box: the name and the formula, the value of the forward pass in green, the global gradient in red. On every
    edge: the local gradient, in grey.

    Args:
        graph: the graph.

    Returns:
        An SVG picture that needs nothing else.

    Raises:
        GraphError: the graph has too many nodes to be drawn.
    """
    if len(graph.nodes) > _LARGEST:
        msg = (
            f"The graph of {graph.title} has {len(graph.nodes)} nodes, and a drawing can be read up to {_LARGEST}. "
            "Print it instead, or trace a smaller function."
        )
        raise GraphError(msg)
    layout = lay_out(graph)
    nodes = {node.name: node for node in graph.nodes}
    width = 2 * _MARGIN + _WIDTH * max(layout.columns.values()) + _BOX_WIDTH
    lowest = max([*layout.positions.values(), *(level for bend in layout.bends.values() for level in bend)])
    height = 2 * _MARGIN + round(_HEIGHT * lowest) + _BOX_HEIGHT
    edges = [(edge, node) for node in graph.nodes for edge in node.edges]
    parts = [_line(layout, edge, node) for edge, node in edges]
    parts += [_box(layout, node, graph.title) for node in graph.nodes]
    parts += [_local(layout, edge, node) for edge, node in edges if _has_gradient(nodes[edge.source], node)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img"><title>Computational graph of {escape(graph.title)}</title><style>{_STYLE}</style>'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _has_gradient(source: Node, node: Node) -> bool:
    return source.gradient is not None and node.gradient is not None


def _corner(layout: Layout, name: str) -> tuple[float, float]:
    return _MARGIN + _WIDTH * layout.columns[name], _MARGIN + _HEIGHT * layout.positions[name]


def _points(layout: Layout, edge: Edge, node: Node) -> list[tuple[float, float]]:
    """Return where an edge begins, bends and ends."""
    x, y = _corner(layout, edge.source)
    middle = _BOX_HEIGHT / 2
    points = [(x + _BOX_WIDTH, y + middle)]
    for number, bend in enumerate(layout.bends[edge.source, node.name], start=1):
        level = _MARGIN + _HEIGHT * bend + middle
        points += [(x + _WIDTH * number, level), (x + _WIDTH * number + _BOX_WIDTH, level)]
    end_x, end_y = _corner(layout, node.name)
    operands = list(dict.fromkeys(operand_edge.source for operand_edge in node.edges))
    operands.sort(key=lambda name: (layout.bends[name, node.name] or [layout.positions[name]])[-1])
    share = (operands.index(edge.source) + 1) / (len(operands) + 1)
    return [*points, (end_x, end_y + _BOX_HEIGHT * share)]


def _line(layout: Layout, edge: Edge, node: Node) -> str:
    points = _points(layout, edge, node)
    path = f"M{points[0][0]:.0f},{points[0][1]:.0f}"
    for (x, y), (next_x, next_y) in pairwise(points):
        half = (x + next_x) / 2
        path += f"C{half:.0f},{y:.0f} {half:.0f},{next_y:.0f} {next_x:.0f},{next_y:.0f}"
    return f'<path class="edge" d="{path}"/>'


def _box(layout: Layout, node: Node, title: str) -> str:
    x, y = _corner(layout, node.name)
    centre = x + _BOX_WIDTH / 2
    lines = [("", _heading(node)), ("value", format_value(node.value))]
    if node.gradient is not None:
        lines.append(("gradient", format_value(node.gradient)))
    tip = f"{_heading(node)}\nvalue: {format_value(node.value)}\n∂{title}/∂{node.name}: {format_value(node.gradient)}"
    kind = "box" if node.kind == "operation" else f"box {node.kind}"
    rows = "".join(
        f'<text class="{style}" x="{centre:.0f}" y="{y + 19 + 16 * number:.0f}">{escape(_short(line))}</text>'
        for number, (style, line) in enumerate(lines)
    )
    box = f'<rect class="{kind}" x="{x:.0f}" y="{y:.0f}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="7"/>'
    return f"<g><title>{escape(tip)}</title>{box}{rows}</g>"


def _local(layout: Layout, edge: Edge, node: Node) -> str:
    """Write the local gradient shortly before an edge reaches its node."""
    (x, y), (end_x, end_y) = _points(layout, edge, node)[-2:]
    start, end = (1 - _ALONG) ** 2 * (1 + 2 * _ALONG), _ALONG**2 * (3 - 2 * _ALONG)  # of the curve in y
    half = 3 * _ALONG * (1 - _ALONG)
    label_x = x * (1 - _ALONG) ** 3 + half * (x + end_x) / 2 + end_x * _ALONG**3
    text = "…" if edge.local is None else _short(format_value(edge.local), 10)
    return f'<text class="local" x="{label_x:.0f}" y="{y * start + end_y * end + 4:.0f}">{escape(text)}</text>'


def _heading(node: Node) -> str:
    return f"{node.name} = {node.formula}" if node.formula else node.name


def _short(text: str, longest: int = _LETTERS) -> str:
    """Shorten a line to what fits; of a large array the shape is left."""
    if text.startswith("array ("):
        text = text.partition(")")[0] + ")"
    return text if len(text) <= longest else text[: longest - 1] + "…"
