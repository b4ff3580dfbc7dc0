"""What networks say at the end: ROC curve and discriminant of a run, small enough for a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from netwright.errors import NetwrightError
from netwright.evaluation import score_names
from netwright.lab import open_run
from netwright.metrics import roc_curve
from netwright.tasks import task_of

__all__ = ["final_scores"]

_POINTS = 300
_BINS = 40


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
            said = [np.asarray(table[name].to_numpy(), np.float64) for name in names]
            scores = signal_score(target, said[0] if len(said) == 1 else np.stack(said, 1))
            is_signal = table[f"{head}_true"].to_numpy() == list(target.labels).index(target.signal_name)
            weights = np.asarray(table["weight"].to_numpy(), np.float64)
            curve = roc_curve(is_signal, scores, weights)
            keep = np.unique(np.linspace(0, len(curve.signal_efficiency) - 1, _POINTS).astype(int))
            edges = np.linspace(*_range(scores), _BINS + 1)
            yield {
                "head": head,
                "part": part,
                "auc": str(curve.auc),
                "signal": str(target.signal_name),
                "signal_efficiency": _rounded(curve.signal_efficiency[keep]),
                "background_efficiency": _rounded(curve.background_efficiency[keep]),
                "edges": _rounded(edges),
                "densities": [
                    _rounded(_density(scores[chosen], weights[chosen], edges)) for chosen in (is_signal, ~is_signal)
                ],
            }


def _range(scores: np.ndarray[Any, Any]) -> tuple[float, float]:
    low, high = float(scores.min()), float(scores.max())
    return (0.0, 1.0) if low >= 0 and high <= 1 else (low, high if high > low else low + 1)


def _density(scores: np.ndarray[Any, Any], weights: np.ndarray[Any, Any], edges: np.ndarray[Any, Any]) -> Any:  # noqa: ANN401
    counts, _ = np.histogram(scores, edges, weights=weights)
    area = counts.sum() * (edges[1] - edges[0])
    return counts / area if area > 0 else np.zeros_like(counts)


def _rounded(values: np.ndarray[Any, Any]) -> list[float]:
    return [float(f"{value:.5g}") for value in values]
