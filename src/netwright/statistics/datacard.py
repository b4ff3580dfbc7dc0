"""A channel as the files of CMS Combine: a datacard, and its histograms in a ROOT file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from netwright.atomic_files import atomic_write, make_folder, write_text
from netwright.statistics.channel import Channel, Process
from netwright.statistics.yields import Yields

__all__ = ["datacard_text", "write_datacard"]

_SHAPES = "shapes.root"
_LINE = "-" * 80


def write_datacard(channel: Channel, folder: Path) -> tuple[Path, Path]:
    """Write ``datacard.txt`` and ``shapes.root``.

    The ROOT file holds, in a folder with the name of the channel, the histogram of each process, of each variation of
    its template (``PROCESS_SYSTEMATICUp`` and ``...Down``), and ``data_obs``, the sum of the backgrounds; all with
    their Σw².

    Args:
        channel: templates and their systematic uncertainties, in events.
        folder: where to; made if it is missing.

    Returns:
        The paths of the datacard and of the ROOT file.

    Raises:
        StorageError: a file cannot be written; then it is as it was before.

    Source: the manual of CMS Combine, arXiv:2404.06614.
    """
    import uproot

    make_folder(folder)
    shapes = folder / _SHAPES
    with atomic_write(shapes) as partial, uproot.recreate(partial) as file:
        for name, yields in _histograms(channel):
            file[f"{channel.name}/{name}"] = _histogram(channel, yields)
    card = folder / "datacard.txt"
    write_text(card, datacard_text(channel))
    return card, shapes


def datacard_text(channel: Channel) -> str:
    """Return the datacard of a channel, whose histograms are in ``shapes.root`` next to it.

    Args:
        channel: templates and their systematic uncertainties, in events.

    Returns:
        The text. Yields are -1: Combine takes the integrals of the histograms. Factors of yields are ``lnN`` with
        the factors at -1σ and +1σ, variations of templates ``shape``; the uncertainty √Σw² of the simulation is one
        parameter a bin (``autoMCStats 0``), of backgrounds as in the workspace, and of the signal, which the workspace
        leaves out and Combine always takes in.

    Source: the manual of CMS Combine, arXiv:2404.06614.

    Example:
        >>> from netwright.statistics import Process, Yields
        >>> signal = Process("hh", Yields([1.0], [0.1]), {"lumi": (0.98, 1.02)}, is_signal=True)
        >>> background = Process("tt", Yields([9.0], [0.1]), {"lumi": (0.98, 1.02)}, is_signal=False)
        >>> print(datacard_text(Channel("score", [0.0, 1.0], (signal, background))))
        imax 1 number of channels
        jmax 1 number of processes minus 1
        kmax 1 number of nuisance parameters
        --------------------------------------------------------------------------------
        shapes * * shapes.root $CHANNEL/$PROCESS $CHANNEL/$PROCESS_$SYSTEMATIC
        --------------------------------------------------------------------------------
        bin         score
        observation -1
        --------------------------------------------------------------------------------
        bin          score      score
        process      hh         tt
        process      0          1
        rate         -1         -1
        --------------------------------------------------------------------------------
        lumi  lnN    0.98/1.02  0.98/1.02
        score autoMCStats 0
        <BLANKLINE>
    """
    # Combine: signals first, up to number 0
    processes = sorted(channel.processes, key=lambda process: not process.is_signal)
    signals = sum(process.is_signal for process in processes)
    table = [
        ["bin", *(channel.name for _ in processes)],
        ["process", *(process.name for process in processes)],
        ["process", *(str(number - signals + 1) for number in range(len(processes)))],
        ["rate", *("-1" for _ in processes)],
    ]
    widest = max((len(name) for name in (*channel.norms, *channel.shapes)), default=0)
    nuisances = [
        *([f"{name:<{widest}}  lnN", *(_factors(process, name) for process in processes)] for name in channel.norms),
        *(
            [f"{name:<{widest}}  shape", *("1" if name in process.shapes else "-" for process in processes)]
            for name in channel.shapes
        ),
    ]
    lines = _aligned([*table, *nuisances])
    head = [
        "imax 1 number of channels",
        f"jmax {len(processes) - 1} number of processes minus 1",
        f"kmax {len(nuisances)} number of nuisance parameters",
        _LINE,
        f"shapes * * {_SHAPES} $CHANNEL/$PROCESS $CHANNEL/$PROCESS_$SYSTEMATIC",
        _LINE,
        f"bin         {channel.name}",
        "observation -1",
        _LINE,
    ]
    tail = f"{channel.name} autoMCStats 0"
    return "\n".join([*head, *lines[: len(table)], _LINE, *lines[len(table) :], tail]) + "\n"


def _factors(process: Process, systematic: str) -> str:
    factors = process.norms.get(systematic)
    return "-" if factors is None else f"{factors[0]:.9g}/{factors[1]:.9g}"


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    widths[0] += 2
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _histograms(channel: Channel) -> Iterator[tuple[str, Yields]]:
    yield "data_obs", Yields(channel.background.values, channel.background.values)
    for process in channel.processes:
        yield process.name, process.yields
        for systematic, (down, up) in process.shapes.items():
            yield f"{process.name}_{systematic}Down", down
            yield f"{process.name}_{systematic}Up", up


def _histogram(channel: Channel, yields: Yields) -> Any:  # noqa: ANN401  # hist ships no precise types
    import hist

    filled = hist.Hist(hist.axis.Variable(channel.edges.tolist(), name="score"), storage=hist.storage.Weight())
    filled[...] = np.stack([yields.values, yields.variances], axis=-1)
    return filled
