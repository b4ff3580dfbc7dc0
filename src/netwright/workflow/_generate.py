"""Generate: simulate rows of a kind given by name, from the command line or Python."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from netwright.errors import GenerationError, did_you_mean
from netwright.progress import Progress, silent
from netwright.simulation import generate_four_vectors, generate_top_jets

__all__ = ["KINDS", "generate"]

KINDS = ("top-jets", "four-vectors")


def generate(
    kind: str,
    rows: int,
    out: str | Path,
    *,
    seed: int = 1,
    workers: int = 2,
    basis: Literal["E,px,py,pz", "E,pt,eta,phi"] = "E,px,py,pz",
    progress: Progress = silent,
) -> list[Path]:
    """Simulate collisions or random particles, and write them to files.

    Args:
        kind: ``top-jets`` (top and QCD jets, needs the extra "generate") or ``four-vectors`` (with their mass).
        rows: number of rows.
        out: folder for the files; an interrupted generation is continued there.
        seed: the same seed gives the same rows.
        workers: number of processes; the rows do not depend on it.
        basis: components of four-vectors, GeV (and rad).
        progress: callback for progress updates.

    Returns:
        The files, in order.

    Raises:
        GenerationError: there is no such kind, a number is out of range, or the folder contains something else.
        MissingExtraError: Pythia or FastJet is not installed.

    Example:
        >>> import netwright as nw
        >>> nw.generate("four-vectors", 1000, "particles")  # doctest: +SKIP
        [PosixPath('particles/four-vectors-00000.npz')]
    """
    if kind == "top-jets":
        return generate_top_jets(rows, seed=seed, out=Path(out), workers=workers, progress=progress)
    if kind == "four-vectors":
        return generate_four_vectors(rows, seed=seed, out=Path(out), workers=workers, basis=basis, progress=progress)
    msg = f"kind must be one of {', '.join(KINDS)}. Received: {kind!r}.{did_you_mean(kind, KINDS)}"
    raise GenerationError(msg)
