"""Findings on single columns: values that cannot be used, constants, identifiers, and columns that give the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netwright.data.inspection.findings._finding import Finding, Level, named, named_features
from netwright.data.inspection.summary import FeatureSummary
from netwright.data.inspection.texts import TextCounts

__all__ = ["constant_columns", "identifiers", "leaks", "unusable_values"]

NEARLY_CONSTANT = 0.999  # share of the values that one value has: what is left is 18,000 of 1.8 million rows' tenth
FEWEST_VALUES = 100  # of a feature that is not always there
LEAK_WARN = 0.95  # AUC of one feature: the best published single observables of top jets reach 0.93
LEAK_FAIL = 0.999  # nothing that a detector measures does this
FEWEST_IDENTIFIERS = 100  # different values: with fewer, numbers are all different by chance


def unusable_values(
    features: Sequence[FeatureSummary], *, experiment: bool, regressed: Sequence[str] = ()
) -> Iterator[Finding]:
    """Look for values that are missing or infinite where nothing says so.

    Args:
        features: all features.
        regressed: columns of regression targets.
        experiment: whether the inputs are those of an experiment.

    Yields:
        FAIL for infinite inputs, for targets that are missing or infinite, and for missing inputs that the
        experiment does not declare; WARN for these without an experiment.
    """
    name = "missing values"
    inputs = [feature for feature in features if feature.feature.role == "input"]
    targets = [feature for feature in features if feature.feature.column in regressed and feature.missing]
    if targets:
        yield Finding(
            "missing targets",
            "FAIL",
            named_features(targets),
            f"{named(named_features(targets))}: {targets[0].missing:,} rows that count for the target have no finite "
            "value of it; each needs one. Leave such rows out of this head with where.",
        )
    infinite = [feature for feature in inputs if feature.infinite]
    if infinite:
        rows = max(feature.infinite for feature in infinite)
        yield Finding(
            "infinite values",
            "FAIL",
            named_features(infinite),
            f"{named(named_features(infinite))}: up to {rows:,} values are infinite in single precision; inputs must "
            "be finite. Derive a column without them (data.derived), or leave the rows out with data.selection.",
        )
    missing = [f for f in inputs if f.missing > f.infinite and not f.feature.declared and not f.feature.vector]
    if missing:
        most = max(missing, key=lambda feature: feature.missing)
        yield Finding(
            name,
            "FAIL" if experiment else "WARN",
            named_features(missing),
            f"{named(named_features(missing))}: up to {most.missing:,} of {most.count + most.missing:,} values are "
            "missing, and nothing says that they may be. Say missing: true in the group of inputs, or leave the rows "
            "out with data.selection.",
        )
    empty = [feature for feature in inputs if feature.count == 0 and not feature.feature.vector]
    if empty:
        yield Finding(
            "empty columns",
            "WARN",
            named_features(empty),
            f"{named(named_features(empty))}: there is no value in any row; an input needs at least two. "
            "Leave them out.",
        )
    if not (infinite or missing or empty or targets):
        declared = [f for f in inputs if f.missing and (f.feature.declared or f.feature.vector)]
        where = f"; missing values of {len(declared)} features are declared or padding" if declared else ""
        yield Finding(name, "PASS", (), f"Every value of {len(inputs)} input features can be used{where}.")


def constant_columns(
    features: Sequence[FeatureSummary], texts: Sequence[tuple[TextCounts, str]] = ()
) -> Iterator[Finding]:
    """Look for inputs and targets that say the same in every row, or in nearly every one.

    Args:
        features: all features.
        texts: columns of text with their roles.

    Yields:
        FAIL for a constant target, WARN for constant and nearly constant inputs.
    """
    name = "constant columns"
    judged = [f for f in features if f.feature.role in {"input", "target"} and f.count > 1 and _is_common(f)]
    targets = [f for f in judged if f.constant and f.feature.role == "target"]
    if targets:
        yield Finding(
            name,
            "FAIL",
            named_features(targets),
            f"{named(named_features(targets))}: the target is {targets[0].minimum:g} in every row; there is nothing "
            "to learn. Read files of both kinds, or name another target.",
        )
    inputs = [f for f in judged if f.constant and f.feature.role == "input"]
    if inputs:
        yield Finding(
            name,
            "WARN",
            named_features(inputs),
            f"{named(named_features(inputs))}: every row has the same value ({inputs[0].minimum:g} in "
            f"{inputs[0].name}), which says nothing. Leave them out of the inputs.",
        )
    words = [text.column for text, role in texts if role == "input" and text.distinct == 1 and not text.missing]
    if words:
        yield Finding(
            name,
            "WARN",
            tuple(words),
            f"{named(words)}: every row has the same word, which says nothing. Leave them out of the inputs.",
        )
    nearly = [f for f in judged if not f.constant and f.spike is not None and f.spike_share >= NEARLY_CONSTANT]
    if nearly:
        yield Finding(
            name,
            "WARN",
            named_features(nearly),
            f"{named(named_features(nearly))}: {nearly[0].spike_share:.3%} of the values of {nearly[0].name} are "
            f"{nearly[0].spike:g}, more than {NEARLY_CONSTANT:.1%}. Leave them out, or look whether they are filled.",
        )
    if not (targets or inputs or nearly or words):
        yield Finding(name, "PASS", (), f"All of {len(judged)} input and target features that are there vary.")


def _is_common(feature: FeatureSummary) -> bool:
    """Say whether a feature is there often enough to judge: the last particles of a few rows are the same by chance."""
    return feature.count >= FEWEST_VALUES or not feature.missing


def identifiers(
    features: Sequence[FeatureSummary], texts: Sequence[tuple[TextCounts, str]], rows: int, *, experiment: bool
) -> Iterator[Finding]:
    """Look for inputs that number the rows, by which a network could know them by heart.

    Args:
        features: all features.
        texts: columns of text with their roles.
        rows: how many rows there are.
        experiment: whether the inputs are those of an experiment.

    Yields:
        FAIL where an experiment takes an identifier as input, WARN without an experiment.
    """
    name = "identifiers"
    found = [
        f.name
        for f in features
        if f.feature.role == "input" and f.integer and f.unique and f.distinct >= FEWEST_IDENTIFIERS
    ]
    found += [
        text.column
        for text, role in texts
        if role == "input" and text.distinct >= FEWEST_IDENTIFIERS and (not text.complete or text.distinct == rows)
    ]
    if found:
        yield Finding(
            name,
            "FAIL" if experiment else "WARN",
            tuple(found),
            f"{named(found)}: whole numbers or words that differ in every row, as numbers of events do; a network "
            "would know rows by heart. Name them in data.identity instead of inputs.",
        )
        return
    known = [f.name for f in features if f.feature.role == "identity"]
    known += [text.column for text, role in texts if role == "identity"]
    kept = f" (taken for the identity of rows: {named(known)})" if known else ""
    yield Finding(name, "PASS", (), f"No input numbers the rows{kept}.")


def leaks(features: Sequence[FeatureSummary]) -> Iterator[Finding]:
    """Look for single features that tell the classes apart, because the answer is in them.

    Args:
        features: all features, with the AUC of each where there are classes.

    Yields:
        FAIL from an AUC of 0.999 on, WARN from 0.95 on.
    """
    name = "features that give the answer"
    judged = [f for f in features if f.feature.role == "input" and f.auc is not None]
    if not judged:
        return
    levels: list[tuple[Level, float, float]] = [("FAIL", LEAK_FAIL, 2.0), ("WARN", LEAK_WARN, LEAK_FAIL)]
    best = max(judged, key=_auc)
    for level, from_, to in levels:
        found = sorted((f for f in judged if from_ <= _auc(f) < to), key=_auc, reverse=True)
        if found:
            yield Finding(
                name,
                level,
                named_features(found),
                f"{named(named_features(found))}: {found[0].name} alone tells {found[0].separates} from the rest with "
                f"an AUC of {_auc(found[0]):.4f}, at least {from_}; such a feature usually knows the truth. Look where "
                "it comes from, and leave it out if it is not there in real data.",
            )
    if _auc(best) < LEAK_WARN:
        yield Finding(
            name,
            "PASS",
            (),
            f"No single feature tells the classes apart: the best, {best.name}, reaches an AUC of {_auc(best):.3f}, "
            f"below {LEAK_WARN}.",
        )


def _auc(feature: FeatureSummary) -> float:
    return feature.auc if feature.auc is not None else 0.5
