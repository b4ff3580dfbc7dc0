"""A computational graph with its values and gradients."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from netwright.atomic_files import atomic_write
from netwright.errors import DataError, did_you_mean

__all__ = ["Edge", "Graph", "Node"]

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Edge:
    """An operand of a node.

    Attributes:
        source: name of the node that the operand comes from.
        local: ∂node/∂source, shape (values of the node, values of the source): the Jacobian; shape (n,), its diagonal,
            where the operation acts on each of n values by itself; None where it is too large to be kept, or where no
            derivative exists.
    """

    source: str
    local: Floats | None


@dataclass(frozen=True)
class Node:
    """An input, a constant or an operation.

    Attributes:
        name: its name in the graph: the argument's, that of `netwright.gradients.name`, or v1, v2, ...
        kind: "input", "constant" or "operation".
        operation: name of the operation, such as "sin"; empty for others.
        formula: the operation with the names of its operands, such as "x + y".
        value: result of the forward pass, of any shape.
        gradient: the global gradient, ∂f/∂node, of the same shape; None where no gradient exists: for constants,
            whole numbers and truth values.
        edges: its operands.
    """

    name: str
    kind: str
    operation: str
    formula: str
    value: npt.NDArray[np.generic]
    gradient: Floats | None
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True)
class Graph:
    """The computational graph of a function at one point; printed, it is the chain rule, step by step.

    Attributes:
        title: name of the function, and of the last node.
        nodes: in the order of the forward pass; the last one is the function's value.
    """

    title: str
    nodes: tuple[Node, ...]

    @property
    def value(self) -> float:
        """Value of the function, in the function's unit."""
        return float(self.nodes[-1].value.item())

    @property
    def gradients(self) -> dict[str, Floats]:
        """∂f/∂input by the input's name, each of the input's shape."""
        return {node.name: node.gradient for node in self.nodes if node.kind == "input" and node.gradient is not None}

    def node(self, name: str) -> Node:
        """Return a node.

        Args:
            name: its name.

        Returns:
            The node.

        Raises:
            DataError: the graph has none of this name.
        """
        by_name = {candidate.name: candidate for candidate in self.nodes}
        if name not in by_name:
            msg = f'The graph of {self.title} has no node "{name}".{did_you_mean(name, by_name)}'
            raise DataError(msg)
        return by_name[name]

    def __str__(self) -> str:
        """Write the forward pass and the backward pass, line by line."""
        from netwright.gradients._text import text_of

        return text_of(self)

    def svg(self) -> str:
        """Draw the graph: values above, global gradients below, local gradients on the edges.

        Returns:
            An SVG picture.
        """
        from netwright.gradients._svg import svg_of

        return svg_of(self)

    def _repr_svg_(self) -> str:
        """Show the drawing in a notebook."""
        return self.svg()

    def save(self, path: str | Path) -> Path:
        """Write the drawing.

        Args:
            path: of the SVG file.

        Returns:
            The path.

        Raises:
            DataError: the path does not end in .svg.
            StorageError: the file cannot be written.
        """
        path = Path(path)
        if path.suffix.lower() != ".svg":
            msg = f"Argument `path` must end in .svg, the format of the drawing. Received: {path}"
            raise DataError(msg)
        with atomic_write(path) as partial:
            partial.write_text(self.svg(), encoding="utf-8")
        return path
