"""How much each parameter of a search matters for the objective, with the uncertainty of so few trials."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from optuna import Study

__all__ = ["importances"]

_MIN_TRIALS = 10  # trials
_REPEATS = 10
_MIN_KNOWN = 2  # repetitions, for a deviation
_TREES = 32


def importances(study: Study, seed: int) -> Mapping[str, tuple[float, float]]:
    """Return the share of the objective's variance that each parameter explains alone.

    The mean and standard deviation are those over repetitions with trials drawn with replacement.

    Args:
        study: with the trials; only complete ones count.
        seed: of the drawing and of the forest.

    Returns:
        By parameter the importance and its uncertainty, the most important first; all add up to 1. Empty for fewer than
        10 trials, or where nearly all have the same value.

    Source: fANOVA, F. Hutter, H. Hoos, K. Leyton-Brown, ICML 2014; `optuna.importance`.
    """
    import optuna
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances
    from optuna.trial import TrialState

    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(trials) < _MIN_TRIALS or len({trial.value for trial in trials}) == 1:
        return {}
    names = list(trials[0].params)
    generator = np.random.default_rng(seed)
    shares_of_draws: dict[str, list[float]] = {name: [] for name in names}
    for repeat in range(_REPEATS):
        drawn = optuna.create_study(direction=study.direction)
        drawn.add_trials([trials[index] for index in generator.integers(len(trials), size=len(trials)).tolist()])
        evaluator = FanovaImportanceEvaluator(n_trees=_TREES, seed=seed + repeat)
        with suppress(RuntimeError):  # of Optuna: all trials that were drawn have one value
            shares = get_param_importances(drawn, evaluator=evaluator)
            for name in names:
                shares_of_draws[name].append(shares.get(name, 0.0))
    if any(len(values) < _MIN_KNOWN for values in shares_of_draws.values()):
        return {}
    summary = {
        name: (float(np.mean(values)), float(np.std(values, ddof=1))) for name, values in shares_of_draws.items()
    }
    return dict(sorted(summary.items(), key=lambda pair: -pair[1][0]))
