"""The page of an inspection: findings first, then figures and numbers; one file that loads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from netwright.finding import Severity
from netwright.inspection import PROBABILITIES, FeatureSummary, Inspection, TextCounts
from netwright.reporting._content import Headline, Picture
from netwright.reporting._page import write_page

__all__ = ["INSPECTION_CAPTIONS", "write_inspection"]

State = Literal["good", "caution", "bad"]

STATES: dict[Severity, State] = {"PASS": "good", "NOTE": "good", "WARN": "caution", "FAIL": "bad"}
SHOWN_QUANTILES = (0.05, 0.5, 0.95)
LONG = 12  # features of one column from which on its lines are folded away
MAX_LEFT_OUT = 50
MAX_PAIRS = 25

# How to read each figure of an inspection.
INSPECTION_CAPTIONS = {
    "classes": "Sum of weights of each class with its uncertainty √Σw²; the mark is the number of rows. The two differ "
    "where weights are not 1, and Σw is smaller where weights are negative.",
    "targets": "Targets, weighted, on the rows that count for them, and the event weight, unweighted; by class where "
    "there are classes, each normalised to unit area.",
    "distributions": "Each class normalised to unit area, weighted, all rows. A panel shows the central 99%; above it "
    "is how much is missing, lies outside, or has one and the same value. Look for spikes at default values, for "
    "wrong units, and for classes that differ where physics says they should not.",
    "profile": "Values by position in the list: median, central 50% and 90% of the values present, and how often "
    "there is none.",
    "correlations": "Left: linear correlation, all rows, missing values at the mean. Right: rank correlation, on the "
    "subset, which also sees monotonic relations that are not linear. Grey where undefined.",
    "pairs": "The strongest pairs that are not copies of each other, weighted, on the subset; the central 99% of each.",
    "drift": "AUC of a classifier that tries to tell each part from all others, on rows it was not fitted to: ½ where "
    "the parts are alike. Files are compared within each class.",
}


@dataclass(frozen=True)
class _Block:
    """Features that stand in one table: those of single columns, or those of one column of lists."""

    title: str
    lines: Sequence[Sequence[str]]
    folded: bool


def write_inspection(inspection: Inspection, pictures: Sequence[Picture], path: Path) -> Path:
    """Write an inspection as one HTML file with everything in it.

    The file loads nothing and runs nothing, as the reports of runs do; every text of the data is escaped. It
    appears under its name only when it is complete.

    Args:
        inspection: the inspection to write.
        pictures: its figures, in the order of reading.
        path: the file; an older one is replaced.

    Returns:
        The path of the file.
    """
    values = {
        "inspection": inspection,
        "state": STATES[inspection.severity],
        "verdict": _verdict(inspection),
        "headlines": list(_headlines(inspection)),
        "blocks": list(_blocks(inspection.features)),
        "text_columns": [(text, role, _most(text)) for text, role in inspection.texts],
        "pairs": () if inspection.correlations is None else inspection.correlations.strongest[:MAX_PAIRS],
        "left_out": dict(list(inspection.left_out.items())[:MAX_LEFT_OUT]),
        "more_left_out": max(0, len(inspection.left_out) - MAX_LEFT_OUT),
        "limits": list(_limits(inspection)),
        "quantiles": [f"{p:.0%}" for p in SHOWN_QUANTILES],
    }
    return write_page(path, "inspection.html.j2", pictures, values, {"number": _number})


def _number(value: float | None, digits: int = 5) -> str:
    return "–" if value is None else f"{value:,.{digits}g}"


def _verdict(inspection: Inspection) -> str:
    severities = [finding.severity for finding in inspection.findings]
    fail, warn, passed = (severities.count(severity) for severity in ("FAIL", "WARN", "PASS"))
    if not fail + warn:
        return f"All {passed} checks passed."
    parts = [f"{fail} to fix before training"] if fail else []
    parts += [f"{warn} to look at"] if warn else []
    parts += [f"{passed} passed"] if passed else []
    return f"Of {fail + warn + passed} checks: {', '.join(parts)}."


def _headlines(inspection: Inspection) -> Iterator[Headline]:
    yield Headline("Rows", f"{inspection.rows:,}")
    numbers = sum(f.feature.role == "input" for f in inspection.features)
    yield Headline("Input values per row", f"{numbers:,}")
    if inspection.weight is not None:
        yield Headline("Effective rows (Σw)²/Σw²", _number(inspection.total.effective_rows))
        yield Headline("Rows with a negative weight", f"{inspection.total.negative_rows:.2%}")
    best = max(
        (f for f in inspection.features if f.feature.role == "input" and f.auc is not None), key=_auc, default=None
    )
    if best is not None:
        yield Headline(f"Best AUC of one feature: {best.name}", f"{_auc(best):.3f}")
    all_drifts = [drift for drifts in inspection.drift.values() for drift in drifts]
    if all_drifts:
        worst = max(all_drifts, key=lambda drift: drift.auc.value)
        yield Headline(f"Largest drift: {worst.part}", f"AUC {worst.auc}")


def _auc(feature: FeatureSummary) -> float:
    return feature.auc if feature.auc is not None else 0.5


def _blocks(features: Sequence[FeatureSummary]) -> Iterator[_Block]:
    """Put the features of single columns and short lists into one table, and long lists into one each."""
    by_column: dict[str, list[FeatureSummary]] = {}
    for feature in features:
        by_column.setdefault(feature.feature.column, []).append(feature)
    short = [f for of in by_column.values() if len(of) < LONG for f in of]
    if short:
        yield _Block("Columns", [_line(f) for f in short], folded=False)
    for column, of in by_column.items():
        if len(of) >= LONG:
            yield _Block(f"{column}: {len(of)} values in each row", [_line(f) for f in of], folded=True)


def _line(feature: FeatureSummary) -> list[str]:
    share = feature.missing / max(1, feature.missing + feature.count)
    quantiles = [None] * len(PROBABILITIES) if feature.quantiles is None else list(feature.quantiles)
    shown = [quantiles[PROBABILITIES.index(p)] for p in SHOWN_QUANTILES]
    return [
        f"{feature.name} [{feature.feature.unit}]" if feature.feature.unit else feature.name,
        feature.feature.role,
        f"{share:.2%}" if feature.missing else "–",
        *(
            _number(x, feature.digits)
            for x in (feature.mean, feature.deviation, feature.minimum, *shown, feature.maximum)
        ),
        "–" if feature.auc is None else f"{feature.auc:.3f}",
        "–" if feature.missing_at is None else f"{feature.missing_at:+.2f} σ",
    ]


def _most(text: TextCounts) -> str:
    return ", ".join(f"{value} {rows:,}" for value, rows, _ in text.most)


def _limits(inspection: Inspection) -> Iterator[str]:
    """Yield what was not inspected, and how accurate the numbers are."""
    if inspection.subset_rows < inspection.rows:
        yield (
            f"Rank correlations, figures in two dimensions, drift, spikes and units use {inspection.subset_rows:,} of "
            f"{inspection.rows:,} rows, drawn at random with a fixed seed; everything else uses all rows."
        )
    yield (
        "Quantiles are read off histograms of 2,048 bins (whole numbers: one bin each), inside of a bin by a subset of "
        "the rows, and are accurate to the width of a bin, which inspection.json gives for every feature as "
        "quantile_error, and exact where the subset is all rows; with negative weights a crossing "
        "within one bin is missed, and where the sum of weights is not positive there are none."
    )
    yield (
        "Linear correlations use the mean for a missing value. The classifier for drift is linear in the features, "
        "their squares and indicators of missing values: it does not see differences in correlations alone."
    )
    if inspection.weight is not None:
        yield (
            "Means and deviations are Σwx/Σw and √(Σw(x - mean)²/Σw); a dash stands where negative weights leave "
            "them undefined. Shares of missing values in the tables are shares of rows."
        )
    for check, reason in inspection.skipped.items():
        yield f"Not checked: {check}, because {reason}."
