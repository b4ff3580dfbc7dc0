"""From what was found to findings, the worst first."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.inspection import findings as find
from netwright.inspection.findings import Finding
from netwright.inspection.masses import lost_mass
from netwright.inspection.request import Question
from netwright.inspection.result import Inspection
from netwright.inspection.sample import Sample, clashes_in, followers_of

__all__ = ["judge"]

ORDER = ("FAIL", "WARN", "PASS")


def judge(question: Question, found: Inspection, sample: Sample, unusable_weights: int) -> tuple[Finding, ...]:
    """Judge what was found.

    Args:
        question: what was looked at.
        found: everything but the findings.
        sample: the subset.
        unusable_weights: how many weights are not finite.

    Returns:
        The findings, the worst first.
    """
    every = [
        *_on_columns(question, found, sample),
        *_on_rows(question, found),
        *find.weight_sizes(found.weight, found.total, unusable_weights),
        *find.unknown_classes(question.classes),
        *(one for head in found.heads for one in find.class_sizes(head.head, head.column, head.classes)),
    ]
    return tuple(sorted(every, key=lambda finding: ORDER.index(finding.level)))


def _on_columns(question: Question, found: Inspection, sample: Sample) -> Iterator[Finding]:
    features, strict = found.features, question.scope.experiment
    regressed = sorted(set(question.scope.heads.values()) - {classes.column for classes in question.classes})
    yield from find.unusable_values(features, experiment=strict, regressed=regressed)
    yield from find.constant_columns(features, found.texts)
    yield from find.coarse_columns(question.resolutions(), question.refused)
    bases = [vectors.components for vectors in question.scope.vectors]
    yield from find.coarse_masses(lost_mass(sample.layout.features, sample.values, sample.layout.vectors, bases))
    copies = list(find.duplicated_columns(features, sample.values))
    yield from copies
    if found.correlations is not None:
        place = {f.name: f for f in features}
        inside = [place[name] for name in found.correlations.names]
        copied = [name for one in copies for name in one.columns]
        yield from find.nearly_identical_columns(inside, found.correlations.linear, copied)
    yield from find.target_leaks(followers_of(sample, regressed))
    yield from find.identifiers(features, found.texts, found.rows, experiment=strict)
    yield from find.leaks(features)
    yield from find.padding(features, experiment=strict)
    yield from find.heavy_tails(features, question.scope.tamed)
    inputs = sum(f.feature.role == "input" for f in features)
    yield from find.mixed_units(clashes_in(sample, features), inputs, experiment=strict)


def _on_rows(question: Question, found: Inspection) -> Iterator[Finding]:
    yield from find.copied_rows(found.copies)
    yield from find.rows_in_two_parts(found.copies)
    alike = bool(question.classes) or question.scope.experiment  # files without classes may be different processes
    yield from find.drifting_parts("files", found.drift.get("files", ()), severe=alike)
    yield from find.drifting_parts("parts of the split", found.drift.get("split", ()), severe=True)
