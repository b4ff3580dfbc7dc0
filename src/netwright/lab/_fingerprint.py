"""The fingerprint of a run's data: the content of its files and rows, to detect changes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.config import Experiment, FilesSplit
from netwright.data import Dataset, Rows, RowValues, content_of, files_of_parts, local_files
from netwright.progress import Progress

__all__ = ["differences", "file_records", "fingerprint"]

_BYTES_AT_ONCE = 2**24


def fingerprint(experiment: Experiment, dataset: Dataset, rows: Rows, progress: Progress) -> dict[str, Any]:
    """Return a fingerprint of the rows that a network is trained and evaluated on, to detect changes.

    Args:
        experiment: its sections on data, inputs, targets and split enter the fingerprint.
        dataset: the data set with its files.
        rows: all rows prepared from it.
        progress: callback for progress updates.

    Returns:
        ``files`` with name, rows and SHA-256 of each, its part where files are divided, and its sample; ``rows``, how
        many were selected; ``content``, a hash of identities, weights, targets and inputs in their order; ``says``, by
        section, a hash of what the experiment says.
    """
    files = file_records(dataset, progress)
    if isinstance(experiment.split, FilesSplit):
        parts = files_of_parts(experiment.split)
        paths = [source.path.resolve() for source in dataset.sources]
        files = [{**file, "part": parts[path]} for file, path in zip(files, paths, strict=True)]
    if experiment.data.samples:
        owners = [name for name in experiment.data.simulated for _ in local_files(experiment.data.samples[name].files)]
        files = [{**file, "sample": name} for file, name in zip(files, owners, strict=True)]
    return {
        "files": files,
        "rows": len(rows),
        "content": _content(experiment, rows),
        "says": {name: _hash_of(section) for name, section in _sections(experiment).items()},
    }


def file_records(dataset: Dataset, progress: Progress) -> list[dict[str, Any]]:
    """Return the files of a data set with their content.

    Args:
        dataset: read from files; generated rows have none.
        progress: callback for progress updates.

    Returns:
        Name, number of rows and SHA-256 of each file, in their order.
    """
    return [
        {"name": source.path.name, "rows": source.rows, "sha256": content_of(source.path, progress=progress)}
        for source in dataset.sources
        if source.path.is_file()
    ]


def differences(before: Mapping[str, Any], now: Mapping[str, Any], *, in_order: bool = False) -> list[str]:
    """Describe how data differs from an earlier fingerprint.

    Files with equal content are equal, whatever their paths.

    Args:
        before: `fingerprint` of the training.
        now: that of the current data.
        in_order: whether the order of the rows matters.

    Returns:
        Sentences without their full stop; empty if the data is the same.
    """
    changed = [name for name in now["says"] if before["says"].get(name) != now["says"][name]]
    remarks = [f"experiment.yaml was changed since ({', '.join(changed)})"] if changed else []
    if before["content"] == now["content"]:
        return remarks
    hashes_before, hashes_now = (Counter(file["sha256"] for file in record["files"]) for record in (before, now))
    if hashes_before == hashes_now and hashes_before:
        if in_order:
            remarks.append("its rows are in another order, or are read otherwise than they were")
        return remarks
    return [*remarks, *(_file_differences(before["files"], now["files"]) or ["its rows are others"])]


def _file_differences(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[str]:
    """Name files with changed content, missing files, and new ones."""
    hashes_before = {file["sha256"] for file in before}
    hashes_now = {file["sha256"] for file in now}
    gone = {file["name"]: file for file in before if file["sha256"] not in hashes_now}
    added = {file["name"]: file for file in now if file["sha256"] not in hashes_before}
    return [
        *(
            f"{name} holds something else than it did ({gone[name]['rows']:,} rows then, {added[name]['rows']:,} now)"
            for name in gone
            if name in added
        ),
        *(f"{name} is not among its files any more" for name in gone if name not in added),
        *(f"{name} was not among its files" for name in added if name not in gone),
    ]


def _sections(experiment: Experiment) -> dict[str, Any]:
    """Return the settings that determine the rows; without files, which may move, and defaults, which may be added."""
    settings = experiment.model_dump(mode="json", exclude_defaults=True)
    targets = {
        head: {key: value for key, value in target.items() if key in {"kind", "column", "classes", "where"}}
        for head, target in experiment.model_dump(mode="json")["targets"].items()
    }
    of_files = set(experiment.split.files) if isinstance(experiment.split, FilesSplit) else set()
    return {
        "data": _without_files(settings["data"]),
        "inputs": settings["inputs"],
        "targets": targets,
        "split": {key: value for key, value in settings.get("split", {}).items() if key not in of_files},
    }


def _without_files(section: Any) -> Any:  # noqa: ANN401  # nested sections
    """Return what a section says, at all depths, but for the names of files."""
    if not isinstance(section, Mapping):
        return section
    content = {key: value for key, value in section.items() if key != "files"}
    return {key: value if key == "derived" else _without_files(value) for key, value in content.items()}


def _hash_of(section: object) -> str:
    return hashlib.sha256(json.dumps(section, sort_keys=True).encode()).hexdigest()[:16]


def _content(experiment: Experiment, rows: Rows) -> str:
    """Hash the content of rows; without identity columns, the identity already covers the inputs."""
    digest = hashlib.sha256(np.ascontiguousarray(rows.identity).data)
    digest.update(np.ascontiguousarray(rows.weights).data)
    for name, head in sorted(rows.heads.items()):
        digest.update(f"{name} {head.offset}".encode())
        digest.update(np.ascontiguousarray(head.values).data)
        digest.update(np.ascontiguousarray(head.counts).data)
    if experiment.data.identity_columns:
        for name, values in sorted(rows.inputs.items()):
            digest.update(name.encode())
            for chunk in _parts(values):
                digest.update(chunk.data)
    return digest.hexdigest()[:32]


def _parts(values: RowValues) -> Iterator[npt.NDArray[np.generic]]:
    at_once = max(1, _BYTES_AT_ONCE // max(1, values[:1].nbytes))
    for start in range(0, len(values), at_once):
        yield np.ascontiguousarray(values[start : start + at_once])
