"""`netwright lab`: all runs of a folder, what was changed, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from netwright.labbook import Entry

__all__ = ["lab"]

_MAX_LINES = 500  # lines on a screen
_FORMATS: dict[str, Literal["text", "csv", "md", "html"]] = {
    ".csv": "csv", ".md": "md", ".html": "html", ".txt": "md",
}  # fmt: skip


def lab(
    folder: Annotated[Path, typer.Argument(help="Folder of runs.")] = Path("runs"),
    *,
    sort: Annotated[
        str, typer.Option(help="A column, or a key such as training.learning_rate; -metric: largest first.")
    ] = "started",
    filter_: Annotated[
        list[str] | None,
        typer.Option("--filter", help="Condition: metric>0.9, verdict!=good, note~dropout; repeat for each."),
    ] = None,
    as_: Annotated[
        Literal["text", "csv", "md", "html"] | None,
        typer.Option("--as", help="Format: that of the file's ending, or text on the screen."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file (.csv, .md, .html), not to the screen.")
    ] = None,
) -> None:
    """List all runs of a folder with changes, main metric and verdict; also writes lab.md, for your repository."""
    from netwright import labbook, workflow
    from netwright.atomic_files import write_text
    from netwright.cli._plain_text import without_controls

    if output is not None:
        named = _format_of(output)
        as_ = as_ or named
    entries = workflow.lab_book(folder, sort=sort, filters=filter_ or [])
    is_run = (folder / "experiment.yaml").is_file()  # nothing is written into a run
    if as_ == "html":
        from netwright.lab import refuse_link
        from netwright.reporting import write_lab_book

        if output is None:
            output = (Path() if is_run else folder) / "lab.html"
            refuse_link(output)
        typer.echo(f"Written: {write_lab_book(str(folder), entries, output)}")
        return
    if as_ not in {None, "text"} or output is not None:
        text = labbook.as_csv(entries) if as_ == "csv" else labbook.lab_page(entries)
        if output is None:
            typer.echo(without_controls(text), nl=False)
        else:
            write_text(output, text)
            typer.echo(f"Written: {output}")
        return
    _show(entries, folder, sort=sort, filtered=bool(filter_), keeps_page=not (filter_ or is_run))


def _format_of(output: Path) -> Literal["text", "csv", "md", "html"]:
    """Return the format that a file's ending names; others are refused, as data or experiments may be behind them."""
    from netwright.errors import RunError

    if output.suffix.lower() not in _FORMATS:
        msg = f"{output}: a lab book is written as .csv, .md, .html or .txt. Name such a file."
        raise RunError(msg)
    return _FORMATS[output.suffix.lower()]


def _show(entries: list[Entry], folder: Path, *, sort: str, filtered: bool, keeps_page: bool) -> None:
    """Show the runs on the screen, and keep the page of all of them, lab.md, in their folder."""
    from netwright import labbook
    from netwright.cli._screen import screen
    from netwright.errors import RunError

    with screen() as show:
        if not entries:
            show.say(f"{folder}: no run {'matches the filter' if filtered else 'yet'}.")
        else:
            shown = entries[-_MAX_LINES:] if sort == "started" else entries[:_MAX_LINES]
            show.console.print(_table(shown))
            if len(shown) < len(entries):
                show.say(f"{len(entries) - len(shown):,} more runs: choose with --filter, or take all with --as csv.")
        if keeps_page:
            try:
                by_date = labbook.in_order(labbook.in_order(entries, "run"), "started")
                show.say(f"Lab book: {labbook.write_lab_page(folder, by_date)}")
            except RunError as error:
                show.say(str(error))


def _table(entries: list[Entry]) -> Table:
    from rich.table import Table
    from rich.text import Text

    from netwright.labbook import table_row
    from netwright.reporting import LAB_COLUMNS

    table = Table(box=None)
    for name in LAB_COLUMNS:
        table.add_column(name, overflow="fold")
    for entry in entries:
        table.add_row(*(Text(cell) for cell in table_row(entry)))
    return table
