"""The space of a search: a distribution for each key that varies, and the experiments that lie in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netwright.config import Experiment, SearchSection, value_at, with_values
from netwright.errors import ExperimentError, MissingExtraError
from netwright.searching.check import check_search
from netwright.searching.parameter import distribution_of, label_of

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

__all__ = ["Space", "space_of"]

_MAX_GRID = 10_000


@dataclass(frozen=True)
class Space:
    """The space of a search.

    Attributes:
        experiment: the experiment at whose other keys all trials are, without its sections search and ensemble.
        section: the section search.
        objective: what is optimised on validation rows, as in ``training.select``.
        distributions: of each key, by its path; choices that are lists or mappings are written as JSON.
    """

    experiment: Experiment
    section: SearchSection
    objective: str
    distributions: Mapping[str, BaseDistribution]

    def values(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of keys that parameters of a trial stand for.

        Args:
            parameters: of a trial, by path; of choices what stands for them.

        Returns:
            By path, the value.
        """
        return {path: self._value(path, value) for path, value in parameters.items()}

    def parameters(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what stands for values in a study, as the inverse of `values`.

        Args:
            values: by path, the value of each key.

        Returns:
            The parameters.
        """
        return {
            path: value if self.section.parameters[path].choices is None else label_of(value)
            for path, value in values.items()
        }

    def trial(self, parameters: Mapping[str, Any], number: int) -> Experiment:
        """Return the experiment of a trial.

        Args:
            parameters: of the trial.
            number: of the trial, for messages.

        Returns:
            The experiment.

        Raises:
            ExperimentError: the values do not go together.
        """
        return with_values(self.experiment, self._compared(self.values(parameters)), source=f"trial {number}")

    def own_parameters(self) -> dict[str, Any] | None:
        """Return the parameters of the experiment's own values; None where one of them lies outside of the space."""
        values = {}
        for path, distribution in self.distributions.items():
            value = value_at(self.experiment, path)
            choices = self.section.parameters[path].choices
            if choices is not None:
                value = next((label_of(choice) for choice in choices if _same(self._filled(path, choice), value)), None)
            if not _contains(distribution, value):
                return None
            values[path] = value
        return values

    def grid(self) -> dict[str, list[Any]]:
        """Return the values of each parameter on the grid.

        Returns:
            By path, parameters in ascending order.
        """
        import numpy as np
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        values: dict[str, list[Any]] = {}
        for path, distribution in self.distributions.items():
            if isinstance(distribution, CategoricalDistribution):
                values[path] = list(distribution.choices)
                continue
            if not isinstance(distribution, FloatDistribution | IntDistribution):
                continue
            step = self.section.parameters[path].step
            if step is not None:
                between = distribution.low + step * np.arange(
                    math.floor((distribution.high - distribution.low) / step + 1e-9) + 1
                )
            else:
                between = (np.geomspace if distribution.log else np.linspace)(
                    distribution.low, distribution.high, self.section.grid
                )
            is_integer = isinstance(distribution, IntDistribution)
            values[path] = sorted({round(x) if is_integer else float(f"{x:.12g}") for x in between.tolist()})
        return values

    def _value(self, path: str, value: Any) -> Any:  # noqa: ANN401  # any value of a file
        choices = self.section.parameters[path].choices
        return value if choices is None else next(choice for choice in choices if _same(label_of(choice), value))

    def _filled(self, path: str, choice: Any) -> Any:  # noqa: ANN401  # any value of a file
        """Return a choice as it stands in an experiment, with the defaults of a section."""
        if not isinstance(choice, Mapping):
            return choice
        return value_at(
            with_values(self.experiment, self._compared({path: choice}), source=f"search.parameters.{path}"), path
        )

    def _compared(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values of a trial, with the objective where a whole section `training` would have its default."""
        return {**values, "training.select": self.objective} if "training" in values else dict(values)


def space_of(experiment: Experiment) -> Space:
    """Make the space of a search, and check every parameter of it alone at its ends and choices.

    Args:
        experiment: with a section search.

    Returns:
        The space.

    Raises:
        ExperimentError: there is no such section; a key does not exist or may not vary, or refuses a value; the
            objective is not measured, or depends on what varies; a grid is too large. All mistakes are told at once.
        MissingExtraError: Optuna is not installed.
    """
    section = experiment.search
    if section is None:
        msg = (
            "The experiment has no section search, which says what varies. Propose one with: netwright init FILES "
            "--target NAME --search"
        )
        raise ExperimentError(msg)
    _check_optuna()
    base = check_search(experiment, section)
    distributions = {path: distribution_of(base, path, parameter) for path, parameter in section.parameters.items()}
    space = Space(base, section, base.training.select, distributions)
    if section.sampler == "grid":
        _check_grid(space)
    return space


def _check_optuna() -> None:
    try:
        import optuna
    except ImportError as error:
        feature = "A search"
        raise MissingExtraError(feature, "search") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def _check_grid(space: Space) -> None:
    points = math.prod(len(values) for values in space.grid().values())
    if points > _MAX_GRID:
        days = points * 10 / 86400
        msg = (
            f"search.sampler: the grid has {points:,} points, at most {_MAX_GRID:,} are allowed: at 10 s a "
            f"training it would take {days:,.0f} days. Give fewer values (grid, step, choices), or take sampler: tpe."
        )
        raise ExperimentError(msg)


def _same(left: Any, right: Any) -> bool:  # noqa: ANN401  # any value of a file
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def _contains(distribution: BaseDistribution, value: Any) -> bool:  # noqa: ANN401  # any value of a file
    from optuna.distributions import CategoricalDistribution

    if isinstance(distribution, CategoricalDistribution):
        return value in distribution.choices
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if not getattr(distribution, "low", value) <= value <= getattr(distribution, "high", value):
        return False
    return distribution._contains(distribution.to_internal_repr(value))  # noqa: SLF001  # Optuna has no public one
