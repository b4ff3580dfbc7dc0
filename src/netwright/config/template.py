"""An experiment file as text with a comment on every key: what `netwright init` and `check` show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netwright.config._yaml import write_yaml
from netwright.config.experiment import Experiment
from netwright.config.search import ParameterSection
from netwright.section import Section

__all__ = ["commented_experiment"]

_COLUMN = 58  # where comments begin

_HEADINGS = {
    "data": "Which files and rows, their weights and identity.",
    "inputs": "What the network sees: named groups of columns in raw units; the network scales them itself.",
    "targets": "What the network predicts: one head per target.",
    "split": "Which rows are for training, validation and testing; never by their position.",
    "model": "The architecture of the network.",
    "ensemble": "How many networks, and how to combine them.",
    "training": "How to train.",
    "result": "Expected events in recorded collisions, for netwright limit.",
    "search": "What netwright search varies.",
    "cluster": "Resources of each worker, for --cluster.",
}


def commented_experiment(experiment: Experiment, *, remarks: Sequence[str] = ()) -> str:
    """Write an experiment as YAML, including all defaults, with every key explained.

    Args:
        experiment: the experiment to write.
        remarks: what the reader should know first, as separate lines.

    Returns:
        Text that `netwright.config.load_experiment` reads back to an equal experiment.
    """
    lines = ["# An experiment of netwright. Train it with: netwright train THIS_FILE"]
    lines += [f"# Note: {' '.join(remark.split())}" for remark in remarks]
    for key in type(experiment).model_fields:
        if key in _HEADINGS:
            lines += ["", f"# {_HEADINGS[key]}"]
        lines += _lines(key, getattr(experiment, key), _remark(experiment, key), 0)
    return "\n".join(lines) + "\n"


def _lines(key: str, value: Any, remark: str, depth: int) -> list[str]:  # noqa: ANN401
    """Write one key with everything below it."""
    indent = "  " * depth
    key = write_yaml(key, one_line=True)  # a head may be named no or null
    if isinstance(value, ParameterSection):  # a line each: most of its keys exclude one another
        return [f"{indent}{key}: {write_yaml(value.model_dump(mode='json', exclude_defaults=True), one_line=True)}"]
    if isinstance(value, Section):
        kind = [("kind", getattr(value, "kind"))] if "kind" in type(value).model_fields else []  # noqa: B009
        names = [name for name in type(value).model_fields if name != "kind"]
        inner = [*kind, *((name, getattr(value, name)) for name in names)]
        lines = [f"{indent}{key}:".ljust(_COLUMN) + f"  # {remark}" if remark else f"{indent}{key}:"]
        for name, inner_value in inner:
            lines += _lines(name, inner_value, _remark(value, name), depth + 1)
        return lines
    if isinstance(value, Mapping) and any(isinstance(inner_value, Section) for inner_value in value.values()):
        return [
            f"{indent}{key}:",
            *(line for name, inner_value in value.items() for line in _lines(name, inner_value, "", depth + 1)),
        ]
    if isinstance(value, list):
        value = [
            one.model_dump(mode="json", exclude_defaults=True) if isinstance(one, Section) else one for one in value
        ]
    text = f"{indent}{key}: {write_yaml(value, one_line=True)}"
    return [f"{text:<{_COLUMN}}  # {remark}" if remark else text]


def _remark(section: Section, name: str) -> str:
    return type(section).model_fields[name].description or ""
