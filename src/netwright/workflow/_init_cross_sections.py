"""Cross sections that `netwright init` finds in the columns of samples, as files of ATLAS Open Data have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from netwright.config import SAMPLE
from netwright.data import Dataset
from netwright.finding import Finding

__all__ = ["cross_section_findings", "with_cross_sections"]

_COLUMNS: Final = (  # σ in pb as a product of these, and Σw; opendata.atlas.cern, releases of 2020 and 2025
    (("XSection",), "SumWeights"),
    (("xsec", "filteff", "kfac"), "sum_of_weights"),
)
_LUMINOSITY: Final = "1 fb-1"


def with_cross_sections(data: Mapping[str, Any], dataset: Dataset, simulated: Sequence[str]) -> dict[str, Any]:
    """Add the cross section and the sum of weights of each simulated sample, where columns have them.

    Args:
        data: the section data of an experiment, with samples.
        dataset: the rows of the simulated samples.
        simulated: their names.

    Returns:
        The section, with a luminosity of 1 fb⁻¹; unchanged where there is no event weight, no such columns, or one
        has several values in a sample.
    """
    columns = next((one for one in _COLUMNS if all(map(dataset.has, (*one[0], one[1])))), None)
    if columns is None or data["weight"] is None:
        return dict(data)
    factors, total = columns
    owners = np.asarray(dataset.arrow(SAMPLE).to_pylist())
    sections = dict(data["samples"])
    for name in simulated:
        rows = np.flatnonzero(owners == name)
        values = [np.unique(dataset.column(column)[rows]) for column in (*factors, total)]
        if not all(len(value) == 1 and np.isfinite(value[0]) and value[0] > 0 for value in values):
            return dict(data)
        *cross_section, weights = (float(f"{value[0]:.7g}") for value in values)  # digits of float32
        sections[name] = {
            **sections[name],
            "cross_section": f"{np.prod(cross_section):.7g} pb",
            "sum_of_weights": weights,
        }
    return {**data, "samples": sections, "luminosity": _LUMINOSITY}


def cross_section_findings(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield where the cross sections of samples come from.

    Args:
        data: the section data of an experiment.

    Yields:
        NOTE where `with_cross_sections` found some.
    """
    if data.get("luminosity") is None:
        return
    listed = ", ".join(
        f"{name} {section['cross_section']}" for name, section in data["samples"].items() if "cross_section" in section
    )
    yield Finding(
        "cross sections of samples",
        "NOTE",
        f"Cross sections and sums of weights are those of columns of the files: {listed}. Expected events are those of "
        f"{_LUMINOSITY}. The classes get equal importance in training (balance: weights).",
        remedy="Write your own data.luminosity.",
        see="docs/samples.md",
    )
