"""Validate an experiment and open its data, without training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from netwright.config import Experiment, experiment_findings, load_experiment
from netwright.data import NEARLY_CONSTANT, Description, Division, Moments, Rows, describe, missing_positions
from netwright.finding import Finding, worst_first
from netwright.progress import Progress, silent
from netwright.workflow._data import divide_rows, load_rows, with_properties
from netwright.workflow._demand import Demand, demand_of, refuse_too_large
from netwright.workflow._findings import file_findings

__all__ = ["CheckedExperiment", "check"]

_CONSTANT, _RESOLUTION = "constant columns", "resolution in float32"  # symptoms, as in an inspection
_OF_PARTICLES = ("raw", "constituents", "objects", "properties", "pairs")  # kinds that may be missing in a row


@dataclass(frozen=True)
class CheckedExperiment:
    """An experiment whose file and data are consistent.

    Attributes:
        experiment: with every default written out.
        sources: name of the first file, and how many more there are.
        division: which rows are for training, validation and test, by fold.
        findings: on files, experiment and inputs, the worst first.
        demand: number of parameters, and the memory for them and the rows.
    """

    experiment: Experiment
    sources: str
    division: Division
    findings: tuple[Finding, ...]
    demand: Demand

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.division.group)


def check(
    experiment: Experiment | str | Path, overrides: Sequence[str] = (), *, progress: Progress = silent
) -> CheckedExperiment:
    """Validate an experiment, open its data, divide and describe it.

    Args:
        experiment: an experiment, or the path of its file.
        overrides: values to change in the file, such as ``training.epochs=5``.
        progress: callback for progress updates.

    Returns:
        The experiment with its defaults, its rows and the findings on both.

    Raises:
        ExperimentError: the file is not valid (all mistakes at once), or training would take more than twice the
            available memory.
        DataError: a file, a column or a row cannot be used.

    Example:
        >>> import netwright as nw
        >>> nw.check("experiment.yaml").rows  # doctest: +SKIP
        20000
    """
    if not isinstance(experiment, Experiment):
        experiment = load_experiment(experiment, overrides)
    refuse_too_large(experiment)
    experiment, attached = with_properties(experiment, progress=progress)
    dataset, rows = load_rows(experiment, progress=progress)
    division = divide_rows(dataset, rows, experiment)
    description = describe(rows, division.split(0), experiment, name_row=dataset.locate)
    found = [
        *file_findings(dataset),
        *attached,
        *experiment_findings(experiment),
        *_fine(rows),
        *_constants(description),
        *_missing(experiment, description),
    ]
    refuse_too_large(experiment, description.vocabulary)
    demand = demand_of(experiment, len(rows), description.vocabulary)
    return CheckedExperiment(
        experiment, dataset.named_sources(), division, tuple(sorted(found, key=worst_first)), demand
    )


def _fine(rows: Rows) -> Iterator[Finding]:
    """Yield the columns that float32 does not resolve, and what is done about them."""
    for name, columns in rows.fine.items():
        yield Finding(
            _RESOLUTION,
            "NOTE",
            f"inputs.{name}: {', '.join(columns)} is finer than float32; the network takes it as a value and the rest "
            "that float32 loses, and an exported one in float64.",
            tuple(columns),
            see="docs/inspecting.md",
        )
    for name, offset in rows.forms.offsets.items():
        yield Finding(
            _RESOLUTION,
            "NOTE",
            f"targets.{name}: finer than float32; {offset:.15g} is subtracted from it, and added to the prediction.",
            (f"targets.{name}",),
            see="docs/inspecting.md",
        )


def _constants(description: Description) -> Iterator[Finding]:
    """Yield the features with the same value in all training rows, or nearly."""
    groups = dict(description.numeric)
    for name, kinds in description.four_vectors.items():
        groups |= {f"{name} ({kind})": moments for kind, moments in kinds.items()}
    for name, moments in groups.items():
        if moments.constant:
            listed = ", ".join(moments.constant)
            yield Finding(
                _CONSTANT,
                "WARN",
                f"inputs.{name}: {listed} has only one value.",
                tuple(moments.constant),
                remedy="Leave it out.",
                see="docs/inspecting.md",
            )
        if moments.nearly_constant and name not in description.centres:
            listed = ", ".join(moments.nearly_constant)
            yield Finding(
                _CONSTANT,
                "WARN",
                f"inputs.{name}: values of {listed} are nearly the same.",
                tuple(moments.nearly_constant),
                threshold=f"They should differ by more than {NEARLY_CONSTANT:g} of their size.",
                cause="They may differ by rounding only.",
                remedy="Leave them out, or check how they were computed.",
                see="docs/inspecting.md",
            )


def _missing(experiment: Experiment, description: Description) -> Iterator[Finding]:
    """Yield where the network encodes missing values, in deviations."""
    for name, group in experiment.inputs.items():
        kinds: dict[str, Moments] = {}
        if group.kind == "categorical":
            continue
        if group.kind == "numeric":
            kinds = {} if group.missing is False else {name: description.numeric[name]}
        else:
            kinds = {kind: m for kind, m in description.four_vectors[name].items() if kind in _OF_PARTICLES}
        for kind, moments in kinds.items():
            places = missing_positions(moments)
            listed = ", ".join(f"{feature} {place:+.1f}" for feature, place in zip(moments.names, places, strict=True))
            what = f"inputs.{name}" if kind == name else f"inputs.{name} ({kind})"
            evidence = f"{what}: missing values are encoded, in deviations, at {listed}."
            yield Finding("encoding of missing values", "NOTE", evidence, (f"inputs.{name}",), see="docs/experiment.md")
