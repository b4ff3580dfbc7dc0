"""Findings on single columns: values that cannot be used, constants, identifiers, and columns that give the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netwright.inspection.findings._finding import Finding, Level, named, named_features
from netwright.inspection.summary import FeatureSummary
from netwright.inspection.texts import TextCounts

__all__ = ["constant_columns", "identifiers", "leaks", "unusable_values"]

CONSTANT = "constant columns"
NEARLY_CONSTANT = 0.999  # share of the values that one value has: what is left moves no weight of a network
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
    inputs = [feature for feature in features if feature.feature.role == "input"]
    found = [
        *_missing_targets([f for f in features if f.feature.column in regressed and f.missing]),
        *_infinite([f for f in inputs if f.infinite]),
        *_missing(inputs, "FAIL" if experiment else "WARN"),
        *_empty([f for f in inputs if f.count == 0 and not f.feature.vector]),
    ]
    yield from found
    if not found:
        declared = [f for f in inputs if f.missing and (f.feature.declared or f.feature.vector)]
        where = f"; missing values of {len(declared)} features are declared or padding" if declared else ""
        yield Finding("missing values", "PASS", (), f"Every value of {len(inputs)} input features can be used{where}.")


def _missing_targets(found: Sequence[FeatureSummary]) -> Iterator[Finding]:
    if found:
        names = named_features(found)
        sentence = (
            f"{named(names)}: {found[0].missing:,} rows that count for the target have no finite value of it; each "
            "needs one. Leave such rows out of this head with where."
        )
        yield Finding("missing targets", "FAIL", names, sentence)


def _infinite(found: Sequence[FeatureSummary]) -> Iterator[Finding]:
    if found:
        names = named_features(found)
        sentence = (
            f"{named(names)}: up to {max(f.infinite for f in found):,} values are infinite in single precision; inputs "
            "must be finite. Derive a column without them (data.derived), or leave the rows out with data.selection."
        )
        yield Finding("infinite values", "FAIL", names, sentence)


def _missing(inputs: Sequence[FeatureSummary], level: Level) -> Iterator[Finding]:
    found = [f for f in inputs if f.missing > f.infinite and not f.feature.declared and not f.feature.vector]
    if found:
        names, most = named_features(found), max(found, key=lambda feature: feature.missing)
        sentence = (
            f"{named(names)}: up to {most.missing:,} of {most.count + most.missing:,} values are missing, and nothing "
            "says that they may be. Say missing: true in the group of inputs, or leave the rows out with "
            "data.selection."
        )
        yield Finding("missing values", level, names, sentence)


def _empty(found: Sequence[FeatureSummary]) -> Iterator[Finding]:
    if found:
        names = named_features(found)
        sentence = f"{named(names)}: there is no value in any row; an input needs at least two. Leave them out."
        yield Finding("empty columns", "WARN", names, sentence)


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
    judged = [f for f in features if f.feature.role in {"input", "target"} and f.count > 1 and _is_common(f)]
    found = [
        *_constant_targets([f for f in judged if f.constant and f.feature.role == "target"]),
        *_constant_inputs([f for f in judged if f.constant and f.feature.role == "input"]),
        *_constant_words([text.column for text, role in texts if role == "input" and text.constant]),
        *_nearly_constant([f for f in judged if not f.constant and f.spike_share >= NEARLY_CONSTANT]),
    ]
    yield from found
    if not found:
        sentence = f"All of {len(judged)} input and target features that are there vary."
        yield Finding(CONSTANT, "PASS", (), sentence)


def _constant_targets(found: Sequence[FeatureSummary]) -> Iterator[Finding]:
    if found:
        names = named_features(found)
        sentence = (
            f"{named(names)}: the target is {found[0].minimum:g} in every row; there is nothing to learn. Read files "
            "of both kinds, or name another target."
        )
        yield Finding(CONSTANT, "FAIL", names, sentence)


def _constant_inputs(found: Sequence[FeatureSummary]) -> Iterator[Finding]:
    if found:
        names = named_features(found)
        sentence = (
            f"{named(names)}: every row has the same value ({found[0].minimum:g} in {names[0]}), which says nothing. "
            "Leave them out of the inputs."
        )
        yield Finding(CONSTANT, "WARN", names, sentence)


def _constant_words(found: Sequence[str]) -> Iterator[Finding]:
    if found:
        sentence = f"{named(found)}: every row has the same word, which says nothing. Leave them out of the inputs."
        yield Finding(CONSTANT, "WARN", tuple(found), sentence)


def _nearly_constant(found: Sequence[FeatureSummary]) -> Iterator[Finding]:
    if found:
        names = named_features(found)
        sentence = (
            f"{named(names)}: {found[0].spike_share:.3%} of the values of {names[0]} are {found[0].spike:g}, more than "
            f"{NEARLY_CONSTANT:.1%}. Leave them out, or look whether they are filled."
        )
        yield Finding(CONSTANT, "WARN", names, sentence)


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
