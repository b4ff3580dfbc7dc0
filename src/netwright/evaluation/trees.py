"""A boosted tree on the rows of a run: what a network has to beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.config import Experiment, Target
from netwright.cpu_count import free_cpus
from netwright.data import Division, Rows
from netwright.errors import MissingExtraError
from netwright.evaluation.tree_table import check_inputs, table_of_rows
from netwright.progress import Progress, silent
from netwright.tasks import QUANTILE_LEVELS, QuantilesTarget, task_of
from netwright.training import head_weights

__all__ = ["TreeScores", "check_trees", "tree_scores"]

Floats = npt.NDArray[np.float64]

_SEED = 0


@dataclass(frozen=True)
class TreeScores:
    """Scores of boosted trees.

    Attributes:
        scores: shape (n,), or (n, outputs) for several classes or quantiles; probabilities, or values in the
            target's unit.
        left_out: training rows of negative weight, which boosting does not know, over all folds.
    """

    scores: Floats
    left_out: int


def check_trees(experiment: Experiment) -> None:
    """Refuse to compare with trees before any row is read, where there are none or they cannot take the inputs.

    Args:
        experiment: defines the inputs.

    Raises:
        MissingExtraError: scikit-learn is not installed.
        DataError: an input has more than a few particles.
    """
    _ensembles()
    check_inputs(experiment)


def tree_scores(
    experiment: Experiment,
    rows: Rows,
    division: Division,
    numbers: npt.NDArray[np.integer],
    *,
    progress: Progress = silent,
) -> dict[str, TreeScores]:
    """Train boosted trees on all rows of each fold but its test rows, and score those.

    The trees are HistGradientBoosting of scikit-learn with its defaults, one for each head and fold, and for each
    quantile of a head that has several. They are given the validation rows too, by which the network chooses its
    epoch. Weights are those of the network's loss: event weights times balance. Rows of negative weight are left out
    of the training. A row that is a test row of several folds has the mean of their scores.

    Args:
        experiment: defines inputs and heads; `check_trees` accepts it.
        rows: all rows.
        division: the folds.
        numbers: test rows, shape (n,).
        progress: callback for progress updates.

    Returns:
        Scores by head.

    Raises:
        MissingExtraError: scikit-learn is not installed.

    Source: J. H. Friedman, Ann. Statist. 29 (2001) 1189 (gradient boosting), with histograms as in LightGBM.
    """
    table = table_of_rows(rows, experiment)
    outputs = {head: _Sum(len(numbers)) for head in experiment.targets}
    with _free_threads():
        for fold in range(division.folds):
            split = division.split(fold)
            fitted = np.concatenate([split.train, split.valid])
            weights = head_weights(rows, fitted, experiment.targets)
            is_test = np.isin(numbers, split.test)
            for head, sums in outputs.items():
                truth = rows.heads[head]
                counted = fitted[truth.counts[fitted]]
                positive = counted[weights[head][counted] > 0]
                sums.left_out += int((weights[head][counted] < 0).sum())
                target = experiment.targets[head]
                training = table[positive], truth.truth[positive], weights[head][positive].astype(np.float64)
                sums.add(is_test, _scores(training, table[numbers[is_test]], target))
            progress("Trees", fold + 1, division.folds, "folds")
    return {head: TreeScores(sums.mean(), sums.left_out) for head, sums in outputs.items()}


def _scores(training: tuple[Floats, npt.NDArray[Any], Floats], x: Floats, target: Target) -> Floats:
    """Return the scores of rows by trees that are fitted to inputs, truth and weights; a column for each quantile."""
    classes = len(target.labels)
    if isinstance(target, QuantilesTarget):
        by_level = [_outputs(_fitted(*training, classes, level), x, target) for level in QUANTILE_LEVELS]
        return np.stack(by_level, axis=1)
    return _outputs(_fitted(*training, classes), x, target)


def _fitted(x: Floats, truth: npt.NDArray[Any], weights: Floats, classes: int, quantile: float | None = None) -> Any:  # noqa: ANN401  # untyped
    """Return trees that tell classes apart, estimate the mean, or a quantile by its pinball loss."""
    ensemble = _ensembles()
    kind = ensemble.HistGradientBoostingClassifier if classes else ensemble.HistGradientBoostingRegressor
    options = {} if quantile is None else {"loss": "quantile", "quantile": quantile}
    return kind(random_state=_SEED, **options).fit(x, truth, sample_weight=weights)


def _free_threads() -> Any:  # noqa: ANN401  # untyped
    """Return what limits OpenMP to the CPUs that are free: where others use them, its threads wait for each other."""
    from threadpoolctl import threadpool_limits

    _ensembles()  # whose OpenMP is limited
    return threadpool_limits(limits=free_cpus(), user_api="openmp")


def _ensembles() -> Any:  # noqa: ANN401  # untyped
    """Return scikit-learn's trees."""
    try:
        from sklearn import ensemble
    except ImportError as error:
        what = "A boosted tree"
        raise MissingExtraError(what, "trees") from error
    return ensemble


def _outputs(fitted: Any, x: Floats, target: Target) -> Floats:  # noqa: ANN401  # untyped
    """Return values (n,), the probability of the second class for a binary head (n,), or of all (n, classes)."""
    if not target.labels:
        return np.asarray(fitted.predict(x), dtype=np.float64)
    probabilities = np.zeros((len(x), len(target.labels)))
    probabilities[:, np.asarray(fitted.classes_, dtype=np.intp)] = fitted.predict_proba(x)
    return probabilities[:, 1] if task_of(target).output(target).units == 1 else probabilities


class _Sum:
    """The sum of scores over the folds in which a row is a test row."""

    def __init__(self, rows: int) -> None:
        self.total: Floats | None = None
        self.folds, self.left_out = np.zeros(rows), 0

    def add(self, mask: npt.NDArray[np.bool_], scores: Floats) -> None:
        """Add the scores of the rows that a mask marks."""
        if self.total is None:
            self.total = np.zeros((len(mask), *scores.shape[1:]))
        self.total[mask] += scores
        self.folds += mask

    def mean(self) -> Floats:
        """Return the mean over folds, shape (rows,) or (rows, classes)."""
        total = np.zeros(0) if self.total is None else self.total
        return total / self.folds.reshape(-1, *[1] * (total.ndim - 1))
