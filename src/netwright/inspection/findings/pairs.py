"""Findings on pairs of columns: the same twice, nearly the same, and targets that are inputs in disguise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from netwright.inspection.correlations import Pair
from netwright.inspection.findings._finding import Finding, named
from netwright.inspection.summary import FeatureSummary

__all__ = ["duplicated_columns", "nearly_identical_columns", "target_leaks"]

Floats = npt.NDArray[np.float64]

NEARLY_IDENTICAL = 0.9999  # |ρ|: what one says beyond the other is 1.4% of its deviation
FEWEST_VALUES = 100  # of both: with fewer a correlation is chance
TARGET_WARN = 0.999  # |ρ| of an input with a regression target
TARGET_FAIL = 0.999_999  # the target itself, up to rounding and a factor


def duplicated_columns(features: Sequence[FeatureSummary], values: Floats) -> Iterator[Finding]:
    """Look for features that are the same in every row of the subset and agree in count, range and mean over all rows.

    Args:
        features: all features.
        values: of the subset, shape (features, m), in their units; NaN where missing.

    Yields:
        WARN with the pairs.
    """
    name = "duplicated columns"
    groups: dict[object, list[str]] = {}
    for feature, row in zip(features, values, strict=True):
        if feature.feature.role in {"input", "target"} and not feature.constant and feature.count >= 2:
            digest = blake2b((row + 0.0).tobytes()).digest()
            key = (feature.count, feature.minimum, feature.maximum, feature.mean, digest)
            groups.setdefault(key, []).append(feature.name)
    found = [group for group in groups.values() if len(group) > 1]
    if found:
        pairs = [" = ".join(group) for group in found]
        yield Finding(
            name,
            "WARN",
            tuple(member for group in found for member in group),
            f"{named(pairs)}: the same value in every row; a second copy says nothing new and makes the first look "
            "more important. Keep one of each.",
        )
    else:
        yield Finding(name, "PASS", (), "No two input or target features are the same.")


def nearly_identical_columns(
    features: Sequence[FeatureSummary], linear: Floats, duplicated: Sequence[str]
) -> Iterator[Finding]:
    """Look for pairs of inputs whose linear correlation is nearly one.

    Args:
        features: all features.
        linear: correlations, shape (features, features), dimensionless.
        duplicated: names of features that are exact copies, which have their own finding.

    Yields:
        WARN with the pairs.
    """
    name = "nearly identical columns"
    judged = np.array(
        [f.feature.role == "input" and f.count >= FEWEST_VALUES and f.name not in set(duplicated) for f in features]
    )
    with np.errstate(invalid="ignore"):
        near = np.triu((np.abs(linear) >= NEARLY_IDENTICAL) & np.outer(judged, judged), 1)
    pairs = [(int(i), int(j)) for i, j in np.argwhere(near)]
    if pairs:
        shown = [f"{features[i].name} ~ {features[j].name} (ρ = {linear[i, j]:+.5f})" for i, j in pairs]
        yield Finding(
            name,
            "WARN",
            tuple(dict.fromkeys(features[i].name for pair in pairs for i in pair)),
            f"{named(shown)}: |ρ| is at least {NEARLY_IDENTICAL}; one says hardly more than the other, as the same "
            "quantity in two units does. Keep one of each, or derive their difference.",
        )
    else:
        yield Finding(name, "PASS", (), f"No two input features have a linear |ρ| of {NEARLY_IDENTICAL} or more.")


def target_leaks(followers: Sequence[Pair]) -> Iterator[Finding]:
    """Look for inputs that follow a regression target all too well.

    Args:
        followers: for each regression target, the input that follows it best, with both correlations.

    Yields:
        FAIL from |ρ| = 0.999999 on, WARN from 0.999 on, for either kind of correlation.
    """
    for pair in followers:
        value = max(abs(pair.linear), abs(pair.rank))
        said = f"The input that follows {pair.first} best is {pair.second}, with |ρ| = {value:.6f}"
        name = "inputs that follow the target"
        if value < TARGET_WARN:
            yield Finding(name, "PASS", (), f"{said}, below {TARGET_WARN}.")
            continue
        yield Finding(
            name,
            "FAIL" if value >= TARGET_FAIL else "WARN",
            (pair.second, pair.first),
            f"{said}, at least {TARGET_WARN}; it may be made from the truth. Look where it comes from, and leave it "
            "out if it is not there in real data.",
        )
