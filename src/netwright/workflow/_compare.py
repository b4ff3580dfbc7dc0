"""Compare: what differs between runs, and how sure the difference of their results is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.errors import RunError
from netwright.lab import Run, open_run, refuse_link
from netwright.labbook import HeadRows, RunPair, compare_runs
from netwright.metrics import roc_curve
from netwright.plots import overlaid_losses, overlaid_outputs, roc, save
from netwright.progress import Progress, silent
from netwright.reporting import Picture, write_comparison
from netwright.tasks import task_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ComparedRuns", "compare"]

_LONGEST_NAME = 200  # bytes of the names of runs in that of a page: file systems allow 255 in all
_LOSSES = (
    "Losses",
    "Validation loss of each epoch, and the training loss pale; of several members the mean, with the range of all.",
)
_ROC = (
    "Signal efficiency against rejection of background, on the same test rows. The bands are the uncertainty of each "
    "curve by itself; common fluctuations of the rows cancel in the table of metrics."
)
_OUTPUTS = "Outputs of the networks on the same test rows, each normalised to unit area, with √Σw² as bars."


@dataclass(frozen=True)
class ComparedRuns:
    """Runs compared with the first of them.

    Attributes:
        names: of the runs, the first is compared with.
        pairs: one for each further run.
        path: the page.
    """

    names: tuple[str, ...]
    pairs: tuple[RunPair, ...]
    path: Path


def compare(
    runs: Sequence[Run | str | Path], *, output: str | Path | None = None, trust: bool = False,
    progress: Progress = silent,
) -> ComparedRuns:  # fmt: skip
    """Compare runs with the first of them: settings, data, versions, and metrics on the same test rows.

    The significance of a difference is that of the paired difference: both networks judge the same rows (DeLong for the
    AUC of two classes, and a paired bootstrap). It is not said for runs with other test rows.

    Args:
        runs: two or more; the first is compared with.
        output: the page; if not given, ``compare-A-B.html`` next to the first run.
        trust: trust the modules of custom layers, on this machine from now on.
        progress: callback for progress updates.

    Returns:
        What differs.

    Raises:
        RunError: there are fewer than two runs, a run is named twice, or has not been evaluated; or the output is no
            .html file, or the page next to the first run is a link to somewhere else.

    Example:
        >>> import netwright as nw
        >>> found = nw.compare(["runs/jets", "runs/jets-2"])  # doctest: +SKIP
        >>> found.pairs[0].metrics[0].verdict  # doctest: +SKIP
        'better'
    """
    named = [runs] if isinstance(runs, str | Path | Run) else runs
    opened = [open_run(run, trust=trust) for run in named]
    paths = [run.path.resolve() for run in opened]
    if len(opened) < 2 or len(set(paths)) < len(paths):
        msg = f"Name two or more different runs. Received: {', '.join(map(str, paths)) or 'none'}."
        raise RunError(msg)
    if output is None:
        path = opened[0].path.parent / _page_name([run_path.name for run_path in paths])
        refuse_link(path)
    elif (path := Path(output)).suffix.lower() not in {".html", ".htm"}:
        msg = f"{output}: a comparison is a page, and such a file ends with .html. Name another."
        raise RunError(msg)
    names = _short_names(paths)
    pairs = []
    for number, run in enumerate(opened[1:]):
        progress("Comparing", number, len(opened) - 1, "runs")
        pairs.append(compare_runs(opened[0], run))
    progress("Comparing", len(opened) - 1, len(opened) - 1, "runs")
    with tempfile.TemporaryDirectory() as folder:
        pictures = list(_pictures(names, opened, pairs, Path(folder)))
        write_comparison(names, pairs, pictures, path)
    return ComparedRuns(tuple(names), tuple(pairs), path)


def _page_name(names: Sequence[str]) -> str:
    """Return the name of the file that compares runs; file systems do not take those of any length.

    Example:
        >>> _page_name(["a", "b"]), len(_page_name(["ü" * 120, "b"]).encode())
        ('compare-a-b.html', 213)
    """
    return f"compare-{'-'.join(names[:4]).encode()[:_LONGEST_NAME].decode(errors='ignore')}.html"


def _short_names(paths: Sequence[Path]) -> list[str]:
    """Return the names of folders, with those of their parents where two are the same."""
    names = [path.name for path in paths]
    return names if len(set(names)) == len(names) else [f"{path.parent.name}/{path.name}" for path in paths]


def _pictures(names: Sequence[str], runs: Sequence[Run], pairs: Sequence[RunPair], folder: Path) -> Iterator[Picture]:
    histories = {name: run.history for name, run in zip(names, runs, strict=True)}
    yield _picture(overlaid_losses(histories), folder, "losses", *_LOSSES)
    comparable = {name: pair.rows for name, pair in zip(names[1:], pairs, strict=True) if pair.rows}
    for head in dict.fromkeys(head for rows in comparable.values() for head in rows):
        of_head = {name: rows[head] for name, rows in comparable.items() if head in rows}
        first = next(iter(of_head.values()))
        scores = {names[0]: first.one, **{name: rows.other for name, rows in of_head.items()}}
        for number, (title, caption, figure) in enumerate(_head_figures(head, first, scores)):
            yield _picture(figure, folder, f"{head}-{number}", title, caption)


def _head_figures(head: str, rows: HeadRows, scores: Mapping[str, Any]) -> Iterator[tuple[str, str, Figure]]:
    """Draw ROC curves and discriminants of a classification, residuals of a regression or of a median."""
    target, task = rows.target, task_of(rows.target)
    if task.signal_score is None:
        residuals = {
            name: np.asarray((values if values.ndim == 1 else values[:, 0]) - rows.truth)
            for name, values in scores.items()
        }
        alike = np.zeros(len(rows.truth), np.int64)
        label = f"prediction - truth of {head}"
        yield f"Residuals of {head}", _OUTPUTS, overlaid_outputs(
            residuals, rows.weights, alike, class_names={0: "test rows"}, name=label, unit=target.value_unit
        )  # fmt: skip
        return
    discriminants = {name: task.signal_score(target, values) for name, values in scores.items()}
    is_signal = rows.truth == list(target.labels).index(target.signal_name)
    curves = {name: roc_curve(is_signal, values, rows.weights) for name, values in discriminants.items()}
    figure = roc(curves, ratio_to=next(iter(curves)), signal_name=target.signal_name)
    yield f"ROC curves of {head}", _ROC, figure
    classes = dict(enumerate(target.labels))
    labels = rows.truth.astype(np.int64)
    yield f"Output of {head}", _OUTPUTS, overlaid_outputs(
        discriminants, rows.weights, labels, class_names={key: str(name) for key, name in classes.items()}, name=head
    )  # fmt: skip


def _picture(figure: Figure, folder: Path, name: str, title: str, caption: str) -> Picture:
    _, png = save(figure, folder, name.replace("/", "-"))
    return Picture(png, title, caption)
