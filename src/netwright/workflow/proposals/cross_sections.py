"""Cross sections that `netwright init` finds in the columns of samples, as files of ATLAS Open Data have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from netwright.config import SAMPLE
from netwright.data import Dataset
from netwright.finding import Finding
from netwright.readers import TableListing, is_numeric

__all__ = ["cross_section_findings", "table_of_sums", "with_cross_sections"]

_COLUMNS: Final = (  # σ in pb as a product of these, and Σw; opendata.atlas.cern, releases of 2020 and 2025
    (("XSection",), "SumWeights"),
    (("xsec", "filteff", "kfac"), "sum_of_weights"),
)
_TABLES_OF_SUMS: Final = {"genEventSumw": "Runs", "totalEventsWeighted": "sumWeights"}  # NanoAOD; AnalysisTop
_CROSS_SECTION: Final = re.compile(r"(x_?|cross_?)sec(tion)?", re.IGNORECASE)
_LUMINOSITY: Final = "1 fb-1"


def with_cross_sections(
    data: Mapping[str, Any], dataset: Dataset, simulated: Sequence[str], tables: Sequence[TableListing] = ()
) -> dict[str, Any]:
    """Add the cross section and the sum of weights of each simulated sample, where columns have them.

    Args:
        data: the section data of an experiment, with samples.
        dataset: the rows of the simulated samples.
        simulated: their names.
        tables: of the first file, one of which may have the sums of weights.

    Returns:
        The section, with a luminosity of 1 fb⁻¹; unchanged where there is no event weight, no such columns, or one
        has several values in a sample. Without a column of the sum of weights, or a table of these, it is that of the
        rows.
    """
    columns = _columns(dataset)
    if not columns or data["weight"] is None:
        return dict(data)
    factors, total = columns
    owners = np.asarray(dataset.arrow(SAMPLE).to_pylist())
    sections = dict(data["samples"])
    for name in simulated:
        rows = np.flatnonzero(owners == name)
        values = [np.unique(dataset.column(column)[rows]) for column in (*factors, *total)]
        if not all(len(value) == 1 and np.isfinite(value[0]) and value[0] > 0 for value in values):
            return dict(data)
        numbers = [float(f"{value[0]:.7g}") for value in values]  # digits of float32
        sections[name] = {**sections[name], "cross_section": f"{np.prod(numbers[: len(factors)]):.7g} pb"}
        weights = numbers[-1] if total else table_of_sums(tables)
        sections[name] |= {} if weights is None else {"sum_of_weights": weights}
    return {**data, "samples": sections, "luminosity": _LUMINOSITY}


def _columns(dataset: Dataset) -> tuple[tuple[str, ...], tuple[str, ...]] | tuple[()]:
    """Return the columns whose product is the cross section, and that of the sum of weights if there is one."""
    for factors, total in _COLUMNS:
        if all(map(dataset.has, factors)):
            return factors, (total,) if dataset.has(total) else ()
    alone = [name for name in dataset.names if _CROSS_SECTION.fullmatch(name) and is_numeric(dataset.type_of(name))]
    return ((alone[0],), ()) if len(alone) == 1 else ()


def table_of_sums(tables: Sequence[TableListing]) -> dict[str, str] | None:
    """Return the table with the sums of weights before any selection.

    Args:
        tables: of a file.

    Returns:
        Its key and the column, as an experiment file names them; None where there is none.
    """
    for table in tables:
        for column, name in _TABLES_OF_SUMS.items():
            if table.key is not None and table.key.rpartition("/")[2] == name and column in table.columns:
                return {"key": table.key, "column": column}
    return None


def cross_section_findings(data: Mapping[str, Any], tables: Sequence[TableListing] = ()) -> Iterator[Finding]:
    """Yield where the cross sections of samples come from, or what to give them.

    Args:
        data: the section data of an experiment, with samples.
        tables: of the first file, one of which may have the sums of weights.

    Yields:
        One NOTE: of the cross sections that `with_cross_sections` found, or that there are none.
    """
    if data.get("luminosity") is None:
        sums = None if data["weight"] is None else table_of_sums(tables)
        before = "" if sums is None else f", sum_of_weights: {{key: {sums['key']}, column: {sums['column']}}}"
        yield Finding(
            "weights of samples",
            "NOTE",
            "The classes get equal importance in training (balance: weights), as the samples have no cross section.",
            remedy=f"Give each a cross_section{before}, and data.luminosity, for expected events.",
            see="docs/samples.md",
        )
        return
    listed = ", ".join(
        f"{name} {section['cross_section']}" for name, section in data["samples"].items() if "cross_section" in section
    )
    given = any(section.get("sum_of_weights") is not None for section in data["samples"].values())
    found = "Cross sections and sums of weights" if given else "Cross sections"
    weights = "" if given else " The sum of weights of each sample is that of all rows of its files."
    skimmed = (
        "" if given else "If rows were left out when the files were written, give each sample its sum_of_weights. "
    )
    yield Finding(
        "cross sections of samples",
        "NOTE",
        f"{found} are those in the files, taken as pb: {listed}.{weights} Expected events are those of "
        f"{_LUMINOSITY}. The classes get equal importance in training (balance: weights).",
        remedy=f"{skimmed}Write your own data.luminosity.",
        see="docs/samples.md",
    )
