"""Pythia 8 as a source of flat arrays: settings of the recipe, early vetoes, batches."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, remainder, tau
from typing import Any, Final

import awkward as ak
import numpy as np
import pythia8mc
from numpy.typing import NDArray

from netwright.simulation._detector_card import INVISIBLE_PDG
from netwright.simulation._particles import Particles

__all__ = ["Batch", "Generator", "hadronic_tops"]

Floats = NDArray[np.float64]

_COMMON: Final = ("Print:quiet = on", "Check:event = off", "Beams:eCM = 14000", "Random:setSeed = on")
# docs/detector.md gives the cost of the minimum pTHat, in jets and in time.
_HARD: Final = (*_COMMON, "PartonLevel:MPI = off")
PROCESSES: Final[dict[str, tuple[str, ...]]] = {
    "qcd": (*_HARD, "PhaseSpace:pTHatMin = 350", "HardQCD:all = on"),
    "top": (
        *_HARD,
        "PhaseSpace:pTHatMin = 400",
        "Top:gg2ttbar = on",
        "Top:qqbar2ttbar = on",
        "24:onMode = off",
        "24:onIfAny = 1 2 3 4 5",
    ),
    # An invisible heavy Z*: only the activity that accompanies a hard collision is visible.
    "underlying": (
        *_COMMON,
        "WeakSingleBoson:ffbar2gmZ = on",
        "PhaseSpace:mHatMin = 1100",
        "23:mMin = 1100",
        "23:onMode = off",
        "23:onIfAny = 12 14 16",
        "SpaceShower:pTmaxMatch = 1",
    ),
}

_ETA_MAX: Final = 3.0  # particles beyond cannot reach a jet with R = 0.8 at abs(eta) < 2
_EARLY_SCALE: Final = 15.0  # GeV, where the shower pauses for a first check of the jets
_EARLY_PT: Final = (508.0, 740.0)  # GeV: outside, hardly any jet ends up between 550 and 650 GeV
_LATE_PT: Final = (520.0, 725.0)  # GeV, the same for jets of all partons
_NEARLY_LEADING: Final = 0.85  # a jet with a smaller fraction of the leading pT hardly ever becomes the leading one
_PARTON_ETA: Final = 2.15
_PARTON_MATCH: Final = 0.95  # as 0.8 for the final jet
_COMPACT: Final = 1.15  # the same for the quarks about their top at the end of the hard process
_METRE_PER_MM: Final = 1e-3
_HARD_TOPS: Final = (5, 6)  # where Pythia keeps the two tops of the hard process


@dataclass(frozen=True)
class Batch:
    """Events of one process.

    Attributes:
        count: number of events.
        particles: their stable, visible particles at abs(eta) < 3.0.
        tops: the two tops of each event (E, px, py, pz in GeV), top before antitop, shape (count, 2, 4); no rows for
            other processes.
        quarks: the three decay quarks of each of them, shape (count, 2, 3, 4).
    """

    count: int
    particles: Particles
    tops: Floats
    quarks: Floats


class _JetVeto(pythia8mc.UserHooks):  # type: ignore[misc]  # the base class has no types
    """Veto events early that cannot give a jet of the recipe, which would take most of the time.

    Checked once early in the shower, and once when all partons exist, before hadronisation.
    """

    def __init__(self, *, with_tops: bool) -> None:
        super().__init__()
        self._with_tops = with_tops
        self._compact: list[int] = []
        self.process: Any = None  # the record of the hard process: during the shower, only this record has the decays
        # anti-kT, R = 0.8, none below the minimum pT, |eta| < 3, all final particles with their masses; not by fjcore,
        # which prints a banner
        self._jets = pythia8mc.SlowJet(-1, 0.8, _EARLY_PT[0], 3.0, 1, 2, None, False, True)  # noqa: FBT003

    def canVetoPT(self) -> bool:  # noqa: N802  # Pythia's name
        return True

    def scaleVetoPT(self) -> float:  # noqa: N802  # Pythia's name
        return _EARLY_SCALE

    def doVetoPT(self, stage: int, event: Any) -> bool:  # noqa: ANN401, N802  # Pythia's name and untyped event
        if stage > 3:
            return False
        hopeful = self._candidates(event, _EARLY_PT)
        if not (hopeful and self._with_tops):
            return not hopeful
        self._compact = [entry for entry in _HARD_TOPS if _fits(_top_and_quarks(self.process, entry))]
        tops = [event[event[entry].iBotCopyId()] for entry in self._compact]
        return not any(_near(jet[1:], (top.y(), top.phi())) for jet in hopeful for top in tops)

    def canVetoPartonLevel(self) -> bool:  # noqa: N802  # Pythia's name
        return True

    def doVetoPartonLevel(self, event: Any) -> bool:  # noqa: ANN401, N802  # Pythia's name and untyped event
        hopeful = self._candidates(event, _LATE_PT)
        if not (hopeful and self._with_tops):
            return not hopeful
        decays = [_top_and_quarks(event, entry) for entry in self._compact]
        return not any(all(_near(jet[1:], parton) for parton in decay) for jet in hopeful for decay in decays)

    def _candidates(self, event: Any, window: tuple[float, float]) -> list[tuple[float, float, float]]:  # noqa: ANN401
        """Return pT, rapidity and azimuth of central jets in the window that may become the leading one."""
        jets = self._jets
        jets.analyze(event)
        kinematics = [(jets.pT(jet), jets.y(jet), jets.phi(jet)) for jet in range(jets.sizeJet())]
        return [
            jet
            for jet in kinematics
            if window[0] < jet[0] < window[1]
            and jet[0] > _NEARLY_LEADING * kinematics[0][0]
            and abs(jet[1]) < _PARTON_ETA
        ]


def _top_and_quarks(event: Any, entry: int) -> list[tuple[float, float]]:  # noqa: ANN401  # untyped event
    """Return pseudorapidity and azimuth of a top as it decays, its b quark, and the two quarks of its W."""
    top = event[event[entry].iBotCopyId()]
    products = [event[top.daughter1()], event[top.daughter2()]]
    boson = next(product for product in products if product.idAbs() == 24)
    boson = event[boson.iBotCopyId()]
    quarks = [product for product in products if product.idAbs() != 24]
    quarks += [event[boson.daughter1()], event[boson.daughter2()]]
    return [(parton.eta(), parton.phi()) for parton in (top, *quarks)]


def _near(axis: tuple[float, float], parton: tuple[float, float]) -> bool:
    """Return whether a parton is near the axis of a jet (pseudorapidity and azimuth in rad)."""
    return hypot(parton[0] - axis[0], remainder(parton[1] - axis[1], tau)) < _PARTON_MATCH


def _fits(decay: list[tuple[float, float]]) -> bool:
    """Return whether a jet can contain a top and its quarks, given first the top and then the quarks."""
    top, *quarks = decay
    return all(hypot(eta - top[0], remainder(phi - top[1], tau)) < _COMPACT for eta, phi in quarks)


class Generator:
    """A source of events of one process.

    Args:
        process: "qcd", "top" or "underlying".
        seed: from 1 to 900,000,000.
    """

    def __init__(self, process: str, seed: int) -> None:
        self._with_tops = process == "top"
        # Kept here, because Pythia holds no reference to the hooks.
        self._hooks = None if process == "underlying" else _JetVeto(with_tops=self._with_tops)
        self._pythia = _start(process, seed, self._hooks)

    def batch(self, size: int) -> Batch:
        """Generate events that pass the early vetoes.

        Args:
            size: number of events.

        Returns:
            The events; slightly fewer if Pythia failed on some.
        """
        return _batch(self._pythia.nextBatch(size), with_tops=self._with_tops)


def _start(process: str, seed: int, hooks: _JetVeto | None) -> Any:  # noqa: ANN401  # Pythia has no types
    """Return a Pythia instance that is ready to generate events of one process and prints nothing."""
    pythia = pythia8mc.Pythia("", False)  # noqa: FBT003  # takes no names
    for setting in (*PROCESSES[process], f"Random:seed = {seed}"):
        pythia.readString(setting)
    if hooks is None:
        # The invisible boson itself does not radiate: the jets bring their own initial-state radiation. Forced, as
        # the value is below Pythia's range for variations of a tune.
        pythia.settings.parm("SpaceShower:pTmaxFudge", 0.003, True)  # noqa: FBT003  # takes no names
    else:
        hooks.process = pythia.process
        pythia.setUserHooksPtr(hooks)
    pythia.init()
    return pythia


def _batch(events: Any, *, with_tops: bool) -> Batch:  # noqa: ANN401  # awkward has no types
    """Return Pythia's events as flat arrays."""
    record = events.prt
    count = len(record)
    entries = ak.to_numpy(ak.num(record.id))
    event = np.repeat(np.arange(count), entries)
    pdg, status = _flat(record.id).astype(np.int64), _flat(record.status)
    momentum = np.stack([_flat(record.p[name]) for name in ("e", "px", "py", "pz")], axis=1)
    pt2 = momentum[:, 1] ** 2 + momentum[:, 2] ** 2
    central = momentum[:, 3] ** 2 < np.sinh(_ETA_MAX) ** 2 * pt2
    visible = np.flatnonzero((status > 0) & central & ~np.isin(np.abs(pdg), INVISIBLE_PDG))
    made_at = np.stack([_flat(ak.fill_none(record.vProd[name], 0.0))[visible] for name in ("px", "py", "pz")], axis=1)
    particles = Particles(event[visible], pdg[visible], momentum[visible], made_at * _METRE_PER_MM)
    tops, quarks = np.zeros((0, 2, 4)), np.zeros((0, 2, 3, 4))
    if with_tops:
        mother = pdg[_flat(record.mother1) + (np.cumsum(entries) - entries)[event]]
        tops, quarks = hadronic_tops(event, pdg, status, mother, momentum)
    return Batch(count, particles, tops, quarks)


def hadronic_tops(
    event: NDArray[np.int64],
    pdg: NDArray[np.int64],
    status: NDArray[np.int64],
    mother: NDArray[np.int64],
    momentum: Floats,
) -> tuple[Floats, Floats]:
    """Return the tops before they decay and their decay quarks.

    A top at the end of the hard process with its shower, primordial kT included, has Pythia's status -62; a product of
    a resonance decay has -23.

    Args:
        event: event index of each entry of the record, ascending, shape (N,).
        pdg: particle codes, shape (N,).
        status: Pythia's status codes, shape (N,).
        mother: particle code of the first mother, shape (N,).
        momentum: E, px, py, pz in GeV, shape (N, 4).

    Returns:
        Tops, top before antitop, shape (events, 2, 4), and their quarks, shape (events, 2, 3, 4), in GeV.

    Source: Pythia 8's manual, "Particle Properties" (status codes).
    """
    top = np.flatnonzero((np.abs(pdg) == 6) & (status == -62))
    top = top[np.lexsort([pdg[top] < 0, event[top]])]
    from_top = np.isin(np.abs(mother), (6, 24)) & (np.abs(pdg) <= 5) & (status == -23)
    quark = np.flatnonzero(from_top)
    quark = quark[np.lexsort([mother[quark] < 0, event[quark]])]
    return momentum[top].reshape(-1, 2, 4), momentum[quark].reshape(-1, 2, 3, 4)


def _flat(column: Any) -> NDArray[Any]:  # noqa: ANN401  # awkward has no types
    """Return a jagged column as a flat NumPy array."""
    return np.asarray(ak.to_numpy(ak.flatten(column)))
