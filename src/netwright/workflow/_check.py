"""Validate an experiment and open its data, without training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from netwright.config import Experiment, load_experiment
from netwright.data import Division, SampleYield
from netwright.finding import Finding
from netwright.progress import Progress, silent
from netwright.searching import check_search
from netwright.workflow._check_data import check_data
from netwright.workflow._demand import Demand, demand_of, refuse_too_large

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
        ExperimentError: the file is not valid (all errors are listed at once), its section search names keys or
            values that it refuses, or training would take more than twice the available memory.
        DataError: a file, a column or a row cannot be used.

    Example:
        >>> import netwright as nw
        >>> nw.check("experiment.yaml").rows  # doctest: +SKIP
        20000
    """
    if not isinstance(experiment, Experiment):
        experiment = load_experiment(experiment, overrides)
    if experiment.search is not None:
        check_search(experiment, experiment.search)
    refuse_too_large(experiment)
    checked = check_data(experiment, progress=progress)
    experiment, dataset, vocabulary = checked.experiment, checked.dataset, checked.description.vocabulary
    refuse_too_large(experiment, vocabulary)
    return CheckedExperiment(
        experiment,
        dataset.named_sources(),
        checked.division,
        checked.findings,
        demand_of(experiment, len(checked.division.group), vocabulary),
        checked.yields,
    )
