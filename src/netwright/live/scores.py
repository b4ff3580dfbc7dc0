"""Scores of networks: ROC curve and discriminant of a run by epoch and at the end, small enough for a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from netwright.errors import NetwrightError
from netwright.evaluation import score_names
from netwright.lab import SEPARATION_ARRAYS, open_run, separation_content
from netwright.live.following import LinesFollower
from netwright.live.thinning import thinned
from netwright.metrics import class_separation
from netwright.tasks import task_of

__all__ = ["epoch_scores", "final_scores"]

_POINTS = 300
_MAX_PROBES = 60


def final_scores(path: Path) -> list[dict[str, Any]]:
    """Return ROC curves and discriminants of the heads of a run that tell classes apart, on validation and test rows.

    Args:
        path: the run directory.

    Returns:
        One dictionary per head and part; none where the run has not been evaluated or cannot be read.
    """
    try:
        return list(_heads(path))
    except NetwrightError:
        return []


def epoch_scores(path: Path) -> list[dict[str, Any]]:
    """Return what the members of a run said of validation rows at the end of epochs.

    Args:
        path: the run directory; it may be in training.

    Returns:
        One dictionary per member, head and look, as those of `final_scores` with ``epoch`` and, of several members,
        ``member`` (from 0); of at most 60 looks of all members together, and at least two of each. What cannot be
        read is left out.
    """
    _, lines = LinesFollower(path / "separation.jsonl").read()
    by_member: dict[int, dict[int, Mapping[str, Any]]] = {}
    for record in lines:
        if isinstance(record.get("member"), int) and isinstance(record.get("epoch"), int):
            by_member.setdefault(record["member"], {})[record["epoch"]] = record
    several = len(by_member) > 1
    most = max(2, _MAX_PROBES // max(1, len(by_member)))
    return [
        {
            "head": head,
            "part": "valid",
            "epoch": kept_record["epoch"],
            **({"member": member} if several else {}),
            **separation,
        }
        for member, by_epoch in sorted(by_member.items())
        for kept_record in thinned([by_epoch[epoch] for epoch in sorted(by_epoch)], most)
        for head, separation in (kept_record["heads"].items() if isinstance(kept_record.get("heads"), Mapping) else ())
        if isinstance(separation, Mapping) and all(isinstance(separation.get(name), list) for name in SEPARATION_ARRAYS)
    ]


def _heads(path: Path) -> Iterator[dict[str, Any]]:
    run = open_run(path)
    for head, target in run.experiment.targets.items():
        signal_score = task_of(target).signal_score
        if signal_score is None:
            continue
        for part in ("valid", "test"):
            names = score_names(head, target)
            rows = (pc.field("split") == part) & pc.field(f"{head}_true").is_valid()
            table = run.predictions([*names, f"{head}_true", "weight"], rows)
            outputs = [np.asarray(table[name].to_numpy(), np.float64) for name in names]
            scores = signal_score(target, outputs[0] if len(outputs) == 1 else np.stack(outputs, 1))
            is_signal = table[f"{head}_true"].to_numpy() == list(target.labels).index(target.signal_name)
            separation = class_separation(is_signal, scores, table["weight"].to_numpy(), points=_POINTS)
            yield {"head": head, "part": part, **separation_content(separation)}
