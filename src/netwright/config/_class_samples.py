"""Classes whose values are names of samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from netwright.config.data import DataSection
from netwright.config.samples import EVENT_WEIGHT, SAMPLE
from netwright.config.targets import Target
from netwright.errors import did_you_mean

__all__ = ["sample_disagreements", "with_sample_column"]


def with_sample_column(content: Any) -> Any:  # noqa: ANN401  # any value from a file
    """Fill in the column of heads whose classes are names of samples.

    Args:
        content: the content of an experiment file, before any check.

    Returns:
        The same, where such heads have the column ``sample``.

    Example:
        >>> targets = {"y": {"kind": "binary", "classes": {"b": ["qcd", "w"], "s": "tt"}}}
        >>> data = {"samples": {"qcd": {}, "w": {}, "tt": {}}}
        >>> with_sample_column({"data": data, "targets": targets})["targets"]["y"]["column"]
        'sample'
    """
    data, targets = (content.get(key) for key in ("data", "targets")) if isinstance(content, Mapping) else (None, None)
    samples = data.get("samples") if isinstance(data, Mapping) else None
    if not isinstance(samples, Mapping) or not isinstance(targets, Mapping):
        return content
    return {**content, "targets": {name: _with_column(target, samples) for name, target in targets.items()}}


def _with_column(target: Any, samples: Mapping[str, Any]) -> Any:  # noqa: ANN401  # any value from a file
    classes = target.get("classes") if isinstance(target, Mapping) else None
    if not isinstance(classes, Mapping) or target.get("column"):
        return target
    labels = [label for value in classes.values() for label in (value if isinstance(value, list) else [value])]
    return (
        {**target, "column": SAMPLE} if any(label in samples for label in labels if isinstance(label, str)) else target
    )


def sample_disagreements(data: DataSection, targets: Mapping[str, Target]) -> Iterator[str]:
    """Yield inconsistencies between samples and the classes that are made of them.

    Args:
        data: the section of the samples.
        targets: heads by name.

    Yields:
        One line per mistake, with its path in the file.
    """
    if not data.samples:
        return
    for name in sorted({SAMPLE, EVENT_WEIGHT} & set(data.derived)):
        yield f"data.derived.{name}: {name} is a column that samples have; choose another name"
    for head, target in targets.items():
        if target.column != SAMPLE:
            continue
        for class_name in target.labels:
            for label in target.labels_of(class_name):
                path = f"targets.{head}.classes.{class_name}"
                if label in data.recorded:
                    yield f"{path}: sample {label} is recorded, and its rows are of unknown class. Leave it out."
                elif label not in data.samples:
                    yield f'{path}: there is no sample "{label}".{did_you_mean(str(label), data.simulated)}'
