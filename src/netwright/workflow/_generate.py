"""Generate: simulate rows of a kind given by name, from the command line or Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from netwright.config import ClusterSection
from netwright.errors import GenerationError, NetwrightError, did_you_mean
from netwright.progress import Progress, silent
from netwright.simulation import Elsewhere, generate_four_vectors, generate_top_jets
from netwright.workflow._cluster import check_cluster, work_by_workers

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
    cluster: str | None = None,
    progress: Progress = silent,
) -> list[Path]:
    """Simulate collisions or random particles, and write them to files.

    Args:
        kind: ``top-jets`` (top and QCD jets, needs the extra "generate") or ``four-vectors`` (with their mass).
        rows: number of rows.
        out: folder for the files; an interrupted generation is continued there.
        seed: the same seed gives the same rows.
        workers: number of processes, or of workers of the cluster; the rows do not depend on it.
        basis: components of four-vectors, GeV (and rad).
        cluster: lets workers of a cluster simulate: ``local``, ``dask://ADDRESS``, ``slurm`` or ``htcondor``, with the
            defaults of the section ``cluster``. Needs the extra "cluster".
        progress: callback for progress updates.

    Returns:
        The files, in order.

    Raises:
        GenerationError: there is no such kind, a number is out of range, or the folder contains something else.
        MissingExtraError: Pythia, FastJet or Dask is not installed.
        RunError: a worker of the cluster could not go on.

    Example:
        >>> import netwright as nw
        >>> nw.generate("four-vectors", 1000, "particles")  # doctest: +SKIP
        [PosixPath('particles/four-vectors-00000.npz')]
    """
    if kind not in KINDS:
        msg = f"kind must be one of {', '.join(KINDS)}. Received: {kind!r}.{did_you_mean(kind, KINDS)}"
        raise GenerationError(msg)
    elsewhere = None
    if cluster is not None:
        check_cluster(cluster)
        elsewhere = _on_cluster(cluster, Path(out), workers, progress)
    common: dict[str, Any] = {"out": Path(out), "workers": workers, "progress": progress, "elsewhere": elsewhere}
    if kind == "top-jets":
        return generate_top_jets(rows, seed=seed, **common)
    return generate_four_vectors(rows, seed=seed, basis=basis, **common)


def _on_cluster(cluster: str, out: Path, jobs: int, progress: Progress) -> Elsewhere:
    """Return what lets the workers of a cluster write blocks."""

    def spread(write: Callable[[int, int], int], blocks: Sequence[tuple[int, int]]) -> None:
        if blocks:
            arguments = [(write, *block) for block in blocks]
            work_by_workers(cluster, ClusterSection(), out, jobs, _write_block, arguments, progress)

    return spread


def _write_block(write: Callable[[int, int], int], block: int, rows: int) -> str:
    """Write a block in another process; return the message of what ended it."""
    try:
        write(block, rows)
    except NetwrightError as error:  # its class may need more than one argument, and would not come back
        return str(error)
    return ""
