"""Validate an experiment and open its data, without training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from netwright.config import Experiment, load_experiment, remarks
from netwright.data import Description, Division, Moments, Rows, describe, missing_positions
from netwright.progress import Progress, silent
from netwright.workflow._data import divide_rows, load_rows, with_properties
from netwright.workflow._demand import Demand, demand_of, refuse_too_large

__all__ = ["CheckedExperiment", "check"]

_OF_PARTICLES = ("raw", "constituents", "objects", "properties", "pairs")  # some of which a row may lack


@dataclass(frozen=True)
class CheckedExperiment:
    """An experiment whose file and data fit together.

    Attributes:
        experiment: with every default written out.
        sources: the data's first file, and how many more there are, in words.
        division: who learns from a row and who judges it.
        remarks: what the user should know before training, in sentences.
        demand: parameters, and the memory that they and the rows take.
    """

    experiment: Experiment
    sources: str
    division: Division
    remarks: tuple[str, ...]
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
        The experiment with its defaults, its rows and what there is to say of them.

    Raises:
        ExperimentError: the file says something that it may not say, all mistakes at once; or it would take more than
            twice the memory that is available.
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
    said = (
        *dataset.remarks,
        *attached,
        *remarks(experiment),
        *_fine(rows),
        *_constants(description),
        *_missing(experiment, description),
    )
    refuse_too_large(experiment, description.vocabulary)
    demand = demand_of(experiment, len(rows), description.vocabulary)
    return CheckedExperiment(experiment, dataset.named_sources(), division, said, demand)


def _fine(rows: Rows) -> Iterator[str]:
    """Name the columns that are taken in 48 bits instead of 24, and targets that are shifted."""
    for name, columns in rows.fine.items():
        yield (
            f"inputs.{name}: {', '.join(columns)} is finer than float32; the network takes it as a value and what "
            "float32 leaves over, and an exported one in float64"
        )
    for name, offset in rows.forms.offsets.items():
        yield f"targets.{name}: finer than float32; {offset:.15g} is taken off it, and added to what the network says"


def _constants(description: Description) -> Iterator[str]:
    """Name the features that have one value in all training rows."""
    groups = dict(description.numeric)
    for name, kinds in description.four_vectors.items():
        groups |= {f"{name} ({kind})": moments for kind, moments in kinds.items()}
    for name, moments in groups.items():
        if moments.constant:
            yield f"inputs.{name}: {', '.join(moments.constant)} has one value only and says nothing"
        if moments.nearly_constant and name not in description.centres:
            listed = ", ".join(moments.nearly_constant)
            yield f"inputs.{name}: values of {listed} differ by less than 10⁻⁶ of their size, perhaps by rounding only"


def _missing(experiment: Experiment, description: Description) -> Iterator[str]:
    """Say where the network puts what is missing, in deviations."""
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
            yield f"{what}: what is missing is encoded, in deviations, at {listed}"
