"""The request to inspect files without an experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from netwright.config import SAMPLE, CsvSection, Target
from netwright.data import Dataset, SampleYield, sample_yield
from netwright.inspection import (
    ClassLabels,
    GuessedHead,
    InspectionRequest,
    guess_classes,
    known_head,
    label_rows,
    labels_of_head,
    particles_of_files,
    scope_of_files,
    weight_of_files,
)
from netwright.progress import Progress, silent
from netwright.workflow.findings.files import file_findings
from netwright.workflow.inspections.particles import with_particles
from netwright.workflow.proposals.opened_files import open_files

__all__ = ["request_of_files"]


def request_of_files(
    files: Sequence[str | Path],
    *,
    key: str | None = None,
    csv: CsvSection | Mapping[str, object] | None = None,
    target: str | None = None,
    weight: str | None = None,
    progress: Progress = silent,
) -> InspectionRequest:
    """Return the request to inspect files, with roles guessed from their layout and column names.

    Args:
        files: paths, patterns or folders; several without a target are samples, as for `init`.
        key: TTree or HDF5 dataset, if a file has several.
        csv: the format of text tables, as for `netwright.read`.
        target: the column of the class, or of a number to predict.
        weight: the column of the event weight.
        progress: callback for progress updates.

    Returns:
        The request.

    Raises:
        DataError: a file or a column cannot be used.
        ExperimentError: several files cannot be samples.
    """
    dialect = csv if isinstance(csv, CsvSection) else CsvSection.model_validate(csv or {})
    named = [str(file) for file in files]
    opened = open_files(named, target, key=key, csv=dialect, progress=progress)
    column = SAMPLE if target is None and opened.samples is not None else target
    head = known_head(opened.dataset) if column is None else None
    answers = [column] if column is not None else [] if head is None else head.columns
    dataset, particles = particles_of_files(opened.dataset, answers)
    weight = weight or weight_of_files(dataset)
    scope = scope_of_files(dataset, target=column, weight=weight, particles=particles)
    roles = dict(scope.roles)
    for name in head.columns if head else ():
        roles[name] = "target"
    classes = _guessed_classes(dataset, column, head)
    skipped = {"rows in two parts of a split": "there is no experiment that defines a split"}
    if not classes:
        reason = f"{target} has too many values for classes" if target else "no column was named with --target"
        skipped["classes, and features that give the answer"] = reason
    request = InspectionRequest(
        dataset.sources[0].path.stem,
        dataset,
        replace(
            scope, roles=roles, unused={name: reason for name, reason in scope.unused.items() if name not in roles}
        ),
        classes=classes,
        skipped=skipped,
        notes=[*file_findings(dataset), *opened.findings()],
        yields=tuple(_weighted(one, dataset, weight) for one in opened.yields),
    )
    return with_particles(request, particles.groups)


def _weighted(sample: SampleYield, dataset: Dataset, weight: str | None) -> SampleYield:
    """Return what a sample of files gives with their weights, which were not known when they were opened."""
    if weight is None:
        return sample
    weights = np.asarray(dataset.column(weight), np.float64)[np.asarray(dataset.arrow(SAMPLE)) == sample.sample]
    return sample_yield(sample.sample, weights, read=sample.read, recorded=sample.recorded, factor=None)


def _guessed_classes(dataset: Dataset, column: str | None, head: GuessedHead | None) -> list[ClassLabels]:
    """Return the classes in a named column, or those that the layout of the files knows."""
    if head is not None:
        return [labels_of_head(dataset, head.name, TypeAdapter(Target).validate_python(head.section))]
    guessed = guess_classes(dataset, column) if column is not None else {}
    return [label_rows(dataset, column, column, guessed)] if column is not None and guessed else []
