"""Findings on values that cannot be used: missing, infinite, or none at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netwright.finding import Finding, Severity
from netwright.inspection.feature_summary import FeatureSummary
from netwright.inspection.findings._names import feature_names, listed

__all__ = ["unusable_values"]


def unusable_values(
    features: Sequence[FeatureSummary], *, experiment: bool, regressed: Sequence[str] = ()
) -> Iterator[Finding]:
    """Find values that are missing or infinite where nothing declares it.

    Args:
        features: all features.
        experiment: whether the inputs are those of an experiment.
        regressed: columns of regression targets.

    Yields:
        FAIL for infinite inputs, for targets that are missing or infinite, and for missing inputs that the
        experiment does not declare; WARN for these without an experiment, and for inputs without any value.
    """
    inputs = [feature for feature in features if feature.feature.role == "input"]
    findings = [
        *_missing_targets([f for f in features if f.feature.column in regressed and f.missing]),
        *_infinite([f for f in inputs if f.infinite]),
        *_missing(inputs, "FAIL" if experiment else "WARN"),
        *_empty([f for f in inputs if f.count == 0 and not f.feature.vector]),
    ]
    yield from findings
    if not findings:
        declared = [f for f in inputs if f.missing and (f.feature.declared or f.feature.vector)]
        where = f"; missing values of {len(declared)} features are declared or padding" if declared else ""
        yield Finding("missing values", "PASS", f"Every value of {len(inputs)} input features can be used{where}.")


def _missing_targets(targets: Sequence[FeatureSummary]) -> Iterator[Finding]:
    if targets:
        names = feature_names(targets)
        yield Finding(
            "missing targets",
            "FAIL",
            f"{listed(names)}: {targets[0].missing:,} rows used for the target have no finite value of it.",
            names,
            threshold="Each of these rows needs one.",
            remedy="Leave such rows out of this head with where.",
        )


def _infinite(features: Sequence[FeatureSummary]) -> Iterator[Finding]:
    if features:
        names = feature_names(features)
        yield Finding(
            "infinite values",
            "FAIL",
            f"{listed(names)}: up to {max(f.infinite for f in features):,} values are infinite in single precision.",
            names,
            threshold="Inputs must be finite.",
            remedy="Derive a column without them (data.derived), or leave the rows out with data.selection.",
        )


def _missing(inputs: Sequence[FeatureSummary], severity: Severity) -> Iterator[Finding]:
    undeclared = [f for f in inputs if f.missing > f.infinite and not f.feature.declared and not f.feature.vector]
    if undeclared:
        names, most = feature_names(undeclared), max(undeclared, key=lambda feature: feature.missing)
        yield Finding(
            "missing values",
            severity,
            f"{listed(names)}: up to {most.missing:,} of {most.count + most.missing:,} values are missing.",
            names,
            threshold="None may be missing unless the group of inputs declares it.",
            remedy="Set missing: true in the group of inputs, or leave the rows out with data.selection.",
        )


def _empty(features: Sequence[FeatureSummary]) -> Iterator[Finding]:
    if features:
        names = feature_names(features)
        yield Finding(
            "empty columns",
            "WARN",
            f"{listed(names)}: no row has a value.",
            names,
            threshold="An input needs at least two.",
            remedy="Leave them out.",
        )
