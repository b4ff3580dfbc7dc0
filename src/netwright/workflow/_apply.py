"""Apply findings of a run: the corrected experiment file, next to the run."""

from __future__ import annotations

from pathlib import Path

from netwright.atomic_files import write_text
from netwright.config import commented_experiment
from netwright.doctor import Prescription, prescribe
from netwright.errors import ExperimentError
from netwright.file_names import in_command
from netwright.lab import Run, open_run
from netwright.workflow._free_path import free_path

__all__ = ["apply_finding"]


def apply_finding(run: Run | str | Path, symptom: str) -> tuple[Path, Prescription]:
    """Write the experiment of a run with what one of its findings wants to be changed; the run stays as it is.

    Args:
        run: the run.
        symptom: name of the symptom, as in ``findings.json``; ``all`` for those of all warnings.

    Returns:
        The path of the new experiment file, NAME-fixed.yaml next to the run, and what was changed and why.

    Raises:
        ExperimentError: the run has no such finding, or its remedy is no change of the experiment.

    Example:
        >>> import netwright as nw
        >>> path, fixed = nw.apply_finding("runs/top-tagging", "learning rate too high")  # doctest: +SKIP
    """
    run = open_run(run)
    alarms = [finding for finding in run.findings if finding.severity in {"FAIL", "WARN"}]
    alarms.sort(key=lambda finding: -finding.confidence)
    findings = (
        alarms
        if symptom == "all"
        else [finding for finding in run.findings if finding.symptom.replace("-", " ") == _words(symptom)]
    )
    if not findings:
        symptoms = ", ".join(dict.fromkeys(finding.symptom for finding in alarms))
        what = f"finding '{symptom}'. It has: {symptoms}" if alarms else "warning, so there is nothing to change"
        msg = f"{run.path} has no {what}. See all findings with: netwright examine {in_command(run.path)}"
        raise ExperimentError(msg)
    prescription = prescribe(run.experiment, findings)
    remarks = [f"{run.path}, changed for the finding {symptom}."]
    remarks += [f"{change}, because: {change.why}" for change in prescription.changes]
    path = free_path(run.path.parent / f"{run.path.resolve().name}-fixed.yaml")
    write_text(path, commented_experiment(prescription.experiment, remarks=remarks))
    return path, prescription


def _words(symptom: str) -> str:
    """Return the name of a symptom in words: pages have too-few-epochs for "too few epochs"."""
    return symptom.strip().lower().replace("-", " ")
