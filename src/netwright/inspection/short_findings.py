"""Findings for a screen: what the particles of several groups pass, as rows do, in one line for each check."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from netwright.errors import first_few
from netwright.finding import Finding

__all__ = ["OF_PARTICLES", "in_short"]

OF_PARTICLES = "Particles of {name}: "
"""What the evidence on the particles of a group begins with."""

_GROUP = re.compile(OF_PARTICLES.format(name="(?P<name>.+?)"))


def in_short(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with one PASS for each check, which names the groups of particles that pass it as well.

    Args:
        findings: of rows and of particles, the worst first, those of rows before those of particles.

    Returns:
        All that are worse than PASS, and the first PASS of each check.

    Example:
        >>> texts = ("None is missing.", "Particles of jet: None is missing.", "Particles of mu: None is missing.")
        >>> [short.evidence for short in in_short(Finding("missing values", "PASS", text) for text in texts)]
        ['None is missing. The same holds for the particles of jet, mu.']
    """
    findings = list(findings)
    passed: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.severity == "PASS":
            passed.setdefault(finding.symptom, []).append(finding)
    return [
        *(finding for finding in findings if finding.severity != "PASS"),
        *(_joined(of_check) for of_check in passed.values()),
    ]


def _joined(of_check: list[Finding]) -> Finding:
    first, *others = of_check
    names = [match["name"] for finding in others if (match := _GROUP.match(finding.evidence)) is not None]
    more = f" The same holds for the particles of {first_few(names)}." if names else ""
    return replace(first, evidence=first.evidence + more)
