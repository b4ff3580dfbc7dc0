"""The findings of an inspection: the results of all checks, the worst first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netwright.finding import Finding, worst_first
from netwright.inspection import findings as find
from netwright.inspection.masses import lost_mass, mass_features
from netwright.inspection.request import InspectionRequest
from netwright.inspection.result import Inspection
from netwright.inspection.short_findings import OF_PARTICLES
from netwright.inspection.subset import Subset, closest_inputs, find_unit_clashes

__all__ = ["collect_findings"]

SEE = "docs/inspecting.md"


def collect_findings(
    request: InspectionRequest, found: Inspection, subset: Subset, unusable_weights: int
) -> tuple[Finding, ...]:
    """Run all checks.

    Args:
        request: what was inspected.
        found: the statistics, without findings yet.
        subset: the random subset of rows.
        unusable_weights: how many weights are not finite.

    Returns:
        The findings, the worst first.
    """
    if request.events is not None:
        own = [*_on_columns(request, found, subset), *_on_drift(request, found)]
        said = (replace(one, evidence=OF_PARTICLES.format(name=request.name) + one.evidence, see=SEE) for one in own)
        return tuple(sorted(said, key=worst_first))
    balanced = {classes.head for classes in request.classes if classes.balanced}
    every = [
        *_on_columns(request, found, subset),
        *_on_rows(request, found),
        *find.weight_sizes(found.weight, found.total, unusable_weights),
        *find.unknown_classes(request.classes),
        *(
            one
            for head in found.heads
            for one in find.class_sizes(head.head, head.column, head.classes, balanced=head.head in balanced)
        ),
    ]
    found_here = [replace(finding, see=SEE) for finding in every]
    return tuple(sorted([*request.notes, *found_here], key=worst_first))


def _on_columns(request: InspectionRequest, found: Inspection, subset: Subset) -> Iterator[Finding]:
    features, strict = found.features, request.scope.experiment
    regressed = sorted(set(request.scope.heads.values()) - {classes.column for classes in request.classes})
    yield from find.unusable_values(features, experiment=strict, regressed=regressed)
    bases = [vectors.components for vectors in request.scope.vectors]
    masses = mass_features(subset.layout.features, subset.layout.vectors, bases)
    yield from find.constant_columns(features, found.texts, masses)
    yield from find.coarse_columns(request.resolutions(), request.refused)
    yield from find.coarse_masses(lost_mass(subset.layout.features, subset.values, subset.layout.vectors, bases))
    copies = list(find.duplicated_columns(features, subset.values))
    yield from copies
    if found.correlations is not None:
        place = {f.name: f for f in features}
        inside = [place[name] for name in found.correlations.names]
        copied = [name for one in copies for name in one.where]
        yield from find.nearly_identical_columns(inside, found.correlations.linear, copied)
    yield from find.target_leaks(closest_inputs(subset, regressed))
    yield from find.identifiers(features, found.texts, found.rows, experiment=strict)
    yield from find.leaks(features)
    yield from find.padding(features, experiment=strict)
    yield from find.heavy_tails(features, request.scope.transformed)
    inputs = sum(f.feature.role == "input" for f in features)
    yield from find.mixed_units(find_unit_clashes(subset, features), inputs, experiment=strict)


def _on_rows(request: InspectionRequest, found: Inspection) -> Iterator[Finding]:
    yield from find.copied_rows(found.copies)
    yield from find.rows_in_two_parts(found.copies)
    yield from _on_drift(request, found)


def _on_drift(request: InspectionRequest, found: Inspection) -> Iterator[Finding]:
    alike = bool(request.classes) or request.scope.experiment  # files without classes may be different processes
    yield from find.drifting_parts("files", found.drift.get("files", ()), severe=alike)
    yield from find.drifting_parts("parts of the split", found.drift.get("split", ()), severe=True)
