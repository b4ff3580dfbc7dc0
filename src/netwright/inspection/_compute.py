"""The inspection itself: a subset to choose bins, one scan of all rows, and what follows from both."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from netwright.errors import DataError
from netwright.finding import worst_first
from netwright.inspection.collect import collect_findings
from netwright.inspection.column_summary import exact_ends
from netwright.inspection.copies import Copies, find_copies
from netwright.inspection.correlations import MAX_FEATURES
from netwright.inspection.feature_summary import Distribution, FeatureSummary, distribution_of, summarise_feature
from netwright.inspection.features import Layout, layout_of
from netwright.inspection.further_heads import with_further_heads
from netwright.inspection.labels import ClassLabels
from netwright.inspection.partition import Partition, partitions_of
from netwright.inspection.request import InspectionRequest, usable_weights
from netwright.inspection.result import HeadCounts, Inspection
from netwright.inspection.scan import Scan, scan_rows
from netwright.inspection.stream import RowStream, subset_of
from netwright.inspection.subset import Subset, compute_correlations, find_drift, pair_histograms
from netwright.inspection.texts import TextCounts, count_texts
from netwright.inspection.weight_summary import summarise_weights
from netwright.progress import Progress, silent

__all__ = ["compute_inspection"]

Floats = npt.NDArray[np.float64]

SEED = 1  # of the subset
EXACT = 2.0**53  # up to it, float64 holds every whole number
MAX_DIGITS = 300.0  # of a number in double precision


def compute_inspection(request: InspectionRequest, *, progress: Progress = silent) -> Inspection:
    """Inspect data: every row once, and a subset of the rows more closely.

    Moments, extremes, counts, histograms, linear correlations and hashes cover all rows. Quantiles are read off
    histograms of 2,048 bins, with a stated bound. Rank correlations, figures in two dimensions, drift, spikes and
    units use a random subset of up to 50,000 rows.

    Args:
        request: which rows and columns to inspect, and what is known of them.
        progress: callback for progress updates.

    Returns:
        The statistics and the findings.

    Raises:
        DataError: there are no rows, or no column can be inspected.
    """
    rows = _row_stream(request)
    particle_inspections = [compute_inspection(particles, progress=progress) for particles in request.particles]
    weights, unusable = usable_weights(request)
    partitions = partitions_of(request)
    classes = request.classes[0] if request.classes else None
    class_names = () if classes is None else classes.names
    subset, positions = _draw_subset(rows, weights, classes, partitions, progress)
    independent = subset if request.events is None else subset.take(_one_per_event(request.events[positions]))
    scan = scan_rows(
        rows, subset.values, weights, None if classes is None else classes.labels, len(class_names), progress
    )
    features = _summaries(request, subset, scan, classes)
    features = with_further_heads(features, request.classes, subset, positions, scan.sums)
    correlations = compute_correlations(subset, scan.linear, progress)
    inspection = Inspection(
        name=request.name,
        files=tuple((source.path.name, source.rows) for source in request.dataset.sources),
        rows=len(rows),
        subset_rows=len(subset.weights),
        weight=request.weight,
        features=features,
        texts=tuple(_texts(request, rows.layout, weights)),
        total=summarise_weights("all", weights),
        parts=tuple(summarise_weights(name, weights[part]) for name, part in request.parts.items()),
        heads=tuple(_head_counts(head, weights) for head in request.classes),
        distributions=_distributions(rows.layout, scan, class_names),
        correlations=correlations,
        pairs=tuple(pair_histograms(subset, correlations)),
        drift=find_drift(independent, features, progress),
        copies=find_copies(
            scan.hashes if request.hashes is None else scan.hashes + request.hashes,
            {name: partition.part for name, partition in partitions.items()},
            _possible_rows(
                [*features, *(feature for of_group in particle_inspections for feature in of_group.features)]
            ),
        ),
        samples=tuple(request.yields),
        findings=(),
        left_out={**request.dataset.left_out, **rows.layout.left_out, **request.scope.unused},
        skipped={**request.skipped, **dict(_skipped(rows.layout, scan, partitions))},
    )
    inspection = replace(inspection, skipped={**inspection.skipped, **_inconclusive_copies(inspection.copies)})
    inspection = replace(inspection, findings=collect_findings(request, inspection, subset, unusable))
    return _with_particles(inspection, particle_inspections)


def _row_stream(request: InspectionRequest) -> RowStream:
    """Return the rows of a request, feature by feature.

    Raises:
        DataError: there are no rows, or no column can be inspected.
    """
    rows = RowStream(request.dataset, layout_of(request.dataset, request.scope), request.kept, request.counts)
    if not len(rows) or not (rows.layout.features or rows.layout.texts):
        msg = (
            f"{request.dataset.named_sources()}: there is nothing to inspect: {len(rows)} rows, "
            f"{len(rows.layout.features)} numeric columns. Name other files or loosen the selection."
        )
        raise DataError(msg)
    return rows


def _draw_subset(
    rows: RowStream,
    weights: Floats,
    classes: ClassLabels | None,
    partitions: Mapping[str, Partition],
    progress: Progress,
) -> tuple[Subset, npt.NDArray[np.int64]]:
    positions, values = subset_of(rows, SEED, progress)
    labels = np.zeros(len(positions), dtype=np.int64) if classes is None else classes.labels[positions]
    divided = {name: Partition(partition.part[positions], partition.names) for name, partition in partitions.items()}
    return Subset(rows.layout, values, weights[positions], labels, divided), positions


def _one_per_event(events: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return one particle of each event, because those of one event are not independent."""
    return np.sort(np.unique(events, return_index=True)[1])


def _with_particles(inspection: Inspection, particle_inspections: Sequence[Inspection]) -> Inspection:
    """Add the features, histograms and findings of particles to those of rows."""
    features = [f for of_group in particle_inspections for f in of_group.features if f.feature.role == "input"]
    names = {feature.name for feature in features}
    return replace(
        inspection,
        features=(*inspection.features, *features),
        texts=(*inspection.texts, *(text for of_group in particle_inspections for text in of_group.texts)),
        distributions={
            **inspection.distributions,
            **{
                name: one
                for of_group in particle_inspections
                for name, one in of_group.distributions.items()
                if name in names
            },
        },
        findings=tuple(
            sorted(
                (*inspection.findings, *(one for of_group in particle_inspections for one in of_group.findings)),
                key=worst_first,
            )
        ),
    )


def _summaries(
    request: InspectionRequest, subset: Subset, scan: Scan, classes: ClassLabels | None
) -> tuple[FeatureSummary, ...]:
    class_names = () if classes is None else classes.names
    class_rows = [] if classes is None else [np.count_nonzero(classes.labels == k) for k in range(len(class_names))]
    encoded_at = request.missing_at
    return tuple(
        _in_own_type(
            request,
            summarise_feature(
                feature,
                sums,
                class_names,
                np.array(class_rows, dtype=np.float64),
                missing_at=encoded_at.get(feature.name, encoded_at.get(feature.column)),
                uncounted=int(np.count_nonzero(~request.counts.get(feature.column, np.ones(0, dtype=np.bool_)))),
                sample=(values, np.ones_like(values) if feature.unweighted else subset.weights),
            ),
        )
        for feature, sums, values in zip(subset.layout.features, scan.sums, subset.values, strict=True)
    )


def _in_own_type(request: InspectionRequest, summary: FeatureSummary) -> FeatureSummary:
    """Check a column with one value again where float64 may have merged several."""
    if not summary.constant or summary.feature.index or abs(summary.minimum or 0.0) < EXACT:
        return summary
    return replace(summary, varies=exact_ends(request.dataset.arrow(summary.feature.column)) is not None)


def _possible_rows(features: Sequence[FeatureSummary]) -> float:
    """Return how many distinct rows there could be if the inputs were independent."""
    digits = sum(math.log10(max(1, f.distinct)) for f in features if f.feature.role == "input")
    return float(10 ** min(digits, MAX_DIGITS))


def _distributions(layout: Layout, scan: Scan, class_names: Sequence[str]) -> dict[str, Distribution]:
    histograms = {
        f.name: distribution_of(sums, class_names) for f, sums in zip(layout.features, scan.sums, strict=True)
    }
    return {name: histogram for name, histogram in histograms.items() if histogram is not None}


def _texts(request: InspectionRequest, layout: Layout, weights: Floats) -> Iterator[tuple[TextCounts, str]]:
    for name in layout.texts:
        counts = count_texts(name, request.dataset.arrow(name), weights, request.kept)
        yield counts, request.scope.roles[name]


def _head_counts(classes: ClassLabels, weights: Floats) -> HeadCounts:
    counts = tuple(
        summarise_weights(name, weights[classes.labels == label]) for label, name in enumerate(classes.names)
    )
    return HeadCounts(classes.head, classes.column, counts)


def _skipped(layout: Layout, scan: Scan, partitions: Mapping[str, Partition]) -> Iterator[tuple[str, str]]:
    """Yield what could not be checked, and why."""
    if scan.linear is None:
        yield "correlations", f"there are {len(layout.features)} features, and they need from 2 to {MAX_FEATURES}"
    if "files" not in partitions:
        yield "drift between files", "there is only one file"


def _inconclusive_copies(copies: Copies) -> dict[str, str]:
    """Return why equal inputs say nothing of rows that occur twice, where that is so."""
    if copies.conclusive:
        return {}
    return {
        "rows that occur twice": f"the inputs have about {copies.possible:.3g} distinct values, too few for "
        f"{copies.rows:,} rows, so equal inputs do not mean the same row"
    }
