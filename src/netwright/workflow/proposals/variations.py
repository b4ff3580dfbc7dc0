"""Systematic variations that `netwright init` finds in the files of samples: further tables, weights and columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from netwright.data import Dataset
from netwright.errors import first_few
from netwright.finding import Finding
from netwright.inspection import variation_tables, varied_columns, varied_weights
from netwright.progress import Progress
from netwright.workflow.proposals.opened_files import OpenedFiles, tables_of
from netwright.workflow.proposals.samples import NamedSamples

__all__ = ["variation_findings", "with_variations"]


def with_variations(
    data: Mapping[str, Any], source: OpenedFiles, samples: NamedSamples, content: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Add the variations that are further tables in the first file of each simulated sample, or further columns.

    Args:
        data: the section data of an experiment, with samples.
        source: the files, and which table of them was read.
        samples: the samples.
        content: the experiment; a variation has the columns that it names.
        progress: callback for progress updates.

    Returns:
        The section: what all samples have is in `variations`, the rest in those of the samples.
    """
    derived = " ".join(data.get("derived", {}).values())
    needed = _texts([content["inputs"], data["identity"], data["weight"]]) | set(re.findall(r'"([^"]+)"', derived))
    by_sample: dict[str, dict[str, Any]] = {}
    for name in [name for name in samples.files if name not in samples.recorded]:
        tables = tables_of(samples.files[name][0], progress=progress)
        main = next((table for table in tables if table.key == source.key), None)
        keys = variation_tables(main, tables, needed) if main is not None else {}
        by_sample[name] = {variation: {"key": key} for variation, key in keys.items()}
    first = next(iter(by_sample.values()))
    common = {
        variation: section
        for variation, section in first.items()
        if all(variations.get(variation) == section for variations in by_sample.values())
    }
    common = _in_columns(source.dataset, data, needed) | common
    sections = dict(data["samples"])
    for name, variations in by_sample.items():
        if own_variations := {
            variation: section for variation, section in variations.items() if variation not in common
        }:
            sections[name] = {**sections[name], "variations": own_variations}
    return {**data, "samples": sections, "variations": common}


def _in_columns(dataset: Dataset, data: Mapping[str, Any], needed: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the variations that are columns beside others: of the event weight, and of what the network takes."""
    weights = varied_weights(dataset, data["weight"])
    sections: dict[str, dict[str, Any]] = {variation: {"weight": column} for variation, column in weights.items()}
    if not data["identity"]:  # by which an event is recognised that has other numbers
        return sections
    for column, varied in varied_columns(dataset.names).items():
        if varied.nominal in needed and varied.nominal != data["weight"]:
            section = sections.setdefault(varied.variation, {})
            section["columns"] = {**section.get("columns", {}), varied.nominal: column}
    return sections


def variation_findings(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield which variations were found.

    Args:
        data: the section data of an experiment.

    Yields:
        NOTE where there are some.
    """
    sections = [data, *data["samples"].values()]
    names = list(dict.fromkeys(name for section in sections for name in section.get("variations", {})))
    if names:
        evidence = f"Further tables, weights or columns are taken as systematic variations: {first_few(names)}."
        remedy = "They are scored by predict and used by limit, never trained on; take others out of data.variations."
        yield Finding("systematic variations", "NOTE", evidence, remedy=remedy, see="docs/samples.md")


def _texts(value: object) -> set[str]:
    """Return all texts within sections and lists."""
    if isinstance(value, str):
        return {value}
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return {text for inner_value in inner for text in _texts(inner_value)}
