"""What the sections of an experiment have to agree on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from netwright.config.data import DataSection
from netwright.config.inputs import FourVectorsInput, InputGroup
from netwright.config.model import Body
from netwright.config.targets import MulticlassTarget, Target

__all__ = ["disagreements"]

_WRITTEN_ALWAYS = ("split", "weight")  # columns of every table of predictions


def disagreements(
    data: DataSection, inputs: Mapping[str, InputGroup], targets: Mapping[str, Target], body: Body
) -> Iterator[str]:
    """Yield what does not fit together, each with its path in the file.

    Args:
        data: the data section.
        inputs: the groups of inputs.
        targets: the heads.
        body: the layers that heads share.

    Yields:
        One line for every mistake.
    """
    for name in sorted(set(inputs) & set(targets)):
        yield f"inputs.{name}: a target has this name too; inputs and outputs of one network need different names"
    if body.kind == "deep-sets" and not any(isinstance(group, FourVectorsInput) for group in inputs.values()):
        yield "model.body: deep-sets needs an input group of kind four-vectors; for flat columns use kind: dense"
    forbidden = _forbidden(data, targets)
    for name, group in inputs.items():
        columns = [group.columns] if isinstance(group.columns, str) else group.columns
        for column in columns:
            for hidden, reason in forbidden.items():
                if _stands_for(column, hidden):
                    yield f"inputs.{name}: the network may not see column {hidden}: {reason}. Leave it out."
    written = Counter([*_WRITTEN_ALWAYS, *data.identity, *_output_columns(targets)])
    for column in sorted(column for column, times in written.items() if times > 1):
        yield (
            f"targets: two columns of the predictions would be called {column}; heads, their classes, NAME_true, "
            f"the identity columns and {', '.join(_WRITTEN_ALWAYS)} need different names"
        )


def _forbidden(data: DataSection, targets: Mapping[str, Target]) -> dict[str, str]:
    """Return the columns that give the truth away, and why."""
    reasons = {target.column: f"it is what targets.{name} shall say" for name, target in targets.items()}
    for name, expression in data.derived.items():
        uses = next((column for column in reasons if _mentions(expression, column)), None)
        if uses is not None:
            reasons.setdefault(name, f"it is derived from {uses}, and {reasons[uses]}")
    if data.weight is not None:
        reasons.setdefault(data.weight, "it is the weight, which tells classes apart and real collisions lack")
    return reasons


def _mentions(expression: str, column: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(column)}(?!\w)", expression) is not None


def _stands_for(pattern: str, column: str) -> bool:
    """Say whether a column, or a pattern of numbered columns, names this column."""
    return re.fullmatch(re.escape(pattern).replace(re.escape("{i}"), r"\d+"), column) is not None


def _output_columns(targets: Mapping[str, Target]) -> Iterator[str]:
    for name, target in targets.items():
        yield f"{name}_true"
        if isinstance(target, MulticlassTarget):
            yield from (f"{name}_{class_name}" for class_name in target.classes)
        else:
            yield name
