"""An experiment with other values of some of its keys, as a scan and a search need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from netwright.config._keys import key_paths
from netwright.config.experiment import Experiment
from netwright.config.load import parse_experiment
from netwright.errors import ExperimentError, did_you_mean

__all__ = ["CHANGEABLE", "value_at", "with_values"]

CHANGEABLE = ("targets", "model", "training")
"""Sections whose keys may change while rows, split and members stay the same."""


def with_values(experiment: Experiment, values: Mapping[str, Any], *, source: str, option: str = "") -> Experiment:
    """Return an experiment with other values of some keys.

    A section whose kind changes keeps the keys that the experiment gave it; those that it left out have the defaults
    of the new kind.

    Args:
        experiment: the experiment.
        values: by path, such as ``targets.is_top.importance.QCD`` or ``model.body.units``, the value.
        source: what the new experiment is called in messages.
        option: where the path was written, for messages, such as ``--parameter ``.

    Returns:
        The experiment with these values.

    Raises:
        ExperimentError: there is no such key, it is in a section that may not change, or a value is not valid for it.
    """
    full = experiment.model_dump(mode="json")
    content = experiment.model_dump(mode="json", exclude_unset=True)
    for path in sorted(values, key=lambda path: (not path.endswith("kind"), path.count("."))):  # kinds decide on keys
        _mapping_of(full, path, option, kinds=_kinds_changed(values))
        _set(content, full, path.split("."), values[path])
    return parse_experiment(content, source=source)


def value_at(experiment: Experiment, path: str, *, option: str = "") -> Any:  # noqa: ANN401  # any value of a file
    """Return the value of a key in an experiment.

    Args:
        experiment: the experiment.
        path: the key.
        option: where the path was written, for messages.

    Returns:
        Its value; 1 for the importance of a class that has none.

    Raises:
        ExperimentError: there is no such key, or it is in a section that may not change.
    """
    mapping, last = _mapping_of(experiment.model_dump(mode="json"), path, option)
    return mapping.get(last, 1.0)


def _mapping_of(
    content: dict[str, Any], path: str, option: str, kinds: Sequence[str] = ()
) -> tuple[dict[str, Any], str]:
    """Return the mapping that contains a key, and the last word of the key."""
    keys = path.split(".")
    if keys[0] not in CHANGEABLE:
        msg = (
            f"{option}{path}: only keys of {', '.join(CHANGEABLE)} can change, so that rows and members stay "
            f"the same.{did_you_mean(keys[0], CHANGEABLE)}"
        )
        raise ExperimentError(msg)
    mapping: Any = content
    for depth, key in enumerate(keys[:-1]):
        if not isinstance(mapping, dict) or key not in mapping:
            raise _unknown(option, path, ".".join(keys[: depth + 1]), mapping)
        mapping = mapping[key]
    # what stands under importance, or under a kind that changes too, is checked with the whole experiment
    later = (len(keys) > 2 and keys[-2] == "importance") or ".".join(keys[:-1]) in kinds
    if not isinstance(mapping, dict) or (keys[-1] not in mapping and not later):
        raise _unknown(option, path, path, mapping)
    return mapping, keys[-1]


def _kinds_changed(values: Mapping[str, Any]) -> list[str]:
    """Return the paths of the sections whose kind is among the values."""
    return [path.removesuffix(".kind") for path in values if path.endswith(".kind")]


def _set(content: dict[str, Any], full: Mapping[str, Any], keys: Sequence[str], value: Any) -> None:  # noqa: ANN401
    """Set a value in place; sections that were not given get the kind that is their default."""
    for key in keys[:-1]:
        below = full[key]
        if not isinstance(content.get(key), dict):
            content[key] = {"kind": below["kind"]} if "kind" in below else {}
        content, full = content[key], below
    content[keys[-1]] = deepcopy(value)  # a key in it may be set next


def _unknown(option: str, path: str, missing: str, mapping: Any) -> ExperimentError:  # noqa: ANN401  # content of a file
    keys = (
        list(mapping)
        if isinstance(mapping, dict)
        else [known for known in key_paths() if known.startswith("training.")]
    )
    hint = did_you_mean(missing.rpartition(".")[2], keys)
    return ExperimentError(f"{option}{path}: the experiment has no key {missing}.{hint}")
