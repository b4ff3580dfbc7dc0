"""First derivatives of what a model expects: enough for the curvature of its likelihood, and for a fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fisher"]

_STEP = 1e-4  # of a standard deviation before the fit
_ITERATIONS = 100
_HALVINGS = 30
_DISTANCE = 1e-9  # to the minimum of -ln L, as the derivatives predict it
_ROUNDING = 1e-6  # of -ln L of many events: nearer to the minimum, no smaller value is found

Floats = NDArray[np.float64]


class Fisher:
    """Score and information of a pyhf model.

    With counts n and expected events ν the derivatives of -ln L are Σ (1 - n/ν) ∂ν, and the expected second ones
    Σ ∂ν ∂ν' / ν, over bins; a normal constraint adds (θ - a)/σ² and 1/σ², a Poisson one τ - m/γ and τ/γ.

    Args:
        model: of pyhf, with its NumPy backend.

    Source: E. L. Lehmann, G. Casella, Theory of Point Estimation (1998), section 2.5.
    """

    def __init__(self, model: Any) -> None:  # noqa: ANN401  # pyhf has no types
        self.model, config = model, model.config
        self.widths = np.ones(config.npars)
        self.places, self.rates, self.variances = (np.empty(0, dtype) for dtype in (np.intp, float, float))
        for name in config.auxdata_order:
            terms = config.param_set(name)
            indices = np.arange(config.npars)[config.par_slice(name)]
            self.widths[indices] = terms.width()
            poisson = terms.pdf_type == "poisson"
            rates = np.asarray(terms.factors, float) if poisson else np.full(len(indices), np.nan)
            self.places = np.concatenate([self.places, indices])
            self.rates = np.concatenate([self.rates, rates])
            self.variances = np.concatenate([self.variances, np.square(self.widths[indices])])

    def information(self, parameters: Floats) -> Floats:
        """Return the expected second derivatives of -ln L.

        Args:
            parameters: shape (n,).

        Returns:
            Shape (n, n), dimensionless where parameters are.
        """
        expected, slopes = self._slopes(parameters)
        return self._information(parameters, expected, slopes)

    def minimise(self, data: Floats, parameters: Floats, free: list[int], bounds: Floats) -> tuple[Floats, bool]:
        """Find the minimum of -ln L by Fisher scoring with halved steps.

        General minimisers end early where parameters are known far better than their constraints say, as with bins of
        many events.

        Args:
            data: counts in events, and auxiliary measurements, shape (m,).
            parameters: where to begin, shape (n,).
            free: those that may change.
            bounds: of the parameters, shape (n, 2).

        Returns:
            Parameters of the smallest -ln L that was found, shape (n,), and whether it is a minimum within the bounds.
        """
        counts, auxiliary = data[: self.model.config.nmaindata], data[self.model.config.nmaindata :]
        best, value = parameters, self._value(parameters, data)
        for _ in range(_ITERATIONS):
            expected, slopes = self._slopes(best)
            filled = expected > 0
            score = slopes[:, filled] @ (1 - counts[filled] / expected[filled])
            score[self.places] += self._pull(best, auxiliary)
            inner = self._inner(best, score, free, bounds)
            information = self._information(best, expected, slopes)[np.ix_(inner, inner)]
            if not (np.isfinite(value) and np.isfinite(information).all() and np.isfinite(score).all()):
                return best, False
            step: Floats = -np.asarray(np.linalg.lstsq(information, score[inner], rcond=None)[0], np.float64)
            distance = -float(score[inner] @ step)
            if distance < _DISTANCE:
                return best, True
            moved = self._descended(data, best, value, inner, step, bounds)
            if moved is None:
                return best, distance < _ROUNDING
            best, value = moved
        return best, False

    @staticmethod
    def _inner(parameters: Floats, score: Floats, free: list[int], bounds: Floats) -> list[int]:
        """Return the free parameters but those that lie on a bound and would leave it."""
        low, high = bounds.T
        leaving = ((parameters <= low) & (score > 0)) | ((parameters >= high) & (score < 0))
        return [index for index in free if not leaving[index]]

    def _descended(
        self, data: Floats, parameters: Floats, value: float, free: list[int], step: Floats, bounds: Floats
    ) -> tuple[Floats, float] | None:
        """Return parameters of a smaller -ln L along a step, and that value; None where there are none."""
        for halving in range(_HALVINGS):
            moved = parameters.copy()
            moved[free] = np.clip(moved[free] + step / 2**halving, bounds[free, 0], bounds[free, 1])
            smaller = self._value(moved, data)
            if smaller < value:
                return moved, smaller
        return None

    def _value(self, parameters: Floats, data: Floats) -> float:
        with np.errstate(all="ignore"):
            return -float(self.model.logpdf(parameters.tolist(), data)[0])

    def _slopes(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Return expected events, shape (bins,), and their derivatives, shape (n, bins), by central differences."""

        def expected(moved: Floats) -> Floats:
            return np.asarray(self.model.expected_actualdata(moved.tolist()), np.float64)

        slopes = []
        for index, step in enumerate(_STEP * self.widths):
            shift = np.zeros(len(parameters))
            shift[index] = step
            slopes.append((expected(parameters + shift) - expected(parameters - shift)) / (2 * step))
        return expected(parameters), np.array(slopes)

    def _information(self, parameters: Floats, expected: Floats, slopes: Floats) -> Floats:
        filled = expected > 0
        information: Floats = (slopes[:, filled] / expected[filled]) @ slopes[:, filled].T
        poisson = np.isfinite(self.rates)
        at = parameters[self.places]
        added = np.where(poisson, self.rates / np.where(poisson, at, 1.0), 1 / self.variances)
        information[self.places, self.places] += added
        return information

    def _pull(self, parameters: Floats, auxiliary: Floats) -> Floats:
        """Return what each auxiliary measurement adds to the derivatives of -ln L, shape (measurements,)."""
        poisson, at = np.isfinite(self.rates), parameters[self.places]
        counted = self.rates - auxiliary / np.where(poisson, at, 1.0)
        return np.where(poisson, counted, (at - auxiliary) / self.variances)
