"""A Gaussian process over the space of a search: what it predicts, how sure it is, and where it would look next."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from netwright.blas_threads import one_blas_thread
from netwright.errors import MissingExtraError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from sklearn.gaussian_process import GaussianProcessRegressor

__all__ = ["GaussianProcess", "Plane", "Slice", "fit_process"]

Floats = npt.NDArray[np.float64]

_CANDIDATES = 2000  # drawn at random; and so many around the best
_AROUND = 500
_WIDTH = 0.05  # of those around the best, in units of a range
_STAYS = 0.8  # probability that one of them has the choice of the best
_STEPS = 60  # of a slice
_STEPS_OF_PLANE = 25  # along each side


@dataclass(frozen=True)
class Slice:
    """What a process predicts along one parameter, with the others at their best values.

    Attributes:
        name: of the parameter.
        values: of the parameter, shape (k,); numbers, or choices.
        mean: predicted objective, shape (k,).
        sigma: its standard deviation, without the noise of a trial, shape (k,).
    """

    name: str
    values: Sequence[Any]
    mean: Floats
    sigma: Floats


@dataclass(frozen=True)
class Plane:
    """What a process predicts along two parameters, with the others at their best values.

    Attributes:
        names: of the parameters, that along x first.
        x: values of the first, shape (m,); numbers, or choices.
        y: values of the second, shape (n,).
        mean: predicted objective, shape (n, m).
        sigma: its standard deviation, without the noise of a trial, shape (n, m).
    """

    names: tuple[str, str]
    x: Sequence[Any]
    y: Sequence[Any]
    mean: Floats
    sigma: Floats


@dataclass(frozen=True)
class GaussianProcess:
    """A Gaussian process fitted to the costs of trials.

    Attributes:
        distributions: of each parameter.
        regressor: predicts costs of points of the unit cube; see `encoded`.
        best: parameters of the trial with the lowest cost.
        lowest: predicted cost there.
    """

    distributions: Mapping[str, BaseDistribution]
    regressor: GaussianProcessRegressor
    best: Mapping[str, Any]
    lowest: float

    def predict(self, points: Sequence[Mapping[str, Any]]) -> tuple[Floats, Floats]:
        """Predict the costs of points.

        Args:
            points: parameters.

        Returns:
            Mean and standard deviation of the cost without the noise of a trial, each of shape (points,).
        """
        return self._predict_at(encoded(self.distributions, points))

    def next_point(self, generator: np.random.Generator) -> dict[str, Any]:
        """Return the point with the largest expected improvement among random ones and neighbours of the best.

        Args:
            generator: of random numbers.

        Returns:
            Parameters.
        """
        drawn = {
            name: _drawn(distribution, self.best[name], generator) for name, distribution in self.distributions.items()
        }
        best = int(np.argmax(self._expected_improvement_at(_coordinates(self.distributions, drawn))))
        return {
            name: distribution.to_external_repr(drawn[name][best].item())
            for name, distribution in self.distributions.items()
        }

    def _predict_at(self, x: Floats) -> tuple[Floats, Floats]:
        with one_blas_thread():
            mean, sigma = self.regressor.predict(x, return_std=True)
        noise = self.regressor.kernel_.k2.noise_level * self.regressor._y_train_std**2  # noqa: SLF001  # no public one
        return np.asarray(mean), np.sqrt(np.maximum(np.asarray(sigma) ** 2 - noise, 0.0))

    def _expected_improvement_at(self, x: Floats) -> Floats:
        """Return the expected improvement on the lowest predicted cost, σ (z Φ(z) + φ(z)) with z = (lowest - μ) / σ.

        Source: D. R. Jones, M. Schonlau, W. J. Welch, J. Global Optim. 13 (1998) 455, equation 15.
        """
        from scipy.stats import norm

        mean, sigma = self._predict_at(x)
        safe = np.maximum(sigma, 1e-12)
        z = (self.lowest - mean) / safe
        return np.asarray(safe * (z * norm.cdf(z) + norm.pdf(z)))

    def slices(self) -> list[Slice]:
        """Return what is predicted along each parameter, the others being those of the best trial."""
        along_each = []
        for name, distribution in self.distributions.items():
            values = _along(distribution, _STEPS)
            mean, sigma = self.predict([{**self.best, name: value} for value in values])
            along_each.append(Slice(name, values, mean, sigma))
        return along_each

    def planes(self, count: int) -> list[Plane]:
        """Return what is predicted along each pair of the parameters that change the prediction most, taken alone.

        Args:
            count: of these parameters.

        Returns:
            Planes, that of the two most important parameters first.
        """
        by_change = sorted(self.slices(), key=lambda along: float(along.mean.min() - along.mean.max()))
        return [self._plane(*names) for names in itertools.combinations([along.name for along in by_change[:count]], 2)]

    def _plane(self, first: str, second: str) -> Plane:
        x, y = (_along(self.distributions[name], _STEPS_OF_PLANE) for name in (first, second))
        points = [{**self.best, first: x_value, second: y_value} for y_value in y for x_value in x]
        mean, sigma = (values.reshape(len(y), len(x)) for values in self.predict(points))
        return Plane((first, second), x, y, mean, sigma)


def fit_process(
    distributions: Mapping[str, BaseDistribution],
    points: Sequence[Mapping[str, Any]],
    costs: Sequence[float],
    seed: int,
    *,
    like: GaussianProcess | None = None,
) -> GaussianProcess:
    """Fit a Gaussian process, with a Matérn kernel of its own length for every parameter and noise.

    Costs far above the median are cut there, so that a training that went wrong does not set the scale.

    Args:
        distributions: of each parameter.
        points: parameters of trials.
        costs: of these trials, finite; lower is better.
        seed: of the search for kernel parameters.
        like: a process whose kernel is taken as it is, which costs a hundredth of searching for one.

    Returns:
        The process.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    try:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
    except ImportError as error:
        feature = "A Gaussian process"
        raise MissingExtraError(feature, "search") from error
    x, y = encoded(distributions, points), np.asarray(costs, np.float64)
    y = np.minimum(y, np.median(y) + 3 * (np.median(y) - y.min()) + 1e-12)
    lengths = np.full(x.shape[1], 0.5)
    kernel = ConstantKernel(1.0, (1e-2, 1e2)) * Matern(lengths, (0.05, 20.0), nu=2.5) + WhiteKernel(1e-2, (1e-6, 1.0))
    regressor = (
        GaussianProcessRegressor(kernel, normalize_y=True, n_restarts_optimizer=1, random_state=seed)
        if like is None
        else GaussianProcessRegressor(like.regressor.kernel_, optimizer=None, normalize_y=True)
    )
    with warnings.catch_warnings(), one_blas_thread():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a length at its bound: the parameter does not matter
        regressor.fit(x, y)
    best = dict(points[int(np.argmin(y))])
    process = GaussianProcess(distributions, regressor, best, 0.0)
    return GaussianProcess(distributions, regressor, best, float(process.predict([best])[0][0]))


def encoded(distributions: Mapping[str, BaseDistribution], points: Sequence[Mapping[str, Any]]) -> Floats:
    """Return points of a space as points of the unit cube; a choice has one coordinate for each value.

    Args:
        distributions: of each parameter.
        points: parameters.

    Returns:
        Coordinates, shape (points, n), dimensionless.
    """
    columns = {
        name: np.array([distribution.to_internal_repr(point[name]) for point in points], np.float64)
        for name, distribution in distributions.items()
    }
    return _coordinates(distributions, columns)


def _coordinates(distributions: Mapping[str, BaseDistribution], columns: Mapping[str, Floats]) -> Floats:
    """Return coordinates in the unit cube of numbers, and of choices as their places among the choices."""
    coordinates: list[Floats] = []
    for name, distribution in distributions.items():
        if hasattr(distribution, "choices"):
            coordinates += [(columns[name] == choice) / math.sqrt(2) for choice in range(len(distribution.choices))]
        else:
            coordinates.append(_to_unit(distribution, columns[name]))
    return np.stack(coordinates, axis=1)


def _to_unit(distribution: Any, values: Floats | float) -> Floats:  # noqa: ANN401  # of two classes of Optuna
    if distribution.high == distribution.low:
        return np.zeros(np.shape(values))
    if distribution.log:
        return np.asarray(np.log(values / distribution.low) / math.log(distribution.high / distribution.low))
    return np.asarray((values - distribution.low) / (distribution.high - distribution.low))


def _from_unit(distribution: Any, u: Floats) -> Floats:  # noqa: ANN401  # of two classes of Optuna
    u = np.clip(u, 0.0, 1.0)
    values = (
        distribution.low * (distribution.high / distribution.low) ** u
        if distribution.log
        else distribution.low + u * (distribution.high - distribution.low)
    )
    if distribution.step is not None:
        values = distribution.low + np.round((values - distribution.low) / distribution.step) * distribution.step
    values = np.clip(values, distribution.low, distribution.high)
    return np.asarray(np.round(values) if isinstance(distribution.low, int) else values)


def _drawn(
    distribution: BaseDistribution,
    best: Any,  # noqa: ANN401  # of any type
    generator: np.random.Generator,
) -> Floats:
    """Draw values at random, and neighbours of the best one; choices as their places."""
    best = distribution.to_internal_repr(best)
    if hasattr(distribution, "choices"):
        values = generator.integers(len(distribution.choices), size=_CANDIDATES + _AROUND).astype(np.float64)
        stays = generator.random(_AROUND) < _STAYS
        values[_CANDIDATES:][stays] = best
        return values
    near = _to_unit(distribution, best) + generator.normal(0, _WIDTH, _AROUND)
    return _from_unit(distribution, np.concatenate([generator.random(_CANDIDATES), near]))


def _along(distribution: Any, steps: int) -> list[Any]:  # noqa: ANN401  # of Optuna's classes
    if hasattr(distribution, "choices"):
        return list(distribution.choices)
    return [
        distribution.to_external_repr(value)
        for value in np.unique(_from_unit(distribution, np.linspace(0, 1, steps))).tolist()
    ]
