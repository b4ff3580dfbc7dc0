"""Positions of nodes in a drawing: columns from left to right, and an order in each that has few crossings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from netwright.gradients.graph import Graph

__all__ = ["Layout", "lay_out"]

_SWEEPS = 8


@dataclass(frozen=True)
class Layout:
    """Where nodes and edges are.

    Attributes:
        columns: of each node by name, from 0; every operation is to the right of its operands.
        positions: of each node by name, from 0 at the top, with the centre of every column at the same height.
        bends: of each edge (source, node): positions of the columns that it passes between both.
    """

    columns: dict[str, int]
    positions: dict[str, float]
    bends: dict[tuple[str, str], list[float]]


def lay_out(graph: Graph) -> Layout:
    """Lay out the nodes of a graph, as in K. Sugiyama et al., IEEE Trans. Syst. Man Cybern. 11 (1981) 109.

    Args:
        graph: the graph.

    Returns:
        The columns and positions.
    """
    columns = _columns(graph)
    rows: list[list[str]] = [[] for _ in range(max(columns.values()) + 1)]
    for node in graph.nodes:
        rows[columns[node.name]].append(node.name)
    neighbours, chains = _with_bends(graph, columns, rows)
    for sweep in range(_SWEEPS):
        forwards = sweep % 2 == 0
        for number in range(len(rows)) if forwards else reversed(range(len(rows))):
            neighbour_column = number - 1 if forwards else number + 1
            if 0 <= neighbour_column < len(rows):
                _sort(rows[number], rows[neighbour_column], neighbours)
    height = max(map(len, rows))
    positions = {name: index + (height - len(row)) / 2 for row in rows for index, name in enumerate(row)}
    bends = {edge: [positions[bend] for bend in chain] for edge, chain in chains.items()}
    return Layout(columns, {node.name: positions[node.name] for node in graph.nodes}, bends)


def _columns(graph: Graph) -> dict[str, int]:
    """Return a column for each node: behind its operands, and inputs just before their first use."""
    columns: dict[str, int] = {}
    for node in graph.nodes:
        columns[node.name] = max((columns[edge.source] + 1 for edge in node.edges), default=0)
    users: dict[str, list[int]] = {}
    for node in graph.nodes:
        for edge in node.edges:
            users.setdefault(edge.source, []).append(columns[node.name])
    for node in graph.nodes:
        if not node.edges and node.name in users:
            columns[node.name] = min(users[node.name]) - 1
    return columns


def _with_bends(
    graph: Graph, columns: dict[str, int], rows: list[list[str]]
) -> tuple[dict[str, set[str]], dict[tuple[str, str], list[str]]]:
    """Give edges a position in every column that they pass, and return neighbours and these positions."""
    neighbours: dict[str, set[str]] = {}
    chains = {}
    for node in graph.nodes:
        for edge in node.edges:
            between = range(columns[edge.source] + 1, columns[node.name])
            chain = [f"{edge.source}\n{node.name}\n{column}" for column in between]
            for column, name in zip(between, chain, strict=True):
                if name not in rows[column]:
                    rows[column].append(name)
            chains[edge.source, node.name] = chain
            line = [edge.source, *chain, node.name]
            for left, right in pairwise(line):
                neighbours.setdefault(left, set()).add(right)
                neighbours.setdefault(right, set()).add(left)
    return neighbours, chains


def _sort(row: list[str], beside: list[str], neighbours: dict[str, set[str]]) -> None:
    """Sort a column by the mean position of each node's neighbours in the column beside it."""
    centre = (len(row) - len(beside)) / 2
    positions = {name: index + centre for index, name in enumerate(beside)}
    own_index = {name: index for index, name in enumerate(row)}

    def mean(name: str) -> float:
        heights = [positions[neighbour] for neighbour in neighbours.get(name, ()) if neighbour in positions]
        return sum(heights) / len(heights) if heights else float(own_index[name])

    row.sort(key=mean)
