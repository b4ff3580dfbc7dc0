"""Expected upper limits on the signal strength by CLs, and the expected significance of a discovery, with pyhf."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from statistics import NormalDist

from netwright.errors import DataError, InferenceError
from netwright.statistics._likelihood import AsimovLikelihood
from netwright.statistics._pyhf import numpy_pyhf
from netwright.statistics.workspace import Workspace

__all__ = [
    "BANDS",
    "ExpectedLimit",
    "discovery_significance",
    "expected_cls",
    "expected_cls_curve",
    "expected_limit",
    "median_limit",
]

BANDS = (-2, -1, 0, 1, 2)
"""Standard deviations of background-only experiments that the expected limits are given for."""

_NORMAL = NormalDist()
_DOUBLINGS = 60  # of the signal strength, in search of one that is excluded
_PRECISION = 1e-4  # of a limit, relative


@dataclass(frozen=True)
class ExpectedLimit:
    """Upper limits on the signal strength μ that background alone is expected to give.

    Attributes:
        limits: of experiments -2, -1, 0, 1 and 2 standard deviations from the median; dimensionless, in units of the
            signal that the templates hold.
        level: confidence level, dimensionless.
    """

    limits: tuple[float, float, float, float, float]
    level: float

    @property
    def median(self) -> float:
        """Return the median expected limit on μ, dimensionless."""
        return self.limits[2]


def expected_limit(workspace: Workspace, *, level: float = 0.95) -> ExpectedLimit:
    """Return the upper limits on μ that background alone is expected to give, by CLs and asymptotic formulas.

    On Asimov data without signal the fit gives μ = 0 and the nuisance parameters of the background, so that with the
    profile likelihood ratio q(μ) = -2 ln [L(μ, θ̂(μ)) / L(0, θ̂(0))]

        CLs(μ) = [1 - Φ(√q(μ) - N)] / Φ(N)

    for an experiment N standard deviations from the median. CLs = 1 - level then is √q(μ) = N + Φ⁻¹(1 - (1 - level)
    Φ(N)), which is solved for μ: √q grows almost linearly. It is the same as pyhf's
    ``upper_limit(..., test_stat="qtilde")``, with a tenth of its fits.

    Args:
        workspace: one with a parameter of interest that scales the signal.
        level: confidence level, between 0 and 1, dimensionless.

    Returns:
        The limits.

    Raises:
        DataError: `level` is not between 0 and 1, or pyhf refuses the workspace.
        InferenceError: a fit fails, the likelihood is not a number, or no signal strength is excluded.
        MissingExtraError: pyhf is not installed.

    Source: G. Cowan et al., arXiv:1007.1727, equations (66), (68) and (89); A. L. Read, J. Phys. G 28 (2002) 2693.

    Example:
        >>> from netwright.statistics import Channel, Process, Yields, build_workspace
        >>> signal = Process("s", Yields([10.0], [0.0]), is_signal=True)
        >>> background = Process("b", Yields([100.0], [0.0]), is_signal=False)
        >>> print(round(expected_limit(build_workspace(Channel("c", [0.0, 1.0], (signal, background)))).median, 2))
        2.09
    """
    lowest, low, median, high, highest = _limits(workspace, level, None, BANDS)
    return ExpectedLimit((lowest, low, median, high, highest), level)


def median_limit(workspace: Workspace, *, level: float = 0.95, start: float | None = None) -> float:
    """Return the median of `expected_limit` alone, for which few fits are enough.

    Args:
        workspace: one with a parameter of interest that scales the signal.
        level: confidence level, between 0 and 1, dimensionless.
        start: a first guess of the limit, dimensionless.

    Returns:
        The limit on μ, dimensionless.

    Raises:
        DataError: as `expected_limit`.
        InferenceError: as `expected_limit`.
        MissingExtraError: pyhf is not installed.

    Source: as `expected_limit`.
    """
    return _limits(workspace, level, start, (0,))[0]


def _limits(workspace: Workspace, level: float, start: float | None, bands: tuple[int, ...]) -> list[float]:
    if not 0 < level < 1:
        msg = f"Argument `level` must be between 0 and 1. Received: {level!r}. A limit at 95% has 0.95."
        raise DataError(msg)
    with numpy_pyhf() as pyhf:
        likelihood = AsimovLikelihood(pyhf, workspace, strength=0.0)
        solve = _Solver(likelihood.root_q, start or likelihood.scale)
        return [solve(n + _NORMAL.inv_cdf(1 - (1 - level) * _NORMAL.cdf(n))) for n in bands]


def expected_cls(workspace: Workspace, strength: float) -> tuple[float, ...]:
    """Return the CLs that background alone is expected to give for a signal strength.

    Args:
        workspace: one with a parameter of interest that scales the signal.
        strength: μ, positive, dimensionless.

    Returns:
        CLs of experiments -2, -1, 0, 1 and 2 standard deviations from the median, dimensionless.

    Raises:
        DataError: the strength is not positive, or pyhf refuses the workspace.
        InferenceError: a fit fails, or the likelihood is not a number.
        MissingExtraError: pyhf is not installed.

    Source: as `expected_limit`.
    """
    return expected_cls_curve(workspace, [strength])[0]


def expected_cls_curve(workspace: Workspace, strengths: Sequence[float]) -> list[tuple[float, ...]]:
    """Return what `expected_cls` does for several signal strengths; the workspace is opened once.

    Args:
        workspace: one with a parameter of interest that scales the signal.
        strengths: of the signal, μ, positive, dimensionless.

    Returns:
        For each strength, the CLs of experiments -2, -1, 0, 1 and 2 standard deviations from the median, dimensionless.

    Raises:
        DataError: a strength is not positive, or pyhf refuses the workspace.
        InferenceError: a fit fails, or the likelihood is not a number.
        MissingExtraError: pyhf is not installed.

    Source: as `expected_limit`.
    """
    for strength in strengths:
        if not 0 < strength < inf:
            msg = f"Argument `strength` must be positive and finite. Received: {strength!r}. 1 is the signal as it is."
            raise DataError(msg)
    with numpy_pyhf() as pyhf:
        likelihood = AsimovLikelihood(pyhf, workspace, strength=0.0)
        roots = [likelihood.root_q(strength) for strength in strengths]
    # 1 - Φ(x) by the other tail, which does not round to 0
    return [tuple(_NORMAL.cdf(n - root_q) / _NORMAL.cdf(n) for n in BANDS) for root_q in roots]


def discovery_significance(workspace: Workspace) -> float:
    """Return the median significance of a discovery if the signal is there with μ = 1: Z = √q₀ on Asimov data.

    Args:
        workspace: one with a parameter of interest that scales the signal.

    Returns:
        Z, dimensionless (standard deviations).

    Raises:
        DataError: pyhf refuses the workspace.
        InferenceError: a fit fails, or the likelihood is not a number.
        MissingExtraError: pyhf is not installed.

    Source: G. Cowan et al., arXiv:1007.1727, equations (12) and (53).
    """
    with numpy_pyhf() as pyhf:
        return AsimovLikelihood(pyhf, workspace, strength=1.0).root_q(0.0)


class _Solver:
    """Finds where √q(μ) takes given values, and remembers where it was asked."""

    def __init__(self, root_q: Callable[[float], float], start: float) -> None:
        self.root_q, self.start = root_q, start
        self.known: dict[float, float] = {0.0: 0.0}

    def __call__(self, target: float) -> float:
        """Return the μ with √q(μ) = target."""
        from scipy.optimize import brentq

        low, high = self._bracket(target)
        precision = _PRECISION * high
        return float(brentq(lambda mu: self._at(mu) - target, low, high, xtol=precision, rtol=_PRECISION))

    def _bracket(self, target: float) -> tuple[float, float]:
        strength = self.start
        for _ in range(_DOUBLINGS):
            above = [mu for mu, value in self.known.items() if value > target]
            if above:
                return max(mu for mu, value in self.known.items() if value <= target and mu < min(above)), min(above)
            self._at(strength)
            strength *= 2
        msg = (
            f"No signal strength up to {strength:.3g} is excluded. The templates may hold no signal where there is "
            "sensitivity, or a systematic uncertainty may hide all of it."
        )
        raise InferenceError(msg)

    def _at(self, strength: float) -> float:
        if strength not in self.known:
            self.known[strength] = self.root_q(strength)
        return self.known[strength]
