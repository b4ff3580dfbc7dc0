"""From what was measured to Markdown, and into the file of results between two marker comments a table."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.measuring import Result, gpu_name
from bench.tables import Bar, Comparison

_UNITS = {"rows_per_second": "rows/s", "seconds": "s"}


def section(table: Comparison, results: Sequence[Result], command: str) -> str:
    """Write the section of a table.

    Args:
        table: what was compared.
        results: what was measured.
        command: by which command.

    Returns:
        Markdown.
    """
    rounds = max((len(result.measured) for result in results), default=0)
    trial = "A trial with few rows, whose numbers mean nothing. " if "--quick" in command else ""
    how = (
        f"{trial}`{command}`: {machine()}, {datetime.now(UTC):%Y-%m-%d}. Medians of {rounds} runs of each, in turns; "
        f"interquartile ranges in brackets. {versions(results)}"
    )
    paragraphs = [
        f"## {table.title}",
        how,
        table.explanation,
        "\n".join(_lines(table, results)),
    ]
    bars = list(_bars(table, results))
    if bars:
        paragraphs.append("\n".join(["| bar | measured | |", "|---|---|---|", *bars]))
    return "\n\n".join(paragraphs)


def _lines(table: Comparison, results: Sequence[Result]) -> Iterator[str]:
    """Yield the lines of the table."""
    unit = _UNITS[table.quantity]
    yield f"| case | | device | {unit} |{''.join(f' {name} |' for name in table.more)} {table.base} is … as fast |"
    yield "|---|---|---|---|" + "---|" * len(table.more) + "---|"
    for result in results:
        where = f"| {table.cases[result.case]} | {result.contestant.name} | {result.device_name or result.device} |"
        if not result.measured:
            yield f"{where} not run: {_one_line(result.failed)} |{' |' * len(table.more)} |"
            continue
        more = "".join(f" {_median_of(result, key)} |" for key in table.more.values())
        yield f"{where} {_spread(values_of(result, table.quantity))} |{more} {_ratio_of(table, results, result)} |"


def _bars(table: Comparison, results: Sequence[Result]) -> Iterator[str]:
    """Yield a line for each bar that was measured."""
    for bar in table.bars:
        measured = ratio(table, results, bar)
        if measured is not None:
            device = "" if bar.device == "cpu" else ", GPU"
            claim = f"{table.cases[bar.case]}{device}: at least {bar.at_least:.3g} times as fast as {bar.rival}"
            yield f"| {claim} | {measured:.2f} | {'met' if measured >= bar.at_least else '**not met**'} |"


def ratio(table: Comparison, results: Sequence[Result], bar: Bar) -> float | None:
    """Return how many times as fast the base of a table is; None where one of the two was not measured.

    Args:
        table: the table.
        results: what was measured.
        bar: names the case, the other and the device.

    Returns:
        The ratio of the medians.
    """
    medians = {
        result.contestant.name: statistics.median(values_of(result, table.quantity))
        for result in results
        if result.measured and (result.case, result.device) == (bar.case, bar.device)
    }
    if not {table.base, bar.rival} <= set(medians):
        return None
    faster = medians[table.base] / medians[bar.rival]
    return faster if table.quantity == "rows_per_second" else 1 / faster


def values_of(result: Result, quantity: str) -> list[float]:
    """Return a quantity of every round."""
    return [numbers[quantity] for numbers in result.measured]


def machine() -> str:
    """Say on what it was measured."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        named = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = named[0] if named else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    gpu = gpu_name() or "no GPU"
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {gpu}, Python {platform.python_version()}"


def versions(results: Sequence[Result]) -> str:
    """Say which versions of which libraries took part; two where environments differ."""
    versions = sorted({f"{name} {number}" for result in results for name, number in result.versions.items()})
    return ", ".join(versions) + "."


def written(text: str, name: str, new: str) -> str:
    r"""Put a section between its markers; at the end where there are none.

    Args:
        text: of the file of results.
        name: of the section's markers.
        new: the section.

    Returns:
        The text with it.

    Example:
        >>> written("# Results\n", "table 1", "new").splitlines()[-3:]
        ['<!-- make bench, table 1: begin -->', 'new', '<!-- make bench, table 1: end -->']
    """
    begin, end = f"<!-- make bench, {name}: begin -->", f"<!-- make bench, {name}: end -->"
    before, there, rest = text.partition(begin)
    after = rest.partition(end)[2] if there else "\n"
    gap = "" if there else "\n"
    return f"{before}{gap}{begin}\n{new}\n{end}{after}"


def _ratio_of(table: Comparison, results: Sequence[Result], result: Result) -> str:
    if result.contestant.name == table.base:
        return "1"
    speed_ratio = ratio(table, results, Bar(result.case, result.contestant.name, 0, result.device))
    return "" if speed_ratio is None else f"{speed_ratio:.2f}"


def _spread(values: Sequence[float]) -> str:
    """Return median and quartiles."""
    several = values if len(values) > 1 else [*values, *values]
    low, middle, high = statistics.quantiles(several, n=4, method="inclusive")
    return f"{_digits(middle)} ({_digits(low)} to {_digits(high)})"


def _median_of(result: Result, key: str) -> str:
    values = [numbers[key] for numbers in result.measured if key in numbers]
    return _digits(statistics.median(values)) if values else ""


def _digits(value: float) -> str:
    """Return three digits."""
    return f"{float(f'{value:.3g}'):,.0f}" if value >= 100 else f"{value:#.3g}".rstrip(".")


def _one_line(text: str) -> str:
    return " ".join(text.replace("|", "/").split())[:200]
