"""`netwright inspect`: what is in the data, and what to mend before training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from netwright.data.inspection import FeatureSummary, Inspection

__all__ = ["inspect"]

MOST_LINES = 60  # of features on a screen; the page and the file of numbers have them all
SHORT = 4  # values of a list that are shown


def inspect(
    files: Annotated[list[str], typer.Argument(help="An experiment file, or files with rows.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the page; inspections/NAME if not given.")] = None,
    target: Annotated[str | None, typer.Option(help="Column of the class or number to be learnt.")] = None,
    weight: Annotated[str | None, typer.Option(help="Column of the event weight.")] = None,
    key: Annotated[str | None, typer.Option(help="TTree or HDF5 dataset, where a file has several.")] = None,
    csv: Annotated[str | None, typer.Option(help="How text tables are written: {names: [a, b], decimal: ','}.")] = None,
) -> None:
    """Look at data before training: statistics, distributions, correlations, and what to mend.

    Leaves with exit code 1 where something has to be mended (FAIL).
    """
    from netwright.cli._screen import screen
    from netwright.config import csv_section
    from netwright.inspecting import inspect as look

    with screen() as show:
        dialect = None if csv is None else csv_section(csv)
        inspected = look(files, out=out, target=target, weight=weight, key=key, csv=dialect, progress=show)
        found = inspected.found
        show.console.print(_features_table(_shown(found.features)))
        for text, role in found.texts:
            show.say(f"{text.column}: text ({role}), {text.distinct:,} different values, {text.missing:,} missing")
        show.console.print(_findings_table(found))
        for remark in inspected.remarks:
            show.say(f"Note: {remark}")
        for what, why in found.skipped.items():
            show.say(f"Not judged: {what}, because {why}.")
        show.say(f"{found.rows:,} rows, {len(found.features):,} features of {len(found.files)} files")
        show.say(f"Page: {inspected.page}")
    if found.level == "FAIL":
        raise typer.Exit(1)


def _shown(features: Iterable[FeatureSummary]) -> list[FeatureSummary]:
    """Return all features of single columns, and the first of lists."""
    return [f for f in features if sum(f.feature.place) < SHORT][:MOST_LINES]


def _features_table(features: Iterable[FeatureSummary]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table("column", "role", "missing", "mean", "deviation", "minimum", "median", "maximum", "AUC", box=None)
    for f in features:
        share = f.missing / max(1, f.missing + f.count)
        median = None if f.quantiles is None else f.quantiles[len(f.quantiles) // 2]
        numbers = ["" if x is None else f"{x:.5g}" for x in (f.mean, f.deviation, f.minimum, median, f.maximum)]
        missing, auc = f"{share:.2%}" if f.missing else "", "" if f.auc is None else f"{f.auc:.3f}"
        table.add_row(Text(f.name), f.feature.role, missing, *numbers, auc)
    return table


def _findings_table(found: Inspection) -> Table:
    from rich.table import Table
    from rich.text import Text

    styles = {"FAIL": "bold red", "WARN": "yellow", "PASS": "green"}
    table = Table("level", "looked for", "found", box=None)
    for finding in found.findings:
        table.add_row(Text(finding.level, styles[finding.level]), Text(finding.name), Text(finding.sentence))
    return table
