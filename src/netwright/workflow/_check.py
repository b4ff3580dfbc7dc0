"""Validate an experiment and open its data, without training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from netwright.config import Experiment, experiment_findings, load_experiment
from netwright.data import Division, SampleYield, describe
from netwright.finding import Finding, worst_first
from netwright.progress import Progress, silent
from netwright.workflow._data import divide_rows, load_yields, with_properties
from netwright.workflow._demand import Demand, demand_of, refuse_too_large
from netwright.workflow._findings import file_findings
from netwright.workflow._row_findings import row_findings

__all__ = ["CheckedExperiment", "check"]


@dataclass(frozen=True)
class CheckedExperiment:
    """An experiment whose file and data are consistent.

    Attributes:
        experiment: the experiment with every default filled in.
        sources: name of the first file, and the number of further files.
        division: which rows are for training, validation and test, by fold.
        findings: findings on files, experiment and inputs, the most severe first.
        demand: number of parameters, and the memory for parameters and rows.
        yields: the numbers of each sample; empty if there are none.
    """

    experiment: Experiment
    sources: str
    division: Division
    findings: tuple[Finding, ...]
    demand: Demand
    yields: tuple[SampleYield, ...] = ()

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.division.group)


def check(
    experiment: Experiment | str | Path, overrides: Sequence[str] = (), *, progress: Progress = silent
) -> CheckedExperiment:
    """Validate an experiment; open, divide and describe its data.

    Args:
        experiment: an experiment, or the path of its file.
        overrides: values to change in the file, such as ``training.epochs=5``.
        progress: callback for progress updates.

    Returns:
        The experiment with its defaults, its rows and the findings on both.

    Raises:
        ExperimentError: the file is not valid (all errors are listed at once), or training would take more than twice
            the available memory.
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
    dataset, rows, yields = load_yields(experiment, progress=progress)
    division = divide_rows(dataset, rows, experiment)
    description = describe(rows, division.split(0), experiment, name_row=dataset.locate)
    found = [
        *file_findings(dataset),
        *attached,
        *experiment_findings(experiment),
        *row_findings(dataset, experiment, rows, description),
    ]
    refuse_too_large(experiment, description.vocabulary)
    demand = demand_of(experiment, len(rows), description.vocabulary)
    return CheckedExperiment(
        experiment, dataset.named_sources(), division, tuple(sorted(found, key=worst_first)), demand, tuple(yields)
    )
