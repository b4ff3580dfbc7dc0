"""The likelihood of a workspace on data without fluctuations ("Asimov data")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from math import isfinite, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netwright.errors import DataError, InferenceError
from netwright.statistics._fisher import Fisher
from netwright.statistics.workspace import Workspace

__all__ = ["AsimovLikelihood"]


class AsimovLikelihood:
    """The likelihood of a workspace on data without fluctuations.

    Args:
        pyhf: the package, with its NumPy backend.
        workspace: one with a parameter of interest that scales the signal.
        strength: the signal strength μ of the data, dimensionless.

    Raises:
        DataError: pyhf refuses the workspace, or it names no parameter of interest.
    """

    def __init__(self, pyhf: Any, workspace: Workspace, strength: float) -> None:  # noqa: ANN401  # has no types
        self.pyhf = pyhf
        try:
            opened = pyhf.Workspace(workspace)
            self.model = opened.model()
            observed = opened.data(self.model)
        except (pyhf.exceptions.InvalidSpecification, pyhf.exceptions.InvalidModel, KeyError) as error:
            msg = f"pyhf refuses the workspace: {str(error).partition(chr(10))[0]}. Build it with build_workspace."
            raise DataError(msg) from error
        if self.model.config.poi_index is None:
            msg = "The workspace must name a parameter of interest. Received: none. Build it with build_workspace."
            raise DataError(msg)
        self.fisher = Fisher(self.model)
        self._last = self.model.config.suggested_init()
        # the background is that which fits the observation without signal; what fits Asimov data best is known
        self.parameters = self.at(self.fit(0.0, observed)[0], strength)
        self.data = self.model.expected_data(self.parameters)
        self.smallest = self.twice_nll(self.parameters, self.data)

    @cached_property
    def scale(self) -> float:
        """Return the μ at which the signal is as large as the statistical fluctuation of the background."""
        with_signal, without = (
            self.model.expected_actualdata(self.at(self.parameters, strength)) for strength in (1.0, 0.0)
        )
        information = float((np.square(with_signal - without) / np.maximum(without, 1e-9)).sum())
        return 2 / sqrt(information) if information > 0 else 1.0

    def root_q(self, strength: float) -> float:
        """Return √q(μ), dimensionless.

        Args:
            strength: μ, dimensionless.

        Returns:
            The root of -2 ln of the profile likelihood ratio.

        Raises:
            InferenceError: it is not a number.
        """
        fitted = self.fit(strength, self.data)[1]
        q = fitted - self.smallest
        if not isfinite(q):
            msg = (
                f"The likelihood of the signal strength {strength:.4g} is not a number, so no CLs can be given. A bin "
                "may have no expected events there: ask for more background in each bin."
            )
            raise InferenceError(msg)
        return sqrt(max(q, 0.0))

    def fit(self, strength: float, data: Any) -> tuple[list[float], float]:  # noqa: ANN401
        """Return the parameters that fit best at a fixed signal strength, and -2 ln L.

        Args:
            strength: μ, dimensionless.
            data: counts in events, and auxiliary measurements.

        Returns:
            All parameters, and -2 ln L up to a constant.

        Raises:
            InferenceError: the fit fails.
        """
        config = self.model.config
        bounds = config.suggested_bounds()
        low, high = bounds[config.poi_index]
        bounds[config.poi_index] = (min(low, strength), max(high, strength))
        fixed = config.suggested_fixed()
        free = [index for index, is_fixed in enumerate(fixed) if not is_fixed and index != config.poi_index]
        start = self.at(config.suggested_init(), strength)
        if not free:
            return start, self.twice_nll(start, data)
        counts, limits = np.asarray(data, np.float64), np.asarray(bounds, np.float64)
        # asymmetric systematics make several minima: from where fits begin, and from where the last one ended
        starts = [
            np.array(start_point) for start_point in dict.fromkeys((tuple(start), tuple(self.at(self._last, strength))))
        ]
        fits = [self.fisher.minimise(counts, start_point, free, limits) for start_point in starts]
        best, converged = min(fits, key=lambda fit: self.twice_nll(fit[0].tolist(), data))
        if not converged:
            by_pyhf = self._by_pyhf(strength, data, best.tolist(), bounds, fixed)
            polished, _ = self.fisher.minimise(counts, by_pyhf, free, limits)
            best = min((best, polished), key=lambda parameters: self.twice_nll(parameters.tolist(), data))
        self._last = best.tolist()
        return self._last, self.twice_nll(self._last, data)

    def _by_pyhf(
        self,
        strength: float,
        data: Any,  # noqa: ANN401  # what pyhf takes
        start: list[float],
        bounds: list[tuple[float, float]],
        fixed: list[bool],
    ) -> NDArray[np.float64]:
        """Fit by pyhf's own minimiser, where scoring finds no way down."""
        try:
            with np.errstate(all="ignore"):
                fitted = self.pyhf.infer.mle.fixed_poi_fit(strength, data, self.model, start, bounds, fixed)
        except (self.pyhf.exceptions.FailedMinimization, ValueError) as error:
            msg = (
                f"The fit at the signal strength {strength:.4g} failed: {str(error).partition(chr(10))[0]}. Bins with "
                "few events or very unequal yields may cause it: use fewer bins."
            )
            raise InferenceError(msg) from error
        return np.asarray(fitted, np.float64)

    def twice_nll(self, parameters: Sequence[float], data: Any) -> float:  # noqa: ANN401
        """Return -2 ln L, dimensionless, up to a constant."""
        with np.errstate(all="ignore"):
            return -2 * float(self.model.logpdf(parameters, data)[0])

    def at(self, parameters: Iterable[float], strength: float) -> list[float]:
        """Return the same parameters with another signal strength."""
        changed = [float(value) for value in parameters]
        changed[self.model.config.poi_index] = strength
        return changed
