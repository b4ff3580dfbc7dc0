"""`netwright inspect`: what is in the data, and what to fix before training."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

    from netwright.inspection import FeatureSummary

__all__ = ["features_table", "inspect"]

MAX_LINES = 60  # of features on a screen; the page and inspection.json have all
SHORT = 4  # values of a list that are shown


def inspect(
    files: Annotated[list[str], typer.Argument(help="An experiment file, or files with rows.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", "--out", help="Output folder; default: inspections/NAME.")
    ] = None,
    target: Annotated[str | None, typer.Option(help="Column to predict: a class or a number.")] = None,
    weight: Annotated[str | None, typer.Option(help="Column of the event weight.")] = None,
    key: Annotated[str | None, typer.Option(help="TTree or HDF5 dataset, if a file has several.")] = None,
    csv: Annotated[str | None, typer.Option(help="Format of text tables: {names: [a, b], decimal: ','}.")] = None,
) -> None:
    """Inspect data before training: statistics, distributions, correlations, and what to fix.

    Exits with code 1 if something has to be fixed first (FAIL).
    """
    from netwright.cli._screen import findings_table, screen
    from netwright.cli._yields import yields_table
    from netwright.config import csv_section
    from netwright.inspection import in_short
    from netwright.workflow import inspect as inspect_data

    with screen() as show:
        dialect = None if csv is None else csv_section(csv)
        inspected = inspect_data(files, out=output, target=target, weight=weight, key=key, csv=dialect, progress=show)
        inspection = inspected.found
        show.clear()
        if inspection.samples:
            show.console.print(yields_table(map(asdict, inspection.samples)))
        show.console.print(features_table(_first_lines(inspection.features), show.console.width))
        for text, role in inspection.texts:
            show.say(f"{text.column}: text ({role}), {text.distinct:,} distinct values, {text.missing:,} missing")
        show.console.print(findings_table(in_short(inspection.findings), show.console.width))
        for check, reason in inspection.skipped.items():
            show.say(f"Not checked: {check}, because {reason}.")
        number = f"{len(inspection.files)} files" if len(inspection.files) > 1 else "1 file"
        show.say(f"{inspection.rows:,} rows, {len(inspection.features):,} features of {number}")
        show.say(f"Page: {inspected.page}")
    if inspection.severity == "FAIL":
        raise typer.Exit(1)


def _first_lines(features: Iterable[FeatureSummary]) -> list[FeatureSummary]:
    """Return all features of single columns, and the first few of lists."""
    return [f for f in features if sum(f.feature.index) < SHORT][:MAX_LINES]


def features_table(features: Sequence[FeatureSummary], width: int) -> Table:
    """Make a table of features; on a narrow screen with fewer digits, and without medians.

    Args:
        features: one per line.
        width: of the screen, in characters.

    Returns:
        A table.
    """
    from rich.table import Table
    from rich.text import Text

    from netwright.cli._screen import WIDE

    narrow = width < WIDE
    missing = not narrow or any(f.missing for f in features)
    numbers = ["mean", "deviation", "minimum", *([] if narrow else ["median"]), "maximum"]
    table = Table(box=None)
    table.add_column("column", overflow="fold", min_width=8)
    table.add_column("role", overflow="fold")
    for name in [*(["missing"] if missing else []), *numbers, "AUC"]:
        table.add_column(name, no_wrap=True)
    for f in features:
        share = f.missing / max(1, f.missing + f.count)
        median = None if f.quantiles is None else f.quantiles[len(f.quantiles) // 2]
        statistics = {
            "mean": f.mean,
            "deviation": f.deviation,
            "minimum": f.minimum,
            "median": median,
            "maximum": f.maximum,
        }
        digits = f.digits - 2 if narrow else f.digits
        shown = ["" if (x := statistics[name]) is None else f"{x:.{digits}g}" for name in numbers]
        shares = [f"{share:.2%}" if f.missing else ""] if missing else []
        table.add_row(Text(f.name), f.feature.role, *shares, *shown, "" if f.auc is None else f"{f.auc:.3f}")
    return table
