"""What a symptom is: a declaration, and a pure function that examines a case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from netwright.doctor.case import Case
from netwright.finding import Finding, Severity

__all__ = ["Symptom"]


@dataclass(frozen=True)
class Symptom:
    """Something to look for in a training.

    Attributes:
        name: in words that stay the same; a finding on it has it as ``symptom``.
        needs: fields of the case without which nothing can be said: ``rows``, ``vitals``, ``history``, ``skill``.
        threshold: the rule, as a sentence, with its source.
        silent: when it says nothing although the rule is met, as a sentence.
        examine: the function; yields findings on a case.
        explains: names of other symptoms that come from the same cause: where this one is found, those are not causes.
        stays: of a fault of the program as it is written, which is left when another cause that explains it is fixed:
            the severity with which it then comes behind that one, at most that of the finding; a NOTE behind what
            breaks all of a training.
    """

    name: str
    needs: tuple[str, ...]
    threshold: str
    silent: str
    examine: Callable[[Case], Iterator[Finding]]
    explains: tuple[str, ...] = ()
    stays: Severity | None = None
