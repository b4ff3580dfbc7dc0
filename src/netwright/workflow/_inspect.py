"""Inspect: from data files to a page with statistics and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from netwright.config import CsvSection, Experiment, load_experiment
from netwright.errors import ExperimentError
from netwright.inspection import Inspection, InspectionRequest, as_json, compute_inspection
from netwright.plots import draw_inspection
from netwright.progress import Progress, silent
from netwright.reporting import INSPECTION_CAPTIONS, Picture, write_inspection
from netwright.strict_json import write_json
from netwright.workflow.inspections.of_experiment import request_of_experiment
from netwright.workflow.inspections.of_files import request_of_files

__all__ = ["Inspected", "inspect"]


@dataclass(frozen=True)
class Inspected:
    """The result of an inspection, and where it was written.

    Attributes:
        found: the findings and the statistics behind them.
        page: the HTML file.
        numbers: the JSON file.
    """

    found: Inspection
    page: Path
    numbers: Path


def inspect(
    what: Experiment | str | Path | Sequence[str | Path],
    *,
    out: str | Path | None = None,
    target: str | None = None,
    weight: str | None = None,
    key: str | None = None,
    csv: CsvSection | Mapping[str, object] | None = None,
    progress: Progress = silent,
) -> Inspected:
    """Inspect data before training: statistics, distributions, correlations, and problems to fix.

    Args:
        what: an experiment or the path of its file (.yaml), or files with rows: without a target, several files are
            samples, and the layout of files tells the particles, the event weight and what is no input, as for `init`.
        out: folder for the page; ``inspections/NAME`` if not given. Existing files of an inspection are replaced.
        target: for files, the column of the class, or of a number to predict.
        weight: for files, the column of the event weight; if not given, the first that can be one by its name.
        key: for files, the table to read if a file has several.
        csv: for files, the format of text tables, as for `netwright.read`.
        progress: callback for progress updates.

    Returns:
        The inspection, and where it was written.

    Raises:
        ExperimentError: the experiment is not valid or is a run directory, or target, weight, key or csv is given in
            addition to an experiment.
        DataError: a file, a column or an expression cannot be used.

    Example:
        >>> import netwright as nw
        >>> nw.inspect("jets/*.npz", target="is_top").found.severity  # doctest: +SKIP
        'PASS'
    """
    named = [what] if isinstance(what, Experiment | str | Path) else list(what)
    only = named[0] if len(named) == 1 else None
    if isinstance(only, str | Path) and (Path(only) / "experiment.yaml").is_file():
        msg = f"{only}: is a run directory. Name its experiment, {Path(only) / 'experiment.yaml'}, or files with rows."
        raise ExperimentError(msg)
    if isinstance(only, str | Path) and Path(only).suffix.lower() in {".yaml", ".yml"}:
        only = load_experiment(only)
    if isinstance(only, Experiment):
        given = {"target": target, "weight": weight, "key": key, "csv": csv}
        if names := [name for name, value in given.items() if value]:
            where = "" if isinstance(what, Experiment) else f"{named[0]}: "
            msg = (
                f"{where}the experiment already names target, weight, key and csv. Leave out what is given besides: "
                f"{', '.join(names)}."
            )
            raise ExperimentError(msg)
        request = request_of_experiment(only, progress=progress)
    else:
        files = [file for file in named if not isinstance(file, Experiment)]
        request = request_of_files(files, key=key, csv=csv, target=target, weight=weight, progress=progress)
    return _written(request, None if out is None else Path(out), progress)


def _written(request: InspectionRequest, out: Path | None, progress: Progress) -> Inspected:
    inspection = compute_inspection(request, progress=progress)
    folder = Path("inspections") / request.name if out is None else out
    drawn = draw_inspection(inspection, folder / "figures", progress=progress)
    pictures = [_picture(name, path) for name, path in drawn.items()]
    page = write_inspection(inspection, pictures, folder / "inspection.html")
    numbers = folder / "inspection.json"
    write_json(numbers, as_json(inspection), indent=None)
    return Inspected(inspection, page, numbers)


def _picture(name: str, path: Path) -> Picture:
    kind, _, subject = name.partition("-")
    titles = {
        "classes": "Classes",
        "targets": "Targets and weights",
        "distributions": f"Distributions, page {subject}",
        "profile": f"{subject} by position",
        "correlations": "Correlations",
        "pairs": "Strongest pairs",
        "drift": "Drift",
    }
    later = kind == "distributions" and subject != "1"
    return Picture(path, titles[kind], "As on page 1." if later else INSPECTION_CAPTIONS[kind])
