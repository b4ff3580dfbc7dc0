"""What proposes the next trials: Optuna's samplers, and one by our Gaussian process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from netwright.searching.gaussian_process import GaussianProcess, fit_process
from netwright.searching.outcome import outcome_of

if TYPE_CHECKING:
    from optuna.study import Study

    from netwright.searching.space import Space

__all__ = ["GaussianProcessSampler", "make_sampler"]

_RANDOM_FIRST = 10  # trials before a sampler has anything to learn from
_MAX_FITTED = 200  # the cost of a process grows with the cube of the number of trials


class GaussianProcessSampler(BaseSampler):
    """Proposes the point with the largest expected improvement of a Gaussian process.

    Trials that run count with what the process predicts of them, so that several are proposed at once.

    Args:
        distributions: of each parameter.
        seed: of all random numbers.
    """

    def __init__(self, distributions: Mapping[str, BaseDistribution], seed: int) -> None:
        self.distributions, self.seed = distributions, seed
        self.generator = np.random.default_rng(seed)
        self.random = RandomSampler(seed)
        self._fitted: tuple[int, GaussianProcess] | None = None  # to so many trials

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return the distributions: all parameters are proposed together.

        Args:
            study: not used.
            trial: not used.

        Returns:
            The distributions.
        """
        del study, trial
        return dict(self.distributions)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Propose the parameters of a trial.

        Args:
            study: with all trials so far.
            trial: not used.
            search_space: not used.

        Returns:
            The parameters; none before there are enough trials, which leaves them to chance.
        """
        del trial, search_space
        points, costs = observed(study)
        if len(points) < _RANDOM_FIRST:
            return {}
        if self._fitted is None or self._fitted[0] != len(points):
            self._fitted = len(points), fit_process(self.distributions, points, costs, self.seed)
        process = self._fitted[1]
        trials = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        names = self.distributions.keys()
        running = [trial.params for trial in trials if trial.params and trial.params.keys() == names]
        if running:
            believed, _ = process.predict(running)
            costs += believed.tolist()
            process = fit_process(self.distributions, [*points, *running], costs, self.seed, like=process)
        return process.next_point(self.generator)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:  # noqa: ANN401  # of Optuna
        """Draw a parameter at random.

        Args:
            study: with all trials so far.
            trial: the trial.
            param_name: name of the parameter.
            param_distribution: its distribution.

        Returns:
            The value.
        """
        return self.random.sample_independent(study, trial, param_name, param_distribution)


def observed(study: Study) -> tuple[list[dict[str, Any]], list[float]]:
    """Return the parameters and costs of the trials that came to a value, pruned ones included.

    Args:
        study: with the trials.

    Returns:
        Parameters, and costs: values with the sign that makes lower better.
    """
    sign = 1.0 if study.direction == StudyDirection.MINIMIZE else -1.0
    points, costs = [], []
    for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED)):
        value = trial.value if trial.state == TrialState.COMPLETE else outcome_of(trial).get("last_value")
        if value is not None and np.isfinite(value):
            points.append(trial.params)
            costs.append(sign * value)
    return points, costs


def make_sampler(space: Space, batch: int, trials: int) -> BaseSampler:
    """Make the sampler of a batch; the same batch after the same trials is proposed the same trials.

    Args:
        space: what is searched, and by what; the points of a grid are given, and need no sampler.
        batch: number of the batch.
        trials: proposed before.

    Returns:
        The sampler.
    """
    seed = int(np.random.SeedSequence([space.section.seed, batch]).generate_state(1)[0])
    if space.section.sampler not in ("tpe", "gp"):
        return RandomSampler(seed)
    if space.section.sampler == "gp" and trials <= _MAX_FITTED:
        return GaussianProcessSampler(space.distributions, seed)
    return TPESampler(seed=seed, n_startup_trials=_RANDOM_FIRST, multivariate=True, constant_liar=True)
