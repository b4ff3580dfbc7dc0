"""Jets: the leading jet of each event by FastJet, as a padded array of constituents."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netwright.simulation.detector import FlowObjects

__all__ = ["Jets", "azimuth", "delta_r", "leading_jets", "pseudorapidity", "transverse_momentum"]

Floats = NDArray[np.float64]

_MIN_PT = 200.0  # GeV: softer jets are never the leading ones here


@dataclass(frozen=True)
class Jets:
    """The leading jets of the events that have one.

    Attributes:
        event: index of the event of each jet, shape (J,).
        momentum: E, px, py, pz in GeV, shape (J, 4).
        constituents: E, px, py, pz in GeV of its objects, by decreasing pT, shape (J, P, 4), padded with zeros.
    """

    event: NDArray[np.int64]
    momentum: Floats
    constituents: Floats

    def where(self, chosen: NDArray[np.bool_]) -> Jets:
        """Return the selected jets.

        Args:
            chosen: a mask of shape (J,).

        Returns:
            The jets, in their order.
        """
        return Jets(self.event[chosen], self.momentum[chosen], self.constituents[chosen])


def transverse_momentum(momentum: Floats) -> Floats:
    """Return pT = sqrt(px² + py²).

    Args:
        momentum: E, px, py, pz in GeV, shape (..., 4).

    Returns:
        pT in GeV, shape (...).

    Source: definition.
    """
    return np.asarray(np.hypot(momentum[..., 1], momentum[..., 2]))


def azimuth(momentum: Floats) -> Floats:
    """Return φ in [-π, π].

    Args:
        momentum: E, px, py, pz in GeV, shape (..., 4).

    Returns:
        φ in rad, shape (...).

    Source: definition.
    """
    return np.asarray(np.arctan2(momentum[..., 2], momentum[..., 1]))


def pseudorapidity(momentum: Floats) -> Floats:
    """Return η = asinh(pz / pT).

    Args:
        momentum: E, px, py, pz in GeV, shape (..., 4), pT above zero.

    Returns:
        η, shape (...), dimensionless.

    Source: definition.
    """
    return np.asarray(np.arcsinh(momentum[..., 3] / transverse_momentum(momentum)))


def delta_r(first: Floats, second: Floats) -> Floats:
    """Return ΔR = sqrt(Δη² + Δφ²), with Δφ in [-π, π].

    Args:
        first: E, px, py, pz in GeV, shape (..., 4), pT above zero.
        second: the same, with a shape that broadcasts with it.

    Returns:
        ΔR, shape (...), dimensionless.

    Source: definition.

    Example:
        >>> import numpy as np
        >>> print(delta_r(np.array([1.0, -1.0, 0.01, 0.0]), np.array([1.0, -1.0, -0.01, 0.0])).round(3))
        0.02
    """
    turn = np.mod(azimuth(first) - azimuth(second) + np.pi, 2 * np.pi) - np.pi
    return np.asarray(np.hypot(pseudorapidity(first) - pseudorapidity(second), turn))


def leading_jets(objects: FlowObjects, events: int, *, radius: float, most: int) -> Jets:
    """Return the jet with the largest pT of each event, anti-kT with the E scheme.

    Args:
        objects: the reconstructed objects, ordered by event.
        events: number of events.
        radius: R of the algorithm, dimensionless.
        most: maximum number of constituents, P.

    Returns:
        The leading jets of the events that have one above 200 GeV.

    Source: M. Cacciari, G. P. Salam, G. Soyez, JHEP 04 (2008) 063, arXiv:0802.1189, by FastJet.

    Example:
        >>> import numpy as np
        >>> two = np.array([[500.0, 500.0, 0.0, 0.0], [10.0, 6.0, 8.0, 0.0]])
        >>> jets = leading_jets(FlowObjects(np.array([0, 0]), two), 1, radius=0.8, most=2)
        >>> print(jets.constituents[0, :, 0])
        [500.   0.]
    """
    import awkward as ak

    counts = np.bincount(objects.event, minlength=events)
    columns = zip(("E", "px", "py", "pz"), objects.momentum.T, strict=True)
    fields = {name: ak.unflatten(np.ascontiguousarray(column), counts) for name, column in columns}
    clusters = _cluster(ak.zip(fields, with_name="Momentum4D"), radius)
    jets = clusters.inclusive_jets(min_pt=_MIN_PT)
    first = ak.argmax(jets.px**2 + jets.py**2, axis=1, keepdims=True)
    with_jet = ak.to_numpy(ak.num(jets.px)) > 0
    leading = jets[first][with_jet]
    momentum = np.stack([ak.to_numpy(leading[name][:, 0]) for name in ("E", "px", "py", "pz")], axis=1)
    inside = clusters.constituent_index(min_pt=_MIN_PT)[first][with_jet][:, 0]
    event = np.flatnonzero(with_jet)
    sizes = ak.to_numpy(ak.num(inside))
    jet = np.repeat(np.arange(len(event)), sizes)
    index = ak.to_numpy(ak.flatten(inside)) + (np.cumsum(counts) - counts)[event][jet]
    return Jets(event, momentum.astype(np.float64), _padded(objects.momentum[index], jet, len(event), most))


def _padded(momentum: Floats, jet: NDArray[np.int64], jets: int, most: int) -> Floats:
    """Return constituents by decreasing pT as an array of shape (jets, most, 4), padded with zeros."""
    order = np.lexsort([-transverse_momentum(momentum), jet])
    momentum, jet = momentum[order], jet[order]
    rank = np.arange(len(jet)) - np.searchsorted(jet, jet)
    is_kept = rank < most
    padded = np.zeros((jets, most, 4))
    padded[jet[is_kept], rank[is_kept]] = momentum[is_kept]
    return padded


def _cluster(array: Any, radius: float) -> Any:  # noqa: ANN401  # awkward and FastJet have no types
    """Return FastJet's clusters of many events, without its banner."""
    import fastjet

    _silence_fastjet()
    return fastjet.ClusterSequence(array, fastjet.JetDefinition(fastjet.antikt_algorithm, radius))


@lru_cache(maxsize=1)
def _silence_fastjet() -> None:
    """Keep FastJet from printing its banner; the documentation gives the credits instead."""
    from fastjet import _swig

    _swig.ClusterSequence.set_fastjet_banner_stream(None)
