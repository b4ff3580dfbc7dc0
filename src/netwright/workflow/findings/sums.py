"""Findings on the sums of weights that cross sections are divided by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from netwright.config import Experiment
from netwright.data import SampleYield, read
from netwright.errors import DataError
from netwright.finding import Finding
from netwright.progress import Progress
from netwright.workflow.proposals.cross_sections import table_of_sums
from netwright.workflow.proposals.opened_files import tables_of

__all__ = ["sum_findings"]

_DIFFERENT = 0.1  # share by which two sums may differ, as factors of the weight make them do


def sum_findings(experiment: Experiment, yields: Sequence[SampleYield], progress: Progress) -> Iterator[Finding]:
    """Yield which samples are divided by the sum over their rows, where a table of their files has another sum.

    Args:
        experiment: describes the samples.
        yields: the numbers of each sample.
        progress: callback for progress updates.

    Yields:
        WARN for each sample whose sums differ by more than a tenth: rows were left out when its files were written;
        NOTE where not all of its files have such a table.
    """
    luminosity = experiment.data.luminosity
    for numbers in yields:
        sample = experiment.data.sample(numbers.sample)
        if luminosity is None or sample.sum_of_weights is not None or sample.weight is None:
            continue
        named = table_of_sums(tables_of(sample.files[0], progress=progress))
        if named is None or not numbers.expected_events:
            continue
        of_rows = numbers.weight_sum * sample.events(luminosity) / numbers.expected_events
        try:
            of_table = float(np.sum(read(sample.files, key=named["key"], progress=progress).column(named["column"])))
        except DataError as error:  # the experiment does without this table, which is no reason to refuse it
            yield Finding(
                "sum of weights",
                "NOTE",
                f"data.samples.{numbers.sample}: the cross section is divided by the sum over the rows of the files, "
                f"{of_rows:.6g}, which cannot be compared with {named['column']} of {named['key']}: {error}",
                remedy=f"sum_of_weights: {of_rows:.6g} if the sum over the rows is meant.",
                see="docs/samples.md",
            )
            continue
        if abs(of_rows - of_table) > _DIFFERENT * abs(of_table):
            yield Finding(
                "sum of weights",
                "WARN",
                f"data.samples.{numbers.sample}: the cross section is divided by the sum over the rows of the files, "
                f"{of_rows:.6g}, and {named['column']} of {named['key']} adds up to {of_table:.6g}. If rows were left "
                "out when the files were written, the expected events are wrong by the ratio.",
                remedy=f"sum_of_weights: {{key: {named['key']}, column: {named['column']}}}, or {of_rows:.6g} if the "
                "sum over the rows is meant.",
                see="docs/samples.md",
            )
