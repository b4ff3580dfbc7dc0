"""`netwright init`: read files and write a commented experiment file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.file_names import in_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwright.config import Experiment, InputGroup

__all__ = ["init"]


def init(
    files: Annotated[
        list[str] | None, typer.Argument(help="Files with rows: npz, HDF5, Parquet, ROOT or CSV; or CLASS=FILES.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="Column to predict, or a pattern for flag columns: 'label_*'.")
    ] = None,
    classes: Annotated[
        list[str] | None, typer.Option(help="Files by class: signal=a*.root background=b*.root (commas between files).")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Experiment file to write.")] = Path("experiment.yaml"),
    key: Annotated[str | None, typer.Option(help="TTree or HDF5 dataset, if a file has several.")] = None,
    csv: Annotated[str | None, typer.Option(help="Format of text tables: {names: [a, b], decimal: ','}.")] = None,
    *,
    search: Annotated[bool, typer.Option("--search", help="Also propose a section search.")] = False,
) -> None:
    """Read the data and write a commented experiment file."""
    from netwright.cli._named_files import are_named, by_name
    from netwright.cli._screen import findings_table, screen
    from netwright.config import csv_section, load_experiment
    from netwright.workflow import init as propose

    with screen() as show:
        dialect = None if csv is None else csv_section(csv)
        named, by_class = files or [], None
        if classes or are_named(named):  # the shell gives the option its first word, and the others as files
            named, by_class = [], by_name([*(classes or []), *named])
        proposal = propose(
            named, target, classes=by_class, output=output, key=key, csv=dialect, search=search, progress=show
        )
        if proposal.findings:
            show.console.print(findings_table(proposal.findings, show.console.width))
        show.say(f"{proposal.rows:,} rows, {proposal.columns} columns. Wrote {output}:")
        show.say("\n".join(f"  {line}" for line in _roles(load_experiment(proposal.path))))
        show.say("Review it, then")
        written = in_command(output)
        show.say(f"  netwright check {written}\n  netwright {'search' if search else 'train'} {written}")


def _roles(experiment: Experiment) -> Iterator[str]:
    """Yield what columns are for, line by line: the first thing to review."""
    from netwright.config import columns_of
    from netwright.errors import first_few

    for name, group in experiment.inputs.items():
        yield f"inputs.{name} ({', '.join(_facts(group))}): {first_few(columns_of(group))}"
    for name, target in experiment.targets.items():
        classes = f": {', '.join(target.labels)}" if target.labels else ""
        yield f"targets.{name} ({target.kind}){classes}"
    data = experiment.data
    if data.rows is not None:
        yield f"rows: each element of {data.rows}"
    weights = dict.fromkeys(column for column in (data.weight, *(s.weight for s in data.samples.values())) if column)
    yield f"weight: {', '.join(weights) or 'none, all rows count the same (data.weight names a column)'}"
    known = "an event by those of all its rows" if data.rows is not None else "a row by its inputs"
    yield f"identity: {', '.join(data.identity) or f'none, {known} (data.identity)'}"


def _facts(group: InputGroup) -> Iterator[str]:
    """Yield the kind of a group of inputs, how many particles it takes, and what stands for a missing value."""
    yield group.kind
    if (most := getattr(group, "at_most", None)) is not None:
        yield f"at most {most} in a row"
    sections = [group, getattr(group, "four_vectors", None), *getattr(group, "numbers", {}).values()]
    declared = [missing for section in sections if (missing := getattr(section, "missing", False))]
    if declared:
        markers = [f"{marker:g}" for missing in declared if isinstance(missing, list) for marker in missing]
        yield f"missing: {' or '.join(dict.fromkeys(['NaN', *markers]))}"
