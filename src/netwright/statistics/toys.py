"""CLs from simulated experiments ("toys"), as a check of the asymptotic formulas where events are few."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netwright.errors import DataError
from netwright.metrics import Measured
from netwright.statistics._likelihood import AsimovLikelihood
from netwright.statistics._pyhf import numpy_pyhf
from netwright.statistics.workspace import Workspace

__all__ = ["toy_cls"]

_REPLICAS = 400


def toy_cls(workspace: Workspace, strength: float, *, toys: int = 1000, seed: int = 0) -> Measured:
    """Return the median CLs that background alone is expected to give, from simulated experiments.

    For signal with background, and for background alone, experiments are drawn: a Poisson count in each bin, and the
    auxiliary measurement of each nuisance parameter. The median of the test statistic q̃(μ) of those without signal is
    taken as observed. It takes two fits for each experiment; for few bins.

    Args:
        workspace: one with a parameter of interest that scales the signal.
        strength: μ, positive, dimensionless.
        toys: experiments of each kind.
        seed: of the experiments; the same seed gives the same CLs.

    Returns:
        CLs with the uncertainty of so many experiments (bootstrap), dimensionless.

    Raises:
        DataError: the strength is not positive, fewer than 10 toys are asked for, or pyhf refuses the workspace.
        InferenceError: a fit fails.
        MissingExtraError: pyhf is not installed.

    Source: G. Cowan et al., arXiv:1007.1727, equations (16), (59) and (60).
    """
    if not 0 < strength < np.inf or toys < 10:
        msg = (
            "Argument `strength` must be positive and finite, and `toys` at least 10. Received: "
            f"strength={strength!r}, toys={toys!r}. 1000 toys give CLs to about 0.02."
        )
        raise DataError(msg)
    generator = np.random.default_rng(seed)
    with numpy_pyhf() as pyhf:
        likelihood = AsimovLikelihood(pyhf, workspace, strength=0.0)
        with_signal, without = (
            _statistics(pyhf, likelihood, likelihood.fit(mu, likelihood.data)[0], strength, toys, generator)
            for mu in (strength, 0.0)
        )
    replicas = [_cls(generator.choice(with_signal, toys), generator.choice(without, toys)) for _ in range(_REPLICAS)]
    return Measured(_cls(with_signal, without), float(np.std(replicas)))


def _cls(with_signal: NDArray[np.float64], without: NDArray[np.float64]) -> float:
    """Return the share of experiments with signal that are as unlike signal as the median one without, over ½."""
    observed = np.median(without)
    return float((with_signal >= observed).mean() / (without >= observed).mean())


def _statistics(
    pyhf: Any,  # noqa: ANN401  # has no types
    likelihood: AsimovLikelihood,
    parameters: list[float],
    strength: float,
    toys: int,
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Return q̃(μ) of experiments, shape (toys,)."""
    model = likelihood.model
    config = model.config
    bounds = config.suggested_bounds()
    bounds[config.poi_index] = (0.0, max(bounds[config.poi_index][1], 5 * strength))
    start = likelihood.at(config.suggested_init(), strength)
    statistics = np.empty(toys)
    for toy, data in enumerate(_experiments(model, parameters, toys, generator)):
        with np.errstate(all="ignore"):
            statistics[toy] = pyhf.infer.test_statistics.qmu_tilde(
                strength, data.tolist(), model, start, bounds, config.suggested_fixed()
            )
    return statistics


def _experiments(
    model: Any,  # noqa: ANN401
    parameters: list[float],
    toys: int,
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Return counts and auxiliary measurements of experiments, shape (toys, numbers of one)."""
    counts = generator.poisson(np.asarray(model.expected_actualdata(parameters)), (toys, model.config.nmaindata))
    columns = [counts.astype(np.float64)]
    values = np.asarray(parameters)
    for name in model.config.auxdata_order:
        terms = model.config.param_set(name)
        centres = values[model.config.par_slice(name)]
        if terms.pdf_type == "poisson":
            columns.append(generator.poisson(centres * np.asarray(terms.factors), (toys, len(centres))).astype(float))
        else:
            columns.append(generator.normal(centres, np.asarray(terms.width()), (toys, len(centres))))
    return np.concatenate(columns, axis=1)
