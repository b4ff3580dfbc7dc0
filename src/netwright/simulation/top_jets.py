"""Top and QCD jets by the recipe of the Top Quark Tagging Reference Dataset."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netwright.errors import MissingExtraError
from netwright.progress import Progress, silent
from netwright.simulation._particles import join
from netwright.simulation._writing import Elsewhere, GenerationPlan, identities, stream, write_blocks
from netwright.simulation.detector import detect
from netwright.simulation.jets import (
    Jets,
    delta_r,
    leading_jets,
    pseudorapidity,
    transverse_momentum,
)
from netwright.simulation.underlying_event import overlay, underlying_events

__all__ = ["generate_top_jets", "process_block"]

Floats = NDArray[np.float64]

RADIUS: Final = 0.8
PT_MIN: Final = 550.0  # GeV
PT_MAX: Final = 650.0  # GeV
ETA_MAX: Final = 2.0
MATCH: Final = 0.8  # largest ΔR between the jet and the top, and between the jet and each of its quarks
CONSTITUENTS: Final = 200

_BLOCK_ROWS: Final = 1000
_BATCH_MAX: Final = 250  # events at once; more need more memory
_BATCH_MIN: Final = 10
_EVENTS_PER_JET: Final = 2  # slightly less than needed, so that few events are wasted at the end of a block
_PYTHIA_SEEDS: Final = 900_000_000


def generate_top_jets(
    rows: int,
    *,
    seed: int,
    out: str | Path,
    workers: int = 2,
    progress: Progress = silent,
    elsewhere: Elsewhere | None = None,
) -> list[Path]:
    """Simulate top jets and QCD jets, half of each, and write them to files of 1000 rows.

    The same seed gives the same jets for any number of workers. Files from an earlier call with this seed are kept;
    more rows add to them.

    Each file (npz) contains `constituents` (N, 200, 4) float32, E, px, py, pz in GeV by decreasing pT, padded with
    zeros; `truth_label` (N,) int64, 1 for top and 0 for QCD; `truth_jet` (N, 4) float32, the top's E, px, py, pz in
    GeV, zeros for QCD; and `event` (N,) int64, the row's identity, unique across rows and seeds.

    Args:
        rows: number of jets.
        seed: from 0 to 2³¹ - 1.
        out: folder, created if it is missing.
        workers: number of processes; 1 works in this process.
        progress: callback for progress updates, called after each file.
        elsewhere: lets other machines write the files, in place of workers.

    Returns:
        The files, in order.

    Raises:
        GenerationError: `rows`, `seed` or `workers` out of range, or the folder contains something else, or a worker
            failed.
        MissingExtraError: Pythia or FastJet is not installed.

    Source: A. Butter et al., SciPost Phys. 7 (2019) 014, arXiv:1902.09914, section 2; docs/detector.md lists the
            differences.

    Example:
        >>> import netwright as nw
        >>> nw.generate_top_jets(2000, seed=1, out="jets")  # doctest: +SKIP
        [PosixPath('jets/top-jets-0000.npz'), PosixPath('jets/top-jets-0001.npz')]
    """
    if find_spec("pythia8mc") is None or find_spec("fastjet") is None:
        feature = "generating top jets"
        raise MissingExtraError(feature, "generate")
    plan = GenerationPlan(kind="top-jets", seed=seed, rows=rows, block_rows=_BLOCK_ROWS, options={})
    make = partial(process_block, seed)
    return write_blocks(plan, make, out=Path(out), workers=workers, progress=progress, elsewhere=elsewhere)


def process_block(seed: int, block: int, rows: int) -> dict[str, NDArray[Any]]:
    """Simulate one block of jets, a pure function of its arguments.

    Args:
        seed: of the whole data set.
        block: number of the block, from 0.
        rows: number of jets.

    Returns:
        Columns `constituents`, `truth_label`, `truth_jet` and `event` as `generate_top_jets` writes them, shape
        (rows, ...), in GeV.

    Source: as `generate_top_jets`.
    """
    pool = underlying_events(_pythia_seed(seed, 0, "underlying"))
    tops = rows - rows // 2
    order = stream(seed, block, "order").permutation(rows)
    parts = [_jets("top", tops, seed, block, pool), _jets("qcd", rows - tops, seed, block, pool)]
    constituents, truth = (np.concatenate(column)[order] for column in zip(*parts, strict=True))
    return {
        "constituents": constituents.astype(np.float32),
        "truth_label": (order < tops).astype(np.int64),
        "truth_jet": truth.astype(np.float32),
        "event": identities(seed, block * _BLOCK_ROWS, rows),
    }


def _jets(process: str, count: int, seed: int, block: int, pool: Any) -> tuple[Floats, Floats]:  # noqa: ANN401
    """Return constituents (count, 200, 4) and true tops (count, 4) of one class, GeV."""
    from netwright.simulation._pythia import Generator

    rng = stream(seed, block, process)
    constituents, truth = [np.zeros((0, CONSTITUENTS, 4))], [np.zeros((0, 4))]
    generator = Generator(process, _pythia_seed(seed, block, process))
    missing = count
    while missing > 0:
        batch = generator.batch(min(_BATCH_MAX, _BATCH_MIN + _EVENTS_PER_JET * missing))
        particles = join(batch.particles, overlay(pool, batch.count, rng))
        jets = leading_jets(detect(particles, rng), batch.count, radius=RADIUS, most=CONSTITUENTS)
        jets = jets.where(in_acceptance(jets.momentum))
        tops = np.zeros((len(jets.event), 4))
        if process == "top":
            matched, tops = match(jets, batch.tops[jets.event], batch.quarks[jets.event])
            jets, tops = jets.where(matched), tops[matched]
        constituents.append(jets.constituents)
        truth.append(tops)
        missing -= len(tops)
    return np.concatenate(constituents)[:count], np.concatenate(truth)[:count]


def in_acceptance(momentum: Floats) -> NDArray[np.bool_]:
    """Return which jets have 550 GeV < pT < 650 GeV and abs(eta) < 2.

    Args:
        momentum: E, px, py, pz in GeV, shape (J, 4).

    Returns:
        A mask of shape (J,).

    Source: the recipe (arXiv:1902.09914, section 2).
    """
    pt = transverse_momentum(momentum)
    return np.asarray((pt > PT_MIN) & (pt < PT_MAX) & (np.abs(pseudorapidity(momentum)) < ETA_MAX))


def match(jets: Jets, tops: Floats, quarks: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """Return which jets contain a top and its three decay quarks, and the nearest such top.

    Args:
        jets: J jets.
        tops: E, px, py, pz in GeV of the two tops of their events, shape (J, 2, 4).
        quarks: the same of the quarks of each top, shape (J, 2, 3, 4).

    Returns:
        A mask of shape (J,), and the top's E, px, py, pz in GeV, shape (J, 4); undefined where not matched.

    Source: the recipe (arXiv:1902.09914, section 2): all within ΔR = 0.8 of the jet.
    """
    distance = delta_r(tops, jets.momentum[:, None])
    held = (distance < MATCH) & (delta_r(quarks, jets.momentum[:, None, None]) < MATCH).all(axis=2)
    nearest = np.argmin(np.where(held, distance, np.inf), axis=1)
    return np.asarray(held.any(axis=1)), tops[np.arange(len(tops)), nearest]


def _pythia_seed(seed: int, block: int, purpose: str) -> int:
    """Return a seed from 1 to 900,000,000, the range of Pythia."""
    return int(stream(seed, block, "pythia", purpose).integers(1, _PYTHIA_SEEDS + 1))
