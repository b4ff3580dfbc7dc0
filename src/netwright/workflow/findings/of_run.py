"""Findings of a run: those on its experiment, training and result, in one list."""

from __future__ import annotations

from typing import Any

from netwright.config import experiment_findings
from netwright.data import SampleYield
from netwright.doctor import VERDICT
from netwright.evaluation import as_measured
from netwright.finding import Finding
from netwright.lab import Run, checked_findings
from netwright.reporting import out_of_range_findings, train_test_findings
from netwright.workflow.findings.files import sentence
from netwright.workflow.findings.recorded import recorded_findings
from netwright.workflow.findings.trees import tree_findings

__all__ = ["checkpoint_finding", "no_warning", "record_findings"]


def no_warning(finding: Finding) -> None:
    """Ignore a warning: the default of every Python function.

    Args:
        finding: on a training that is running.
    """


def checkpoint_finding(remark: str) -> Finding:
    """Return the finding that a checkpoint could not be used.

    Args:
        remark: which checkpoint, and why.

    Returns:
        The finding.
    """
    return Finding("checkpoints", "WARN", sentence(remark), see="docs/runs.md")


def record_findings(run: Run) -> None:
    """Write ``findings.json`` from the other files of a run: its experiment, training and evaluation.

    Args:
        run: a run that was trained and evaluated.

    Raises:
        RunError: the run was not trained or not evaluated, or a file is damaged.
    """
    training, evaluation = run.read_json("training.json"), as_measured(run.evaluation)
    training_findings = checked_findings(run.path / "training.json", training.get("findings", []))
    healthy = any(finding.symptom == VERDICT and finding.severity == "PASS" for finding in training_findings)
    run.write_findings(
        [
            *experiment_findings(run.experiment),
            *training_findings,
            *_member_findings(training["members"]),
            *train_test_findings(evaluation, healthy=healthy),
            *out_of_range_findings(evaluation),
            *recorded_findings([SampleYield(**sample) for sample in run.read_json("split.json").get("samples", [])]),
            *tree_findings(run),
        ]
    )


def _member_findings(members: list[dict[str, Any]]) -> list[Finding]:
    """Return each remark of the training once, with the members that it applies to unless it applies to all."""
    about: dict[str, list[int]] = {}
    for member in members:
        for remark in member["remarks"]:
            about.setdefault(remark, []).append(member["member"])
    return [
        Finding(
            "training",
            "NOTE",
            sentence(remark),
            () if len(numbers) == len(members) else tuple(f"member {number}" for number in numbers),
            see="docs/engine.md",
        )
        for remark, numbers in about.items()
    ]
