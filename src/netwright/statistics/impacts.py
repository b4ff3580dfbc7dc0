"""How well a fit would know each nuisance parameter, and how much each one moves the signal strength."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netwright.errors import InferenceError
from netwright.statistics._likelihood import AsimovLikelihood
from netwright.statistics._pyhf import numpy_pyhf
from netwright.statistics.workspace import Workspace

__all__ = ["Impacts", "expected_impacts"]

_STEP = 0.05  # of a standard deviation before the fit: the curvature is that of the minimum
_DETERMINED = 1e-6  # second derivative in units of the width before the fit, where a constraint alone has 1


@dataclass(frozen=True, eq=False)
class Impacts:
    """Nuisance parameters after a fit, the one that moves μ most first.

    Attributes:
        names: of n parameters; of MC statistics with the bin, as ``staterror_score[3]``.
        pulls: (θ̂ - θ₀)/σ₀ with the standard deviation σ₀ before the fit, shape (n,), dimensionless.
        constraints: σ̂/σ₀, shape (n,), dimensionless: below 1 where the data knows more than was put in.
        impacts: what μ̂ moves by when θ is one σ̂ higher, shape (n,), dimensionless.
        strength_uncertainty: σ of μ̂, dimensionless.
    """

    names: tuple[str, ...]
    pulls: NDArray[np.float64]
    constraints: NDArray[np.float64]
    impacts: NDArray[np.float64]
    strength_uncertainty: float


def expected_impacts(workspace: Workspace) -> Impacts:
    """Return pulls, constraints and impacts that a fit to data with the signal (μ = 1) is expected to give.

    On Asimov data the fit returns the parameters that made it, so that pulls are zero by construction. Uncertainties
    and correlations are those of the inverse of the second derivatives of -ln L there.

    Args:
        workspace: one with a parameter of interest that scales the signal.

    Returns:
        One line for each nuisance parameter, dimensionless.

    Raises:
        DataError: pyhf refuses the workspace.
        InferenceError: a fit fails, or the likelihood has no minimum that determines all parameters.
        MissingExtraError: pyhf is not installed.

    Source: F. James, Statistical Methods in Experimental Physics (2006), section 7.3.1; the impact is that of ATLAS
    and CMS, cov(μ, θ)/σ_θ.
    """
    with numpy_pyhf() as pyhf:
        likelihood = AsimovLikelihood(pyhf, workspace, strength=1.0)
        config = likelihood.model.config
        names, widths = _widths(likelihood)
        free = [place for place, fixed in enumerate(config.suggested_fixed()) if not fixed]
        best = np.asarray(likelihood.parameters)
        covariance = _covariance(likelihood, best, widths, free)
    starts = np.asarray(config.suggested_init())
    poi = free.index(config.poi_index)
    nuisances = [at for at, place in enumerate(free) if place != config.poi_index]
    sigma = np.sqrt(np.diag(covariance))
    impacts = covariance[poi] / sigma
    order = sorted(nuisances, key=lambda at: -abs(impacts[at]))
    places = [free[at] for at in order]
    return Impacts(
        tuple(names[place] for place in places),
        (best[places] - starts[places]) / widths[places],
        sigma[order] / widths[places],
        impacts[order],
        float(sigma[poi]),
    )


def _widths(likelihood: AsimovLikelihood) -> tuple[list[str], NDArray[np.float64]]:
    """Return name and standard deviation before the fit of every parameter."""
    config = likelihood.model.config
    names = [""] * config.npars
    widths = np.ones(config.npars)
    for name in config.par_map:
        places = range(*config.par_slice(name).indices(config.npars))
        terms = config.param_set(name)
        if terms.constrained:
            widths[list(places)] = terms.width()
        elif name == config.poi_name:
            widths[list(places)] = likelihood.scale
        for number, place in enumerate(places):
            names[place] = name if len(places) == 1 else f"{name}[{number}]"
    return names, widths


def _covariance(
    likelihood: AsimovLikelihood, best: NDArray[np.float64], widths: NDArray[np.float64], free: list[int]
) -> NDArray[np.float64]:
    """Return the inverse of the second derivatives of -ln L by central differences, shape (free, free)."""
    steps = _STEP * widths

    def half(*moves: tuple[int, float]) -> float:
        moved = best.copy()
        for place, sign in moves:
            moved[place] += sign * steps[place]
        return likelihood.twice_nll(moved.tolist(), likelihood.data) / 2

    curvature = np.empty((len(free), len(free)))
    centre = half()
    for i, one in enumerate(free):
        curvature[i, i] = (half((one, 1)) + half((one, -1)) - 2 * centre) / steps[one] ** 2
        for j, other in enumerate(free[:i]):
            mixed = half((one, 1), (other, 1)) + half((one, -1), (other, -1))
            mixed -= half((one, 1), (other, -1)) + half((one, -1), (other, 1))
            curvature[i, j] = curvature[j, i] = mixed / (4 * steps[one] * steps[other])
    in_widths = curvature * np.outer(widths[free], widths[free])
    if not np.isfinite(curvature).all() or np.linalg.eigvalsh(in_widths)[0] <= _DETERMINED:
        msg = (
            "The likelihood does not determine all parameters: its second derivatives are not positive. A systematic "
            "uncertainty may change nothing, or a bin may have no expected events."
        )
        raise InferenceError(msg)
    return np.asarray(np.linalg.inv(curvature), np.float64)
