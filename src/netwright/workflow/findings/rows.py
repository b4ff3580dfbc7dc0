"""Everything that is looked for in the rows of an experiment before it is trained."""

from __future__ import annotations

from netwright.config import Experiment
from netwright.data import Dataset, Description, Rows
from netwright.finding import Finding
from netwright.inspection import few_rows
from netwright.workflow.findings.classes import class_findings
from netwright.workflow.findings.identity import identity_findings_of_rows
from netwright.workflow.findings.inputs import cut_findings, input_findings
from netwright.workflow.findings.leaks import leak_findings

__all__ = ["row_findings"]


def row_findings(dataset: Dataset, experiment: Experiment, rows: Rows, description: Description) -> list[Finding]:
    """Return findings on the number of rows, classes, identities and inputs, and on inputs that give the answer.

    Args:
        dataset: the columns.
        experiment: says what they are for.
        rows: all rows prepared from them.
        description: of the training rows of the first fold.

    Returns:
        The findings.
    """
    numbers = sum(len(moments.names) for moments in description.numeric.values())
    any_classes = any(target.labels for target in experiment.targets.values())
    return [
        *(few_rows(len(rows), numbers) if any_classes else ()),
        *class_findings(dataset, experiment, rows),
        *identity_findings_of_rows(experiment, rows),
        *input_findings(experiment, rows, description),
        *cut_findings(dataset, experiment),
        *leak_findings(experiment, rows),
    ]
