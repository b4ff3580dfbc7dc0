"""One form for everything that the tool says about data, configuration, training and result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["Finding", "Severity", "worst_first"]

Severity = Literal["FAIL", "WARN", "NOTE", "PASS"]
"""FAIL: mend it first. WARN: look at it. NOTE: good to know, nothing is wrong. PASS: looked for, and all is well."""


@dataclass(frozen=True)
class Finding:
    """What was looked for, and what was found.

    Args:
        symptom: what was looked for, in words that stay the same: ``constant columns``, ``dead units``.
        severity: how bad it is.
        evidence: what was found, as a sentence with the values that were measured.
        where: the columns, keys of the experiment file, layers or members that it is about.
        threshold: the rule that the evidence was held against, as a sentence.
        cause: why it is so, as a sentence.
        remedy: the next step, as a sentence.
        see: the page of the documentation to read on.
        confidence: probability that it is so, from 0 to 1, dimensionless; 1 for what was counted.
        step: of the training at which it was found, from 1; None where it is about no step.

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
            msg = f"confidence must be from 0 to 1, got {self.confidence:g}"
            raise ValueError(msg)

    @property
    def sentence(self) -> str:
        """Evidence, threshold, cause and remedy, one after another."""
        return " ".join(part for part in (self.evidence, self.threshold, self.cause, self.remedy) if part)

    @property
    def layer(self) -> str | None:
        """The first of what it is about; of the findings on a network that is a layer."""
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
