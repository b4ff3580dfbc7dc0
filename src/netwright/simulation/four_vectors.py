"""Random particles for the mass exercise: a network learns the mass from a four-vector."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netwright.errors import GenerationError, did_you_mean
from netwright.progress import Progress, silent
from netwright.simulation._writing import Elsewhere, GenerationPlan, identities, stream, write_blocks

__all__ = ["generate_four_vectors", "particle_block"]

BASES: Final[dict[str, tuple[str, ...]]] = {
    "E,px,py,pz": ("E", "px", "py", "pz"),
    "E,pt,eta,phi": ("E", "pt", "eta", "phi"),
}
MASS_MAX: Final = 200.0  # GeV
PT_RANGE: Final = (20.0, 500.0)  # GeV
ETA_MAX: Final = 2.5

_BLOCK_ROWS: Final = 100_000


def generate_four_vectors(
    rows: int,
    *,
    seed: int,
    out: str | Path,
    workers: int = 1,
    basis: str = "E,px,py,pz",
    progress: Progress = silent,
    elsewhere: Elsewhere | None = None,
) -> list[Path]:
    """Draw random particles and write them to files of 100,000 rows.

    The mass is uniform up to 200 GeV, ln pT uniform between 20 and 500 GeV, eta uniform in [-2.5, 2.5], phi uniform.
    Each file (npz) contains float64 columns of shape (N,): the four of the basis (GeV, rad), `mass` in GeV, and
    `event` (int64), the row's identity, unique across rows and seeds. The same seed gives the same particles in both
    bases and for any number of workers; an interrupted call can be continued by the next one.

    Args:
        rows: number of particles.
        seed: from 0 to 2³¹ - 1.
        out: folder, created if it is missing.
        workers: number of processes; 1 works in this process.
        basis: "E,px,py,pz" or "E,pt,eta,phi".
        progress: callback for progress updates, called after each file.
        elsewhere: lets other machines write the files, in place of workers.

    Returns:
        The files, in order.

    Raises:
        GenerationError: `basis` is unknown, a number is out of range, the folder contains something else, or a worker
            failed.

    Source: definition.

    Example:
        >>> import netwright as nw
        >>> (file,) = nw.generate_four_vectors(4000, seed=1, out="particles")  # doctest: +SKIP
    """
    if basis not in BASES:
        msg = f'basis must be one of {sorted(BASES)}, received "{basis}".{did_you_mean(basis, BASES)}'
        raise GenerationError(msg)
    plan = GenerationPlan(kind="four-vectors", seed=seed, rows=rows, block_rows=_BLOCK_ROWS, options={"basis": basis})
    make = partial(particle_block, seed, basis)
    return write_blocks(plan, make, out=Path(out), workers=workers, progress=progress, elsewhere=elsewhere)


def particle_block(seed: int, basis: str, block: int, rows: int) -> dict[str, NDArray[Any]]:
    """Draw one block of particles, a pure function of its arguments.

    With mass m, transverse momentum pT, pseudorapidity η and azimuth φ:
    px = pT·cos φ, py = pT·sin φ, pz = pT·sinh η, E = sqrt(m² + (pT·cosh η)²).

    Args:
        seed: of the whole data set.
        basis: "E,px,py,pz" or "E,pt,eta,phi".
        block: number of the block, from 0.
        rows: number of particles.

    Returns:
        Columns of shape (rows,): the four of the basis (GeV, rad), `mass` in GeV, `event`.

    Source: definition.

    Example:
        >>> row = particle_block(1, "E,px,py,pz", 0, 1)
        >>> p2 = row["px"] ** 2 + row["py"] ** 2 + row["pz"] ** 2
        >>> bool(abs(np.sqrt(row["E"] ** 2 - p2) - row["mass"]) < 1e-9)
        True
    """
    # Drawn row by row: drawn column by column, the numbers would depend on the number of rows.
    unit = stream(seed, block, "four-vectors").random((rows, 4))
    mass = MASS_MAX * unit[:, 0]
    pt = PT_RANGE[0] * (PT_RANGE[1] / PT_RANGE[0]) ** unit[:, 1]
    eta = ETA_MAX * (2 * unit[:, 2] - 1)
    phi = np.pi * (2 * unit[:, 3] - 1)
    components = {
        "E": np.hypot(mass, pt * np.cosh(eta)),
        "px": pt * np.cos(phi),
        "py": pt * np.sin(phi),
        "pz": pt * np.sinh(eta),
        "pt": pt,
        "eta": eta,
        "phi": phi,
    }
    columns = {name: components[name] for name in BASES[basis]}
    return {**columns, "mass": mass, "event": identities(seed, block * _BLOCK_ROWS, rows)}
