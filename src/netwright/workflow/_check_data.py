"""Open, divide and describe the data of an experiment: the part of `check` that builds no network."""

from __future__ import annotations

from dataclasses import dataclass

from netwright.config import Experiment, experiment_findings
from netwright.data import Dataset, Description, Division, SampleYield, describe
from netwright.finding import Finding, worst_first
from netwright.progress import Progress, silent
from netwright.workflow._data import divide_rows, load_yields, with_properties
from netwright.workflow._open_recorded import open_recorded
from netwright.workflow.findings.files import file_findings
from netwright.workflow.findings.recorded import recorded_findings
from netwright.workflow.findings.rows import row_findings
from netwright.workflow.findings.sums import sum_findings

__all__ = ["CheckedData", "check_data"]


@dataclass(frozen=True)
class CheckedData:
    """The data of an experiment, consistent with its file.

    Attributes:
        experiment: the experiment; numbers with one value per particle are attached to the four-vectors.
        dataset: the columns.
        division: which rows are for training, validation and test, by fold.
        description: of the training rows of the first fold.
        findings: findings on files, experiment and inputs, the most severe first.
        yields: the numbers of each sample; empty if there are none.
    """

    experiment: Experiment
    dataset: Dataset
    division: Division
    description: Description
    findings: tuple[Finding, ...]
    yields: tuple[SampleYield, ...] = ()


def check_data(experiment: Experiment, *, progress: Progress = silent) -> CheckedData:
    """Open, divide and describe the data of an experiment.

    Args:
        experiment: describes what to read.
        progress: callback for progress updates.

    Returns:
        The data, and the findings on it.

    Raises:
        DataError: a file, a column or a row cannot be used.
    """
    experiment, attached = with_properties(experiment, progress=progress)
    dataset, rows, yields = load_yields(experiment, progress=progress)
    _, recorded = open_recorded(experiment, progress)
    division = divide_rows(dataset, rows, experiment)
    description = describe(rows, division.split(0), experiment, name_row=dataset.locate)
    findings = [
        *file_findings(dataset),
        *attached,
        *experiment_findings(experiment),
        *row_findings(dataset, experiment, rows, description),
        *sum_findings(experiment, yields, progress),
        *recorded_findings([*yields, *recorded]),
    ]
    return CheckedData(
        experiment, dataset, division, description, tuple(sorted(findings, key=worst_first)), (*yields, *recorded)
    )
