"""The findings of an inspection: the results of all checks, the worst first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netwright.finding import Finding, worst_first
from netwright.inspection import findings as find
from netwright.inspection.belonging import find_belonging
from netwright.inspection.features import Feature
from netwright.inspection.masses import lost_mass, mass_features
from netwright.inspection.request import InspectionRequest
from netwright.inspection.result import Inspection
from netwright.inspection.short_findings import OF_PARTICLES
from netwright.inspection.subset import Subset, closest_inputs, find_unit_clashes

__all__ = ["collect_findings"]

SEE = "docs/inspecting.md"


def collect_findings(
    request: InspectionRequest, inspection: Inspection, subset: Subset, unusable_weights: int
) -> tuple[Finding, ...]:
    """Run all checks.

    Args:
        request: what was inspected.
        inspection: the statistics, without findings yet.
        subset: the random subset of rows.
        unusable_weights: how many weights are not finite.

    Returns:
        The findings, the worst first.
    """
    if request.events is not None:
        of_particles = [*_on_columns(request, inspection, subset), *_on_drift(request, inspection)]
        named = (
            replace(finding, evidence=OF_PARTICLES.format(name=request.name) + finding.evidence, see=SEE)
            for finding in of_particles
        )
        return tuple(sorted(named, key=worst_first))
    balanced = {classes.head for classes in request.classes if classes.balanced}
    of_rows = [
        *_on_columns(request, inspection, subset),
        *_on_rows(request, inspection),
        *find.weight_sizes(inspection.weight, inspection.total, unusable_weights),
        *find.unknown_classes(request.classes),
        *(
            finding
            for head in inspection.heads
            for finding in find.class_sizes(head.head, head.column, head.classes, balanced=head.head in balanced)
        ),
    ]
    of_rows = [replace(finding, see=SEE) for finding in of_rows]
    return tuple(sorted([*request.notes, *of_rows], key=worst_first))


def _on_columns(request: InspectionRequest, inspection: Inspection, subset: Subset) -> Iterator[Finding]:
    features, is_experiment = inspection.features, request.scope.experiment
    regression_targets = sorted(set(request.scope.heads.values()) - {classes.column for classes in request.classes})
    yield from find.unusable_values(features, experiment=is_experiment, regressed=regression_targets)
    bases = [vectors.components for vectors in request.scope.vectors]
    masses = mass_features(subset.layout.features, subset.layout.vectors, bases)
    yield from find.constant_columns(features, inspection.texts, masses)
    yield from find.coarse_columns(request.resolutions(), request.dataset.schema, request.refused)
    yield from find.coarse_masses(lost_mass(subset.layout.features, subset.values, subset.layout.vectors, bases))
    copies = list(find.duplicated_columns(features, subset.values))
    yield from copies
    if inspection.correlations is not None:
        by_name = {f.name: f for f in features}
        correlated = [by_name[name] for name in inspection.correlations.names]
        copied = [name for finding in copies for name in finding.where]
        yield from find.nearly_identical_columns(correlated, inspection.correlations.linear, copied)
    yield from find.target_leaks(closest_inputs(subset, regression_targets))
    yield from find.identifiers(features, inspection.texts, inspection.rows, experiment=is_experiment)
    yield from find.leaks(features)
    yield from find.padding(features, experiment=is_experiment)
    yield from find.heavy_tails(features, request.scope.transformed)
    inputs = sum(f.feature.role == "input" for f in features)
    yield from find.mixed_units(find_unit_clashes(subset, features), inputs, experiment=is_experiment)


def _on_rows(request: InspectionRequest, inspection: Inspection) -> Iterator[Finding]:
    if request.classes:
        yield from find.few_rows(inspection.rows, sum(_is_number(f.feature, request) for f in inspection.features))
    yield from find.copied_rows(inspection.copies)
    yield from find.rows_in_two_parts(inspection.copies)
    roles = request.scope.roles
    if "identity" not in roles.values():
        columns = [column for column, role in roles.items() if role in {"input", "other"}]
        yield from find.belonging_rows(find_belonging(request.dataset, columns, request.kept))
    yield from _on_drift(request, inspection)


def _is_number(feature: Feature, request: InspectionRequest) -> bool:
    return feature.role == "input" and not feature.vector and feature.column not in request.scope.categories


def _on_drift(request: InspectionRequest, inspection: Inspection) -> Iterator[Finding]:
    alike = bool(request.classes) or request.scope.experiment  # files without classes may be different processes
    yield from find.drifting_parts("files", inspection.drift.get("files", ()), severe=alike)
    yield from find.drifting_parts("parts of the split", inspection.drift.get("split", ()), severe=True)
