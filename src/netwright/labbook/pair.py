"""Two runs, compared: settings, data, versions, and metrics on the same test rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from netwright.errors import first_few
from netwright.evaluation import compare_scores
from netwright.lab import Run
from netwright.labbook.entry import Change
from netwright.labbook.rows import HeadRows, common_test_rows
from netwright.labbook.settings import changes, flat_settings, read_settings
from netwright.metrics import Measured, auc_difference
from netwright.tasks import task_of

__all__ = ["PairedMetric", "RunPair", "compare_runs"]

_CLEAR = 2.0  # standard deviations


@dataclass(frozen=True)
class PairedMetric:
    """One metric of two runs on the same test rows.

    Attributes:
        head: of the network.
        metric: its name, as in ``evaluation.json``.
        one: of the first run, in the metric's unit.
        other: of the second run.
        gain: by how much the second is better than the first, with the uncertainty of the paired difference.
        method: ``DeLong`` or ``paired bootstrap``.
    """

    head: str
    metric: str
    one: float
    other: float
    gain: Measured
    method: str

    @property
    def sigma(self) -> float:
        """The gain in units of its uncertainty; NaN where there is none."""
        has_uncertainty = self.gain.uncertainty > 0 and math.isfinite(self.gain.uncertainty)
        return self.gain.value / self.gain.uncertainty if has_uncertainty else math.nan

    @property
    def p_value(self) -> float:
        """Probability of a difference at least as large, either way, by the choice of rows alone."""
        return math.erfc(abs(self.sigma) / math.sqrt(2))

    @property
    def verdict(self) -> str:
        """Which is better, in words: only beyond two standard deviations."""
        if not abs(self.sigma) > _CLEAR:
            return "no clear difference"
        return "better" if self.sigma > 0 else "worse"


@dataclass(frozen=True)
class RunPair:
    """Two runs, compared.

    Attributes:
        changed: settings that differ.
        data: how their data differs, in sentences; none if it is the same.
        versions: what else differs, by name: versions of libraries, machine, commit.
        reason: why their metrics cannot be compared; empty if they can.
        rows: the common test rows, by head.
        metrics: on these rows.
    """

    changed: tuple[Change, ...]
    data: tuple[str, ...]
    versions: tuple[Change, ...]
    reason: str
    rows: Mapping[str, HeadRows]
    metrics: tuple[PairedMetric, ...]

    @property
    def remark(self) -> str:
        """What the reader must know of the comparison; empty if exactly one thing was changed."""
        if len(self.changed) > 1:
            names = first_few([change.key for change in self.changed], 6)
            return (
                f"{len(self.changed)} settings differ ({names}), so their effects cannot be separated. "
                "Change one at a time."
            )
        if not self.changed and not self.data:
            return "No setting differs; versions may: see their table."
        return ""


def compare_runs(one: Run, other: Run) -> RunPair:
    """Compare two runs.

    Args:
        one: the run that is compared with.
        other: the run that is compared.

    Returns:
        What differs, and metrics on the same test rows.

    Raises:
        RunError: a file of a run cannot be read.
    """
    changed = changes(*(flat_settings(read_settings(run.path)) for run in (one, other)))
    rows, reason = common_test_rows(one, other)
    return RunPair(
        changed=changed,
        data=tuple(_data_differences(_data(one), _data(other))),
        versions=changes(*(_versions(run) for run in (one, other))),
        reason=reason,
        rows=rows,
        metrics=tuple(metric for head, head_rows in rows.items() for metric in _metrics(head, head_rows)),
    )


def _metrics(head: str, rows: HeadRows) -> Iterator[PairedMetric]:
    task = task_of(rows.target)
    if rows.target.kind == "binary":
        one, other = (
            task.measure(rows.target, rows.truth, scores, rows.weights)["roc_auc"].value
            for scores in (rows.one, rows.other)
        )
        gain = auc_difference(rows.truth, rows.other, rows.one, rows.weights)
        yield PairedMetric(head, "roc_auc", one, other, gain, "DeLong")
    for name in task.headlines:
        if rows.target.kind == "binary" and name == "roc_auc":
            continue  # compared already
        comparison = compare_scores(rows.target, rows.truth, rows.other, rows.one, rows.weights, name=name)
        if comparison is not None:
            yield PairedMetric(head, name, comparison.other, comparison.one, comparison.gain, "paired bootstrap")


def _data(run: Run) -> Mapping[str, Any]:
    record = run.read_json("split.json")["data"]
    return {"files": [], "rows": 0, "content": record, "says": {}} if isinstance(record, str) else record


def _data_differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    files_before, files_now = ({file["sha256"]: file for file in record["files"]} for record in (before, now))
    for text, files, others in (
        ("only in the first", files_before, files_now),
        ("only in the second", files_now, files_before),
    ):
        for content, file in files.items():
            if content not in others:
                yield f"{file['name']} ({file['rows']:,} rows, SHA-256 {content[:12]}) is {text}."
    if before["rows"] != now["rows"]:
        yield f"The first has {before['rows']:,} rows, the second {now['rows']:,}."
    elif before["content"] != now["content"]:
        yield "The fingerprints of their rows differ: identities, weights, targets or inputs."


def _versions(run: Run) -> dict[str, Any]:
    settings = {
        key: value for key, value in run.read_json("environment.json").items() if key not in {"command", "started"}
    }
    return flat_settings(settings)
