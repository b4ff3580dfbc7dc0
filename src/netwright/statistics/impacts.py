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

_DETERMINED = 1e-6  # second derivative in units of 1/width² before the fit, where a constraint alone has 1


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

    Source: G. Cowan et al., arXiv:1007.1727, equation (28), for the derivatives on Asimov data; the impact is that of
    ATLAS and CMS, cov(μ, θ)/σ_θ.
    """
    with numpy_pyhf() as pyhf:
        likelihood = AsimovLikelihood(pyhf, workspace, strength=1.0)
        config = likelihood.model.config
        names, widths = _widths(likelihood)
        free = [index for index, fixed in enumerate(config.suggested_fixed()) if not fixed]
        best = np.asarray(likelihood.parameters)
        covariance = _covariance(likelihood, best, widths, free)
    starts = np.asarray(config.suggested_init())
    poi = free.index(config.poi_index)
    nuisances = [position for position, index in enumerate(free) if index != config.poi_index]
    sigma = np.sqrt(np.diag(covariance))
    impacts = covariance[poi] / sigma
    order = sorted(nuisances, key=lambda position: -abs(impacts[position]))
    indices = [free[position] for position in order]
    return Impacts(
        tuple(names[index] for index in indices),
        (best[indices] - starts[indices]) / widths[indices],
        sigma[order] / widths[indices],
        impacts[order],
        float(sigma[poi]),
    )


def _widths(likelihood: AsimovLikelihood) -> tuple[list[str], NDArray[np.float64]]:
    """Return name and standard deviation before the fit of every parameter."""
    config = likelihood.model.config
    names = [""] * config.npars
    widths = np.ones(config.npars)
    for name in config.par_map:
        indices = range(*config.par_slice(name).indices(config.npars))
        terms = config.param_set(name)
        if terms.constrained:
            widths[list(indices)] = terms.width()
        elif name == config.poi_name:
            widths[list(indices)] = likelihood.scale
        for number, index in enumerate(indices):
            names[index] = name if len(indices) == 1 else f"{name}[{number}]"
    return names, widths


def _covariance(
    likelihood: AsimovLikelihood, best: NDArray[np.float64], widths: NDArray[np.float64], free: list[int]
) -> NDArray[np.float64]:
    """Return the inverse of the second derivatives of -ln L, shape (free, free); Asimov data has the expected ones."""
    scale = np.outer(widths[free], widths[free])
    information = likelihood.fisher.information(best)[np.ix_(free, free)] * scale
    if not np.isfinite(information).all() or np.linalg.eigvalsh(information)[0] <= _DETERMINED:
        msg = (
            "The likelihood does not determine all parameters: its second derivatives are not positive. A parameter "
            "without a constraint may change nothing: leave out systematics one by one until the rest is determined."
        )
        raise InferenceError(msg)
    return np.asarray(np.linalg.inv(information) * scale, np.float64)
