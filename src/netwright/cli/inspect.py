"""`netwright inspect`: what is in the data, and what to mend before training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

    from netwright.inspection import FeatureSummary, Inspection

__all__ = ["features_table", "findings_table", "inspect"]

MOST_LINES = 60  # of features on a screen; the page and the file of numbers have them all
WIDE = 110  # characters of a screen that takes every number with five digits
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
    from netwright.workflow import inspect as look

    with screen() as show:
        dialect = None if csv is None else csv_section(csv)
        inspected = look(files, out=out, target=target, weight=weight, key=key, csv=dialect, progress=show)
        found = inspected.found
        show.clear()
        show.console.print(features_table(_shown(found.features), show.console.width))
        for text, role in found.texts:
            show.say(f"{text.column}: text ({role}), {text.distinct:,} different values, {text.missing:,} missing")
        show.console.print(findings_table(found, show.console.width))
        for remark in inspected.remarks:
            show.say(f"Note: {remark}")
        for what, why in found.skipped.items():
            show.say(f"Not judged: {what}, because {why}.")
        number = f"{len(found.files)} files" if len(found.files) > 1 else "1 file"
        show.say(f"{found.rows:,} rows, {len(found.features):,} features of {number}")
        show.say(f"Page: {inspected.page}")
    if found.level == "FAIL":
        raise typer.Exit(1)


def _shown(features: Iterable[FeatureSummary]) -> list[FeatureSummary]:
    """Return all features of single columns, and the first of lists."""
    return [f for f in features if sum(f.feature.place) < SHORT][:MOST_LINES]


def features_table(features: Sequence[FeatureSummary], width: int) -> Table:
    """Put features into a table; on a narrow screen with fewer digits, and without medians.

    Args:
        features: one a line.
        width: of the screen, in characters.

    Returns:
        A table.
    """
    from rich.table import Table
    from rich.text import Text

    narrow = width < WIDE
    digits, missing = 3 if narrow else 5, not narrow or any(f.missing for f in features)
    numbers = ["mean", "deviation", "minimum", *([] if narrow else ["median"]), "maximum"]
    table = Table(box=None)
    table.add_column("column", overflow="fold", min_width=8)
    table.add_column("role", overflow="fold")
    for name in [*(["missing"] if missing else []), *numbers, "AUC"]:
        table.add_column(name, no_wrap=True)
    for f in features:
        share = f.missing / max(1, f.missing + f.count)
        median = None if f.quantiles is None else f.quantiles[len(f.quantiles) // 2]
        known = {"mean": f.mean, "deviation": f.deviation, "minimum": f.minimum, "median": median, "maximum": f.maximum}
        shown = ["" if (x := known[name]) is None else f"{x:.{digits}g}" for name in numbers]
        shares = [f"{share:.2%}" if f.missing else ""] if missing else []
        table.add_row(Text(f.name), f.feature.role, *shares, *shown, "" if f.auc is None else f"{f.auc:.3f}")
    return table


def findings_table(found: Inspection, width: int) -> Table:
    """Put findings into a table.

    Args:
        found: has them.
        width: of the screen, in characters.

    Returns:
        A table.
    """
    from rich.table import Table
    from rich.text import Text

    styles = {"FAIL": "bold red", "WARN": "yellow", "PASS": "green"}
    table = Table(box=None)
    table.add_column("level", no_wrap=True)
    table.add_column("looked for", overflow="fold", max_width=20 if width < WIDE else None)
    table.add_column("found", overflow="fold")
    for finding in found.findings:
        table.add_row(Text(finding.level, styles[finding.level]), Text(finding.name), Text(finding.sentence))
    return table
