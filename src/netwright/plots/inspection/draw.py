"""All figures of an inspection."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.inspection import FeatureSummary, Inspection
from netwright.plots._style import save
from netwright.plots.inspection.correlations import inspected_correlations
from netwright.plots.inspection.distributions import PANELS, inspected_distributions
from netwright.plots.inspection.drift import inspected_drift
from netwright.plots.inspection.pairs import inspected_pairs
from netwright.plots.inspection.profile import inspected_profile
from netwright.plots.inspection.targets import inspected_classes
from netwright.progress import Progress, silent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_inspection"]

PAGES = 4  # of distributions: as many as are read; inspection.json has all
MIN_PLACES = 5  # a list of fewer is drawn feature by feature only
MAX_PROFILES = 6


def draw_inspection(inspection: Inspection, folder: Path, *, progress: Progress = silent) -> dict[str, Path]:
    """Draw an inspection.

    Args:
        inspection: the inspection to draw.
        folder: where figures go, as PDF and PNG; made if it is missing.
        progress: callback for progress updates.

    Returns:
        The PNG files by name, in the order of reading: ``classes``, ``targets``, ``distributions-1`` and so on,
        ``profile-COLUMN``, ``correlations``, ``pairs``, ``drift``; those without anything to draw are left
        out.
    """
    figures = list(_figures(inspection))
    paths = {}
    for done, (name, figure) in enumerate(figures):
        progress("Drawing", done, len(figures), "figures")
        paths[name] = save(figure, folder, name)[1]
    progress("Drawing", len(figures), len(figures), "figures")
    return paths


def _figures(inspection: Inspection) -> Iterator[tuple[str, Figure]]:
    if inspection.heads:
        yield "classes", inspected_classes(inspection.heads)
    classes = {head.column for head in inspection.heads}  # which have a figure of their own
    special = [
        f for f in inspection.features if f.feature.role in {"target", "weight"} and f.feature.column not in classes
    ]
    for page in inspected_distributions(special[:PANELS], inspection.distributions):
        yield "targets", page
    for number, page in enumerate(inspected_distributions(_chosen(inspection), inspection.distributions), start=1):
        yield f"distributions-{number}", page
    yield from _profiles(inspection)
    if inspection.correlations is not None:
        yield "correlations", inspected_correlations(inspection.correlations)
    if inspection.pairs:
        yield "pairs", inspected_pairs(inspection.pairs, {f.name: f.feature.unit for f in inspection.features})
    if any(inspection.drift.values()):
        yield "drift", inspected_drift(inspection.drift)


def _chosen(inspection: Inspection) -> list[FeatureSummary]:
    """Return the features to draw: all, or those with findings, the first ones, and those that separate best."""
    features = [
        f for f in inspection.features if f.feature.role in {"input", "other"} and f.name in inspection.distributions
    ]
    if len(features) <= PAGES * PANELS:
        return features
    suspects = {
        name for finding in inspection.findings if finding.severity in {"FAIL", "WARN"} for name in finding.where
    }
    order = sorted(features, key=lambda f: f.name not in suspects)
    drawn = {f.name for f in order[: PAGES * PANELS // 2]}
    others = sorted((f for f in order if f.name not in drawn), key=lambda f: -(f.auc or 0.0))
    drawn |= {f.name for f in others[: PAGES * PANELS - len(drawn)]}
    return [f for f in features if f.name in drawn]


def _profiles(inspection: Inspection) -> Iterator[tuple[str, Figure]]:
    """Draw columns of lists by position, component by component."""
    columns: dict[str, dict[str, list[FeatureSummary]]] = {}
    for f in inspection.features:
        if f.feature.index and f.feature.role in {"input", "other"}:
            components = columns.setdefault(f.feature.column, {})
            components.setdefault(_component(f), []).append(f)
    long = {name: of for name, of in columns.items() if max(map(len, of.values())) >= MIN_PLACES}
    for column, components in list(long.items())[:MAX_PROFILES]:
        unit = next(iter(components.values()))[0].feature.unit
        yield f"profile-{re.sub(r'[^A-Za-z0-9_]+', '_', column)}", inspected_profile(column, components, unit)


def _component(summary: FeatureSummary) -> str:
    """Return what distinguishes features at the same position: a name, or the inner positions."""
    label = summary.name.rpartition(".")[2] if summary.feature.vector else ""
    further = ",".join(map(str, summary.feature.index[1:]))
    return label if label and label != summary.name else further
