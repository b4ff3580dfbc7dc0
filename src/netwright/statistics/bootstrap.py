"""How far a result moves when the simulated sample is another one of the same size: the Poisson bootstrap."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from netwright.errors import DataError, InferenceError
from netwright.progress import Progress, silent
from netwright.statistics.channel import Channel
from netwright.statistics.templates import ProcessEvents, templates

__all__ = ["bootstrap"]


def bootstrap(
    results: Callable[[Channel], Sequence[float]],
    processes: Sequence[ProcessEvents],
    edges: NDArray[np.float64],
    *,
    replicas: int,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[NDArray[np.float64], int]:
    """Return results of replicas of the simulated sample, in which every row counts k ~ Poisson(1) times.

    A row counts as often in its systematic variations. The bins stay, and so does the total of each process, which its
    cross section gives.

    Args:
        results: what is computed from a channel: r numbers, in any units.
        processes: rows of signal and background.
        edges: of the bins, ascending, shape (bins + 1,), dimensionless.
        replicas: how many, at least 2.
        seed: of the replicas; the same seed gives the same.
        progress: callback for progress updates.

    Returns:
        The results, shape (n, r), in the units of `results`, and how many replicas gave none, as of one that has no
        background in a bin; n is the number of the others.

    Raises:
        DataError: fewer than 2 replicas are asked for.
        InferenceError: fewer than 2 replicas gave a result.

    Source: J. A. Hanley, B. MacGibbon, Comput. Methods Programs Biomed. 83 (2006) 57 (the Poisson bootstrap).
    """
    if replicas < 2:
        msg = f"Argument `replicas` must be at least 2. Received: {replicas}. 50 give an uncertainty to 10%."
        raise DataError(msg)
    generator = np.random.default_rng(seed)
    replica_results = []
    for replica in range(replicas):
        progress("Bootstrap", replica, replicas, "replicas")
        counts = [generator.poisson(1.0, len(process.nominal.scores)).astype(np.float64) for process in processes]
        try:
            replica_results.append(list(results(templates(processes, edges, counts=counts))))
        except (DataError, InferenceError):
            continue
    progress("Bootstrap", replicas, replicas, "replicas")
    if len(replica_results) < 2:
        msg = (
            f"Only {len(replica_results)} of {replicas} replicas of the simulated sample gave a result: it is too "
            "small for these bins. Use fewer bins, or add simulated rows."
        )
        raise InferenceError(msg)
    return np.array(replica_results), replicas - len(replica_results)
