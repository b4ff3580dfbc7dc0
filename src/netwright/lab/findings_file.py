"""``findings.json`` of a run: the findings on its data, experiment, training and result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from netwright.errors import RunError
from netwright.file_names import in_command
from netwright.finding import Finding, worst_first
from netwright.lab.contents import read_checked, refuse_folder, unreadable
from netwright.strict_json import write_json

__all__ = ["checked_findings", "read_findings", "write_findings"]

_FORMAT = 1
_FINDINGS: TypeAdapter[tuple[Finding, ...]] = TypeAdapter(tuple[Finding, ...])


def write_findings(path: Path, findings: Sequence[Finding]) -> None:
    """Write findings, the worst first.

    Args:
        path: ``findings.json`` of a run.
        findings: in any order.
    """
    refuse_folder(path)
    content = {"format": _FORMAT, "findings": [asdict(finding) for finding in sorted(findings, key=worst_first)]}
    write_json(path, content)


def read_findings(path: Path) -> tuple[Finding, ...]:
    """Read findings.

    Args:
        path: ``findings.json`` of a run.

    Returns:
        The findings, in the order of the file.

    Raises:
        RunError: there is no such file, or it is damaged.
    """
    if not path.exists():
        msg = f"{path}: the run has no findings yet. Write them with: netwright report {in_command(path.parent)}"
        raise RunError(msg)
    content = read_checked(path)
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise unreadable(path, f"it has no format {_FORMAT}")
    return checked_findings(path, content.get("findings"))


def checked_findings(path: Path, entries: object) -> tuple[Finding, ...]:
    """Return the findings in a JSON file of a run.

    Args:
        path: the file.
        entries: its key ``findings``.

    Returns:
        The findings.

    Raises:
        RunError: it is not a list of findings.
    """
    try:
        return _FINDINGS.validate_python(entries)
    except ValidationError as error:
        mistake = error.errors(include_url=False)[0]
        raise unreadable(path, f"findings.{'.'.join(map(str, mistake['loc']))}: {mistake['msg']}") from error
