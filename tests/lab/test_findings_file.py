"""``findings.json`` of a run: it reads back as it was written, and a damaged one is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netwright.errors import RunError
from netwright.finding import Finding
from netwright.lab import Run, checked_findings

FOUND = [
    Finding("heavy tails", "NOTE", "pt: far.", ("pt", "m"), threshold="20 σ.", remedy="Cut.", see="docs/inspecting.md"),
    Finding("dead units", "WARN", "dense: 3 of 8.", ("dense",), cause="A high rate.", confidence=0.7, step=120),
    Finding("missing values", "PASS", "None."),
    Finding("leaks", "FAIL", "x."),
]


def test_it_reads_back_as_it_was_written_the_worst_first(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.write_findings(FOUND)
    assert run.findings == (FOUND[3], FOUND[1], FOUND[0], FOUND[2])
    content = json.loads((tmp_path / "findings.json").read_text())
    assert content["format"] == 1
    assert content["findings"][1]["where"] == ["dense"]


def test_a_run_without_findings_says_how_to_write_them(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"the run has no findings yet\. Write them with: netwright report"):
        Run(tmp_path).findings  # noqa: B018


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[]", "it has no format 1"),
        ('{"format": 2, "findings": []}', "it has no format 1"),
        ('{"format": 1}', r"findings\.: Input should be a valid tuple"),
        ('{"format": 1, "findings": [{"symptom": "a"}]}', r"findings\.0\.severity: Field required"),
        ('{"format": 1, "findings": [{"symptom": "a", "severity": "BAD", "evidence": ""}]}', "Input should be 'FAIL'"),
        (
            '{"format": 1, "findings": [{"symptom": "a", "severity": "FAIL", "evidence": "", "confidence": 2}]}',
            "confidence must be from 0 to 1, received 2",
        ),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "findings.json").write_text(text)
    with pytest.raises(RunError, match=rf"findings\.json cannot be read \(.*{match}.*Remove it, and write it again"):
        Run(tmp_path).findings  # noqa: B018


def test_findings_of_another_file_are_checked_too(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"training\.json cannot be read \(findings\.0: Input should be a dictionary"):
        checked_findings(tmp_path / "training.json", [3])
