"""From both passes to a graph that a person reads: with names, and without operations that only change a shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netwright.errors import GraphError
from netwright.gradients._format import format_value
from netwright.gradients._formulas import formula_of
from netwright.gradients._passes import Passes
from netwright.gradients._steps import Recording, Step
from netwright.gradients.graph import Edge, Graph, Node

__all__ = ["assemble"]

# they hand on the same values: in a row, in another shape or kind, under a name
_SILENT = {"broadcast_in_dim", "reshape", "squeeze", "expand_dims", "convert_element_type", "copy", "copy_p", "name"}


def assemble(title: str, inputs: Sequence[str], recording: Recording, passes: Passes) -> Graph:
    """Make the graph.

    Args:
        title: name of the function.
        inputs: names of its inputs.
        recording: its steps.
        passes: values and gradients.

    Returns:
        The graph, without operations that change only the shape of a value, and without what the result does not use.
    """
    same = _same(recording, passes)
    used = _used(recording)
    names = _names(title, inputs, recording, same, used)
    nodes = [_leaf(name, "input", number, passes) for number, name in enumerate(inputs)]
    constants = {operand for step in recording.steps if step.results[0] in used for operand in step.operands}
    constants = {
        operand for operand in constants if operand in recording.constants and not _inline(operand, recording, passes)
    }
    nodes += [_leaf(names[operand], "constant", operand, passes) for operand in sorted(constants)]
    for step in recording.steps:
        if step.results[0] in used and same[step.results[0]] == step.results[0]:
            results = [result for result in step.results if result in used]
            nodes += [_operation(step, result, names, recording.constants, passes) for result in results]
    last = same[recording.result]
    if nodes[-1].name != names[last]:  # the function returns an input, or its result is not the last step
        nodes.sort(key=lambda node: node.name == names[last])
    return Graph(title, tuple(nodes))


def _same(recording: Recording, passes: Passes) -> dict[int, int]:
    """Return the number under which each value is shown: that of its source where only the shape changed."""
    same = {number: number for number in passes.values}
    for step in recording.steps:
        if step.operation in _SILENT and _passes_through(step, recording, passes):
            same[step.results[0]] = same[step.operands[0]]
    return same


def _passes_through(step: Step, recording: Recording, passes: Passes) -> bool:
    """Return whether a result has all values of its operand, and a derivative if the operand has one."""
    source, result = step.operands[0], step.results[0]
    if np.size(passes.values[source]) != np.size(passes.values[result]):
        return False
    return source in recording.constants or _floating(passes, source) == _floating(passes, result)


def _floating(passes: Passes, number: int) -> bool:
    return np.asarray(passes.values[number]).dtype.kind not in "biu"


def _used(recording: Recording) -> set[int]:
    """Return the values that the result is made from."""
    used = {recording.result}
    for step in reversed(recording.steps):
        if used & set(step.results):
            used |= set(step.operands)
    return used


def _inline(number: int, recording: Recording, passes: Passes) -> bool:
    """Return whether a value is a constant that formulas show as a number."""
    return number in recording.constants and np.size(passes.values[number]) == 1


def _names(
    title: str, inputs: Sequence[str], recording: Recording, same: dict[int, int], used: set[int]
) -> dict[int, str]:
    """Name every value."""
    named = [step for step in recording.steps if step.operation == "name"]
    given_names = {step.operands[0]: str(step.settings["name"]) for step in named}
    names = dict(enumerate(inputs))
    _refuse_twins([title, *inputs, *given_names.values()], title)
    large = [number for number, value in sorted(recording.constants.items()) if np.size(value) > 1]
    for number, value in recording.constants.items():
        names[number] = f"constant {large.index(number) + 1}" if number in large else format_value(value)
    taken = [*inputs, *given_names.values()]
    letter = "_" if any(name.startswith("v") for name in taken) else "v"
    count = 0
    for step in recording.steps:
        for result in step.results:
            if same[result] != result:
                names[result] = names[same[result]]
            elif result in used:
                count += result not in given_names and result != same[recording.result]
                own_name = given_names.get(result, f"{letter}{count}")
                names[result] = title if result == same[recording.result] else own_name
    return names


def _refuse_twins(names: Sequence[str], title: str) -> None:
    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        msg = (
            f'In the graph of {title}, two values have the name "{twice[0]}". Rename the function, its argument, or '
            "the result that netwright.gradients.name names."
        )
        raise GraphError(msg)


def _leaf(name: str, kind: str, number: int, passes: Passes) -> Node:
    value = np.asarray(passes.values[number])
    gradient = passes.gradients.get(number) if kind == "input" else None
    if kind == "input" and gradient is None:
        gradient = np.zeros_like(value)  # f does not use it
    return Node(name, kind, "", "", value, None if gradient is None else np.asarray(gradient))


def _operation(step: Step, result: int, names: dict[int, str], constants: dict[int, Any], passes: Passes) -> Node:
    symbol, formula = formula_of(step.operation, step.settings, [names[operand] for operand in step.operands])
    edges = tuple(
        Edge(names[operand], _local(passes.locals.get((result, operand))))
        for operand in step.variables
        if not (operand in constants and np.size(passes.values[operand]) == 1)
    )
    gradient = passes.gradients.get(result)
    value = np.asarray(passes.values[result])
    return Node(
        names[result], "operation", symbol, formula, value, None if gradient is None else np.asarray(gradient), edges
    )


def _local(gradient: Any) -> Any:  # noqa: ANN401  # an array of any floating type, or None
    return None if gradient is None else np.asarray(gradient)
