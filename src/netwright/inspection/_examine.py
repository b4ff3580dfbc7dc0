"""The look itself: a subset to know where values lie, one pass over all rows, and what follows from both."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from netwright.errors import DataError
from netwright.inspection.columns import exact_ends
from netwright.inspection.copies import find_copies
from netwright.inspection.correlations import MOST_FEATURES
from netwright.inspection.features import Layout, layout_of
from netwright.inspection.judge import judge
from netwright.inspection.labels import Classes
from netwright.inspection.request import Division, Question, divisions_of, usable_weights
from netwright.inspection.result import HeadCounts, Inspection
from netwright.inspection.sample import Sample, correlations_of, drift_in, pair_histograms
from netwright.inspection.scan import Passed, pass_over
from netwright.inspection.stream import Rows, subset_of
from netwright.inspection.summary import Distribution, FeatureSummary, distribution_of, summary_of
from netwright.inspection.texts import TextCounts, count_texts
from netwright.inspection.weight_summary import weigh
from netwright.progress import Progress, silent

__all__ = ["examine"]

Floats = npt.NDArray[np.float64]

SEED = 1  # of the subset
EXACT = 2.0**53  # below, float64 holds every whole number
MOST_DIGITS = 300.0  # of a number that double precision holds


def examine(question: Question, *, progress: Progress = silent) -> Inspection:
    """Look at data: at every row once, and at a subset of the rows more closely.

    Moments, extremes, counts, histograms, linear correlations and hashes are of all rows. Quantiles are read off
    histograms of 2,048 bins, with a stated bound. Rank correlations, figures in two dimensions, drift, spikes and
    units are of a subset of up to 50,000 rows drawn at random.

    Args:
        question: what is looked at.
        progress: who is told how far it is.

    Returns:
        What was found.

    Raises:
        DataError: there are no rows, or no column can be looked at.
    """
    rows = Rows(question.dataset, layout_of(question.dataset, question.scope), question.kept, question.counts)
    if not len(rows) or not (rows.layout.features or rows.layout.texts):
        msg = (
            f"{question.dataset.named_sources()}: there is nothing to look at: {len(rows)} rows, "
            f"{len(rows.layout.features)} columns of numbers. Name other files or loosen the selection."
        )
        raise DataError(msg)
    weights, unusable = usable_weights(question)
    divisions = divisions_of(question)
    first = question.classes[0] if question.classes else None
    names = () if first is None else first.names
    sample = _sample(rows, weights, first, divisions, progress)
    passed = pass_over(rows, sample.values, weights, None if first is None else first.labels, len(names), progress)
    features = _summaries(question, rows.layout, passed, first)
    correlations = correlations_of(sample, passed.linear, progress)
    found = Inspection(
        name=question.name,
        files=tuple((source.path.name, source.rows) for source in question.dataset.sources),
        rows=len(rows),
        subset=len(sample.weights),
        weight=question.weight,
        features=features,
        texts=tuple(_texts(question, rows.layout, weights)),
        total=weigh("all", weights),
        parts=tuple(weigh(name, weights[part]) for name, part in question.parts.items()),
        heads=tuple(_head_counts(classes, weights) for classes in question.classes),
        distributions=_distributions(rows.layout, passed, names),
        correlations=correlations,
        pairs=tuple(pair_histograms(sample, correlations)),
        drift=drift_in(sample, features, progress),
        copies=find_copies(
            passed.hashes, {name: division.part for name, division in divisions.items()}, _possible(features)
        ),
        findings=(),
        left_out={
            **question.dataset.left_out,
            **rows.layout.left_out,
            **dict.fromkeys(question.scope.unused, "the experiment does not use it"),
        },
        skipped={**question.skipped, **dict(_skipped(rows.layout, passed, divisions))},
    )
    found = replace(found, skipped={**found.skipped, **_not_telling(found)})
    return replace(found, findings=judge(question, found, sample, unusable))


def _sample(
    rows: Rows, weights: Floats, classes: Classes | None, divisions: Mapping[str, Division], progress: Progress
) -> Sample:
    places, values = subset_of(rows, SEED, progress)
    labels = np.zeros(len(places), dtype=np.int64) if classes is None else classes.labels[places]
    divided = {name: Division(division.part[places], division.names) for name, division in divisions.items()}
    return Sample(rows.layout, values, weights[places], labels, divided)


def _summaries(
    question: Question, layout: Layout, passed: Passed, classes: Classes | None
) -> tuple[FeatureSummary, ...]:
    names = () if classes is None else classes.names
    sizes = [] if classes is None else [np.count_nonzero(classes.labels == k) for k in range(len(names))]
    at = question.missing_at
    return tuple(
        _in_own_type(
            question,
            summary_of(
                feature,
                sums,
                names,
                np.array(sizes, dtype=np.float64),
                missing_at=at.get(feature.name, at.get(feature.column)),
                uncounted=int(np.count_nonzero(~question.counts.get(feature.column, np.ones(0, dtype=np.bool_)))),
            ),
        )
        for feature, sums in zip(layout.features, passed.sums, strict=True)
    )


def _in_own_type(question: Question, found: FeatureSummary) -> FeatureSummary:
    """Look at a column of one value again where float64 may have made one of several."""
    if not found.constant or found.feature.place or abs(found.minimum or 0.0) < EXACT:
        return found
    return replace(found, varies=exact_ends(question.dataset.arrow(found.feature.column)) is not None)


def _possible(features: Sequence[FeatureSummary]) -> float:
    """Return how many different rows there could be, if every input took its values whatever the others are."""
    digits = sum(math.log10(max(1, f.distinct)) for f in features if f.feature.role == "input")
    return float(10 ** min(digits, MOST_DIGITS))


def _distributions(layout: Layout, passed: Passed, names: Sequence[str]) -> dict[str, Distribution]:
    found = {f.name: distribution_of(sums, names) for f, sums in zip(layout.features, passed.sums, strict=True)}
    return {name: one for name, one in found.items() if one is not None}


def _texts(question: Question, layout: Layout, weights: Floats) -> Iterator[tuple[TextCounts, str]]:
    for name in layout.texts:
        counts = count_texts(name, question.dataset.arrow(name), weights, question.kept)
        yield counts, question.scope.roles[name]


def _head_counts(classes: Classes, weights: Floats) -> HeadCounts:
    counts = tuple(weigh(name, weights[classes.labels == place]) for place, name in enumerate(classes.names))
    return HeadCounts(classes.head, classes.column, counts)


def _skipped(layout: Layout, passed: Passed, divisions: Mapping[str, Division]) -> Iterator[tuple[str, str]]:
    """Say what could not be judged, and why."""
    if passed.linear is None:
        yield "correlations", f"there are {len(layout.features)} features, and they need from 2 to {MOST_FEATURES}"
    if "files" not in divisions:
        yield "drift between files", "there is one file only"


def _not_telling(found: Inspection) -> dict[str, str]:
    if found.copies.telling:
        return {}
    copies = found.copies
    return {
        "rows that occur twice": f"the inputs have about {copies.possible:.3g} different values, too few for "
        f"{copies.rows:,} rows, so that equal inputs do not mean the same row"
    }
