"""Findings on pairs of columns: duplicates, near duplicates, and inputs that contain a regression target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from netwright.finding import Finding
from netwright.inspection.correlations import ENOUGH_ROWS, Pair
from netwright.inspection.feature_summary import FeatureSummary
from netwright.inspection.findings._names import listed

__all__ = ["duplicated_columns", "nearly_identical_columns", "target_leaks"]

Floats = npt.NDArray[np.float64]

NEARLY_IDENTICAL = 0.9999  # |ρ|: the rest of one, given the other, is 1.4% of its deviation
TARGET_WARN = 0.999  # |ρ| of an input with a regression target
TARGET_FAIL = 0.999_999  # the target itself, up to rounding and a factor


def duplicated_columns(features: Sequence[FeatureSummary], values: Floats) -> Iterator[Finding]:
    """Find features that are the same in every row of the subset, with the same count, range and mean over all rows.

    Args:
        features: all features.
        values: of the subset, shape (features, m), in their units; NaN where missing.

    Yields:
        WARN with the pairs.
    """
    symptom = "duplicated columns"
    groups: dict[object, list[str]] = {}
    for feature, row in zip(features, values, strict=True):
        if feature.feature.role in {"input", "target"} and not feature.constant and feature.count >= 2:
            digest = blake2b((row + 0.0).tobytes()).digest()
            key = (feature.count, feature.minimum, feature.maximum, feature.mean, digest)
            groups.setdefault(key, []).append(feature.name)
    duplicates = [group for group in groups.values() if len(group) > 1]
    if duplicates:
        pairs = [" = ".join(group) for group in duplicates]
        yield Finding(
            symptom,
            "WARN",
            f"{listed(pairs)}: the same value in every row.",
            tuple(member for group in duplicates for member in group),
            cause="A second copy adds nothing and makes the first look more important.",
            remedy="Keep one of each.",
        )
    else:
        yield Finding(symptom, "PASS", "No two input or target features are the same.")


def nearly_identical_columns(
    features: Sequence[FeatureSummary], linear: Floats, duplicated: Sequence[str]
) -> Iterator[Finding]:
    """Find pairs of inputs whose linear correlation is nearly one.

    Args:
        features: all features.
        linear: correlations, shape (features, features), dimensionless.
        duplicated: names of features that are exact copies, which have their own finding.

    Yields:
        WARN with the pairs.
    """
    symptom = "nearly identical columns"
    checked = np.array(
        [f.feature.role == "input" and f.count >= ENOUGH_ROWS and f.name not in set(duplicated) for f in features]
    )
    with np.errstate(invalid="ignore"):
        near = np.triu((np.abs(linear) >= NEARLY_IDENTICAL) & np.outer(checked, checked), 1)
    pairs = [(int(i), int(j)) for i, j in np.argwhere(near)]
    if pairs:
        shown = [f"{features[i].name} ~ {features[j].name} (ρ = {linear[i, j]:+.5f})" for i, j in pairs]
        yield Finding(
            symptom,
            "WARN",
            f"{listed(shown)}: nearly identical.",
            tuple(dict.fromkeys(features[i].name for pair in pairs for i in pair)),
            threshold=f"|ρ| should be below {NEARLY_IDENTICAL}.",
            cause="It may be the same quantity in two units.",
            remedy="Keep one of each, or derive their difference.",
        )
    else:
        yield Finding(symptom, "PASS", f"No two input features have a linear |ρ| of {NEARLY_IDENTICAL} or more.")


def target_leaks(closest: Sequence[Pair]) -> Iterator[Finding]:
    """Find inputs that follow a regression target too closely.

    Args:
        closest: for each regression target, the input most correlated with it, with both correlations.

    Yields:
        FAIL from |ρ| = 0.999999 on, WARN from 0.999 on, for either kind of correlation.
    """
    symptom = "inputs that follow the target"
    for pair in closest:
        value = max(abs(pair.linear), abs(pair.rank))
        evidence = f"The input closest to {pair.first} is {pair.second}, with |ρ| = {value:.6f}."
        threshold = f"It should stay below {TARGET_WARN}."
        if value < TARGET_WARN:
            yield Finding(symptom, "PASS", evidence, threshold=threshold)
            continue
        yield Finding(
            symptom,
            "FAIL" if value >= TARGET_FAIL else "WARN",
            evidence,
            (pair.second, pair.first),
            threshold=threshold,
            cause="It may be computed from the truth.",
            remedy="Check where it comes from, and leave it out if it does not exist in real data.",
        )
