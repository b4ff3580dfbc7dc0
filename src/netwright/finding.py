"""One form for every remark on data, configuration, training and result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["Finding", "Severity", "worst_first", "worst_severity"]

Severity = Literal["FAIL", "WARN", "NOTE", "PASS"]
"""FAIL: fix it first. WARN: check it. NOTE: good to know, nothing is wrong. PASS: checked, nothing found."""


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        symptom: what was checked, in words that stay the same: ``constant columns``, ``dead units``.
        severity: how bad it is.
        evidence: what was found, as a sentence with the measured values.
        where: the columns, keys of the experiment file, layers or members that it is about.
        threshold: the rule that the evidence is compared with, as a sentence.
        cause: why it is so, as a sentence.
        remedy: the next step, as a sentence.
        see: the page of the documentation with more about it.
        confidence: probability that the finding is true, from 0 to 1, dimensionless; 1 for what was counted.
        step: training step at which it was found, from 1; None where it does not belong to one.

    Raises:
        ValueError: the confidence is not within 0 and 1.

    Example:
        >>> found = Finding("constant columns", "WARN", "charge is 1 in every row.", remedy="Leave it out.")
        >>> found.sentence
        'charge is 1 in every row. Leave it out.'
    """

    symptom: str
    severity: Severity
    evidence: str
    where: tuple[str, ...] = ()
    threshold: str = ""
    cause: str = ""
    remedy: str = ""
    see: str = ""
    confidence: float = 1.0
    step: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.confidence <= 1:
            msg = f"confidence must be from 0 to 1, received {self.confidence:g}"
            raise ValueError(msg)

    @property
    def sentence(self) -> str:
        """Evidence, threshold, cause and remedy in one text."""
        return " ".join(part for part in (self.evidence, self.threshold, self.cause, self.remedy) if part)

    @property
    def layer(self) -> str | None:
        """The first entry of `where`; for a finding on a network, the layer."""
        return self.where[0] if self.where else None


def worst_first(finding: Finding) -> tuple[int, float]:
    """Return the key by which findings are sorted: by severity, then the surest first.

    Args:
        finding: one of those to be sorted.

    Returns:
        The key.

    Example:
        >>> found = [Finding("a", "PASS", "Good."), Finding("b", "FAIL", "Bad."), Finding("c", "WARN", "Look.")]
        >>> [one.symptom for one in sorted(found, key=worst_first)]
        ['b', 'c', 'a']
    """
    return get_args(Severity).index(finding.severity), -finding.confidence


def worst_severity(findings: Iterable[Finding]) -> Severity:
    """Return the worst severity of some findings.

    Args:
        findings: in any order.

    Returns:
        The severity; PASS where there are no findings.

    Example:
        >>> worst_severity([Finding("a", "NOTE", "Good to know."), Finding("b", "WARN", "Look.")])
        'WARN'
    """
    return min((finding.severity for finding in findings), key=get_args(Severity).index, default="PASS")
