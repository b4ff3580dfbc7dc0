"""A trained network against another model on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from netwright.config import Experiment
from netwright.data import Rows
from netwright.evaluation import (
    Comparison,
    PartScores,
    check_trees,
    compare_scores,
    evaluate_by_part,
    measured_content,
    tree_scores,
)
from netwright.lab import Run, open_run
from netwright.progress import Progress, silent
from netwright.readers import Files
from netwright.reporting import report_run
from netwright.strict_json import write_json
from netwright.tasks import task_of
from netwright.workflow._run_data import load_unchanged
from netwright.workflow.findings.of_run import record_findings
from netwright.workflow.findings.trees import AGAINST_TREES

__all__ = ["AgainstTrees", "evaluate_against_trees"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AgainstTrees:
    """A network beside boosted trees that were trained on the same rows.

    Attributes:
        heads: by head, the comparison of network (one) and trees (other), or None where the test rows give no value.
        left_out: by head, training rows of negative weight that the trees were not given.
        rows: number of test rows.
        path: the file with the numbers.
        report: the run's report, which says who is better.
    """

    heads: Mapping[str, Comparison | None]
    left_out: Mapping[str, int]
    rows: int
    path: Path
    report: Path | None = None

    def verdict(self, head: str) -> str:
        """Say who is better.

        Args:
            head: name of the head.

        Returns:
            A sentence with both values and the uncertainty of their difference.
        """
        comparison = self.heads[head]
        if comparison is None:
            return f"{head}: the {self.rows:,} test rows give no value to compare by."
        gain = comparison.gain
        numbers = f"{comparison.metric} of {comparison.one:.4g} against {comparison.other:.4g} of the trees"
        difference = f"difference {gain.value:+.2g} ± {gain.uncertainty:.2g}, paired"
        if comparison.better == "neither":
            return f"{head}: network and trees are level within 2 standard deviations: {numbers} ({difference})."
        winner = "the network is" if comparison.better == "one" else "the trees are"
        by = f", by {abs(gain.value) / gain.uncertainty:.1f} standard deviations" if gain.uncertainty > 0 else ""
        return f"{head}: {winner} better{by}: {numbers} ({difference})."


def evaluate_against_trees(
    run: Run | str | Path, *, own_files: Files | None = None, trust: bool = False, progress: Progress = silent
) -> AgainstTrees:
    """Train boosted trees on the rows of a run, and compare them with its network on its test rows.

    The trees are scikit-learn's HistGradientBoosting with its defaults, with the weights of the network's loss, on
    training and validation rows: all that the network had. The
    first headline of each head is compared (the area under the ROC curve, the resolution), with the uncertainty of the
    paired difference. The numbers are also written into the run, as ``against-trees.json``, and into its report.

    Args:
        run: the run.
        own_files: current location of the run's own files, if they have moved.
        trust: trust the modules of custom layers, on this machine from now on.
        progress: callback for progress updates.

    Returns:
        The comparison.

    Raises:
        RunError: the data is not what it was when the network was trained.
        DataError: an input has four-vectors alone, or more than a few particles.
        MissingExtraError: scikit-learn is not installed.

    Example:
        >>> import netwright as nw
        >>> nw.evaluate_against_trees("runs/events").verdict("is_signal")  # doctest: +SKIP
        'is_signal: the network is better, by 3.1 standard deviations: roc_auc of 0.942 against 0.938 of the trees ...'
    """
    run = open_run(run, trust=trust, write=True)
    check_trees(run.experiment)
    otherwise = "train it again: the trees learn from the same rows as the network"
    data = load_unchanged(run, own_files, progress, otherwise=otherwise)
    experiment, rows, members = run.experiment, data.rows, run.experiment.ensemble.members
    test = evaluate_by_part(run.model, rows, data.division, members, progress=progress)["test"]
    trees = tree_scores(experiment, rows, data.division, test.numbers, progress=progress)
    heads = {
        head: _compared(experiment, rows, test, head, trees[head].scores)
        for head in experiment.targets
        if task_of(experiment.targets[head]).headlines
    }
    left_out = {head: trees[head].left_out for head in heads}
    compared = AgainstTrees(heads, left_out, len(test.numbers), run.path / AGAINST_TREES)
    write_json(compared.path, {head: _content(one, compared.verdict(head)) for head, one in heads.items()})
    record_findings(run)
    return replace(compared, report=report_run(run))


def _compared(experiment: Experiment, rows: Rows, test: PartScores, head: str, scores: Floats) -> Comparison | None:
    truth = rows.heads[head].take(test.numbers)
    counts = truth.counts
    return compare_scores(
        experiment.targets[head],
        truth.truth[counts],
        test.scores.heads[head][counts],
        scores[counts],
        rows.weights[test.numbers][counts],
        seed=experiment.training.seed,
    )


def _content(comparison: Comparison | None, verdict: str) -> dict[str, object] | None:
    if comparison is None:
        return None
    better = {"one": "network", "other": "trees", "neither": "neither"}[comparison.better]
    return {
        "metric": comparison.metric,
        "network": comparison.one,
        "trees": comparison.other,
        "gain": measured_content(comparison.gain),
        "better": better,
        "verdict": verdict,
    }
