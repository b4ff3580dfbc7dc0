"""Findings on single columns: constants, identifiers, and columns that give away the answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from netwright.finding import Finding, Severity
from netwright.inspection.feature_summary import FeatureSummary
from netwright.inspection.findings._names import feature_names, listed
from netwright.inspection.texts import TextCounts

__all__ = ["constant_columns", "identifiers", "leaks"]

CONSTANT = "constant columns"
NEARLY_CONSTANT = 0.999  # share of the values that one value has: the rest hardly moves any weight of a network
MIN_VALUES = 100  # of a feature that is not always present
LEAK_WARN = 0.95  # AUC of one feature: the best published single observables of top jets reach 0.93
LEAK_FAIL = 0.999  # nothing that a detector measures does this
MIN_IDENTIFIERS = 100  # distinct values: fewer numbers may all differ by chance


def constant_columns(
    features: Sequence[FeatureSummary], texts: Sequence[tuple[TextCounts, str]] = (), masses: Collection[str] = ()
) -> Iterator[Finding]:
    """Find inputs and targets with the same value in every row, or in nearly every one.

    Args:
        features: all features.
        texts: columns of text with their roles.
        masses: features that are the mass of a four-vector, which may be the same for all particles.

    Yields:
        FAIL for a constant target, WARN for constant and nearly constant inputs.
    """
    checked = [f for f in features if f.feature.role in {"input", "target"} and f.count > 1 and _is_common(f)]
    checked = [f for f in checked if f.name not in masses]
    findings = [
        *_constant_targets([f for f in checked if f.constant and f.feature.role == "target"]),
        *_constant_inputs([f for f in checked if f.constant and f.feature.role == "input"]),
        *_constant_texts([text.column for text, role in texts if role == "input" and text.constant]),
        *_nearly_constant([f for f in checked if not f.constant and f.spike_share >= NEARLY_CONSTANT]),
    ]
    yield from findings
    if not findings:
        yield Finding(CONSTANT, "PASS", f"All {len(checked)} input and target features with values vary.")


def _constant_targets(constant: Sequence[FeatureSummary]) -> Iterator[Finding]:
    if constant:
        names = feature_names(constant)
        yield Finding(
            CONSTANT,
            "FAIL",
            f"{listed(names)}: the target is {constant[0].minimum:g} in every row.",
            names,
            cause="There is nothing to learn from it.",
            remedy="Read files of both kinds, or name another target.",
        )


def _constant_inputs(constant: Sequence[FeatureSummary]) -> Iterator[Finding]:
    if constant:
        names = feature_names(constant)
        yield Finding(
            CONSTANT,
            "WARN",
            f"{listed(names)}: every row has the same value ({constant[0].minimum:g} in {names[0]}).",
            names,
            remedy="Leave them out of the inputs.",
        )


def _constant_texts(columns: Sequence[str]) -> Iterator[Finding]:
    if columns:
        evidence = f"{listed(columns)}: every row has the same text."
        yield Finding(CONSTANT, "WARN", evidence, tuple(columns), remedy="Leave them out of the inputs.")


def _nearly_constant(features: Sequence[FeatureSummary]) -> Iterator[Finding]:
    if features:
        names = feature_names(features)
        yield Finding(
            CONSTANT,
            "WARN",
            f"{listed(names)}: {features[0].spike_share:.3%} of the values of {names[0]} are {features[0].spike:g}.",
            names,
            threshold=f"At most {NEARLY_CONSTANT:.1%} may be the same.",
            remedy="Leave them out, or check whether they are filled.",
        )


def _is_common(feature: FeatureSummary) -> bool:
    """Return whether a feature has enough values to check: the last particles of a few rows agree by chance."""
    return feature.count >= MIN_VALUES or not feature.missing


def identifiers(
    features: Sequence[FeatureSummary], texts: Sequence[tuple[TextCounts, str]], rows: int, *, experiment: bool
) -> Iterator[Finding]:
    """Find inputs that number the rows, from which a network could memorise them.

    Args:
        features: all features.
        texts: columns of text with their roles.
        rows: how many rows there are.
        experiment: whether the inputs are those of an experiment.

    Yields:
        FAIL where an experiment takes an identifier as input, WARN without an experiment.
    """
    symptom = "identifiers"
    identifying = [
        f.name
        for f in features
        if f.feature.role == "input" and f.integer and f.unique and f.distinct >= MIN_IDENTIFIERS
    ]
    identifying += [
        text.column
        for text, role in texts
        if role == "input" and text.distinct >= MIN_IDENTIFIERS and (not text.complete or text.distinct == rows)
    ]
    if identifying:
        yield Finding(
            symptom,
            "FAIL" if experiment else "WARN",
            f"{listed(identifying)}: whole numbers or words that differ in every row, as event numbers do.",
            tuple(identifying),
            cause="A network could memorise rows by them.",
            remedy="Name them in data.identity instead of inputs.",
        )
        return
    identities = [f.name for f in features if f.feature.role == "identity"]
    identities += [text.column for text, role in texts if role == "identity"]
    note = f" ({listed(identities)}: taken as identity)" if identities else ""
    yield Finding(symptom, "PASS", f"No input numbers the rows{note}.")


def leaks(features: Sequence[FeatureSummary]) -> Iterator[Finding]:
    """Find single features that separate the classes because they contain the answer.

    Args:
        features: all features, with the AUC of each where there are classes.

    Yields:
        FAIL from an AUC of 0.999 on, WARN from 0.95 on.
    """
    symptom = "features that give the answer"
    checked = [f for f in features if f.feature.role == "input" and f.auc is not None]
    if not checked:
        return
    ranges: list[tuple[Severity, float, float]] = [("FAIL", LEAK_FAIL, 2.0), ("WARN", LEAK_WARN, LEAK_FAIL)]
    for severity, low, high in ranges:
        separating = sorted((f for f in checked if low <= _auc(f) < high), key=_auc, reverse=True)
        if separating:
            names, best = feature_names(separating), separating[0]
            yield Finding(
                symptom,
                severity,
                f"{listed(names)}: {best.name} alone separates {best.separates} from the rest with an AUC of "
                f"{_auc(best):.4f}.",
                names,
                threshold=f"A single feature should stay below {low}.",
                cause="Such a feature usually contains the truth.",
                remedy="Check where it comes from, and leave it out if it does not exist in real data.",
            )
    best = max(checked, key=_auc)
    if _auc(best) < LEAK_WARN:
        evidence = f"No single feature separates the classes: the best, {best.name}, has an AUC of {_auc(best):.3f}."
        yield Finding(symptom, "PASS", evidence, threshold=f"It should stay below {LEAK_WARN}.")


def _auc(feature: FeatureSummary) -> float:
    return feature.auc if feature.auc is not None else 0.5
