"""The space of a search: a distribution for each key that varies, and the experiments that lie in it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netwright.config import Experiment, ParameterSection, SearchSection, value_at, with_values
from netwright.errors import ExperimentError, MissingExtraError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

__all__ = ["Space", "check_search", "space_of"]

_SOURCE = "search.parameters."
_SELECT = "training.select"
_CHANGES_LOSS = ("loss", "loss_weight", "importance", "balance", "protected")  # parts of the loss of a head
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
            path: value if self.section.parameters[path].choices is None else _label(value)
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
                value = next((_label(choice) for choice in choices if _same(self._filled(path, choice), value)), None)
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
        return value if choices is None else next(choice for choice in choices if _same(_label(choice), value))

    def _filled(self, path: str, choice: Any) -> Any:  # noqa: ANN401  # any value of a file
        """Return a choice as it stands in an experiment, with the defaults of a section."""
        if not isinstance(choice, Mapping):
            return choice
        return value_at(with_values(self.experiment, self._compared({path: choice}), source=_SOURCE + path), path)

    def _compared(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values of a trial, with the objective where a whole section `training` would have its default."""
        return {**values, _SELECT: self.objective} if "training" in values else dict(values)


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
    distributions = {path: _distribution(base, path, parameter) for path, parameter in section.parameters.items()}
    space = Space(base, section, base.training.select, distributions)
    if section.sampler == "grid":
        _check_grid(space)
    return space


def check_search(experiment: Experiment, section: SearchSection) -> Experiment:
    """Check every parameter of a search alone at its ends and choices; this needs no Optuna.

    Args:
        experiment: the experiment.
        section: its section search.

    Returns:
        The experiment of all trials: one network a fold, whose best epoch is chosen by the objective.

    Raises:
        ExperimentError: a key does not exist or may not vary, or refuses a value; the objective is not measured, or
            depends on what varies. All mistakes are told at once.
    """
    base = _base(experiment, section)
    mistakes = [line for path, parameter in section.parameters.items() for line in _mistakes(base, path, parameter)]
    mistakes += _loss_mistakes(base.training.select, section)
    if mistakes:
        msg = "\n  ".join([f"search: {len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}", *mistakes])
        raise ExperimentError(msg)
    return base


def _base(experiment: Experiment, section: SearchSection) -> Experiment:
    """Return the experiment of all trials: one network a fold, whose best epoch is chosen by the objective."""
    content = experiment.model_dump(mode="json", exclude_unset=True, exclude={"search", "ensemble", "cluster"})
    if section.objective is not None:
        content["training"] = {**content.get("training", {}), "select": section.objective}
    try:
        base = Experiment.model_validate(content)
    except ValueError as error:  # of pydantic: only the objective is new
        text = str(error).partition("Value error, ")[2].partition(" [type=")[0]
        raise ExperimentError(text.replace("training.select", "search.objective")) from error
    folds = section.folds
    if folds != "inherit" and not 1 <= folds <= _folds_of(base):
        count = _folds_of(base)
        how = f"Give 1 to {count}, or leave it out for all." if count > 1 else "Leave it out."
        msg = f"search.folds: the split has {count} fold{'s' if count > 1 else ''}, received {folds}. {how}"
        raise ExperimentError(msg)
    return base


def _folds_of(experiment: Experiment) -> int:
    return int(getattr(experiment.split, "folds", 1))


def _check_optuna() -> None:
    try:
        import optuna
    except ImportError as error:
        feature = "A search"
        raise MissingExtraError(feature, "search") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def _mistakes(base: Experiment, path: str, section: ParameterSection) -> Iterator[str]:
    """Yield what is wrong with the values of one parameter, each set alone."""
    try:
        value_at(base, path, option=_SOURCE)
    except ExperimentError as error:
        yield str(error)
        return
    if path == _SELECT or (path == "training" and any("select" in choice for choice in _sections(section))):
        yield f"{_SOURCE}{path}: trials chosen by different measures cannot be compared. Name one in search.objective"
        return
    if section.choices is not None:
        candidates = section.choices
    else:
        is_integer = _is_integer(base, path, section)
        candidates = [int(end) if is_integer else end for end in (section.low, section.high) if end is not None]
        if is_integer and any(end != int(end) for end in (section.low, section.high) if end is not None):
            yield f"{_SOURCE}{path}: is a whole number, and its range is not; received {section.low} to {section.high}"
            return
        if is_integer and section.step is not None and section.step != int(section.step):
            yield f"{_SOURCE}{path}.step: the key is a whole number, and its step is not; received {section.step:g}"
            return
    for value in candidates:
        try:
            with_values(base, {path: value}, source="")
        except ExperimentError as error:
            for line in str(error).splitlines()[1:]:
                yield f"{_SOURCE}{path}: {_label(value)} is refused: {line.strip()}"


def _sections(section: ParameterSection) -> list[Mapping[str, Any]]:
    """Return the choices that are whole sections."""
    return [choice for choice in section.choices or [] if isinstance(choice, Mapping)]


def _loss_mistakes(objective: str, section: SearchSection) -> Iterator[str]:
    """Yield what varies the loss itself, where the loss is the objective."""
    if objective != "loss":
        return
    for path in section.parameters:
        keys = path.split(".")
        if keys[0] == "targets" and any(key in _CHANGES_LOSS for key in keys[2:]):
            yield (
                f"{_SOURCE}{path}: changes the loss itself, so that trials cannot be compared by it. Name a metric, "
                "as objective: HEAD.roc_auc."
            )


def _distribution(base: Experiment, path: str, section: ParameterSection) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if section.choices is not None:
        return CategoricalDistribution([_label(choice) for choice in section.choices])
    low, high = section.low or 0.0, section.high or 0.0
    if _is_integer(base, path, section):
        step = int(section.step or 1)
        return IntDistribution(int(low), int(high) - (int(high) - int(low)) % step, log=section.log, step=step)
    if section.step is None:
        return FloatDistribution(low, high, log=section.log)
    steps = math.floor((high - low) / section.step + 1e-9)
    return FloatDistribution(low, low + steps * section.step, step=section.step)


def _is_integer(base: Experiment, path: str, section: ParameterSection) -> bool:
    """Return whether a key takes whole numbers: its value is one, and one that is not is refused."""
    value = value_at(base, path)
    if isinstance(value, bool) or not isinstance(value, int | None):
        return False
    try:
        with_values(base, {path: math.floor(section.low or 0.0) + 0.5}, source="")
    except ExperimentError as error:
        return "integer" in str(error)
    return False


def _check_grid(space: Space) -> None:
    points = math.prod(len(values) for values in space.grid().values())
    if points > _MAX_GRID:
        days = points * 10 / 86400
        msg = (
            f"search.sampler: the grid has {points:,} points, at most {_MAX_GRID:,} are allowed: at 10 s a "
            f"training it would take {days:,.0f} days. Give fewer values (grid, step, choices), or take sampler: tpe."
        )
        raise ExperimentError(msg)


def _label(value: Any) -> Any:  # noqa: ANN401  # any value of a file
    """Return what stands for a choice in the study: numbers and texts themselves, and others as JSON."""
    return value if value is None or isinstance(value, bool | int | float | str) else json.dumps(value)


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
