"""Print the table of the page and draw its figure, from the runs of the nine experiment files.

    python examples/overtraining/compare.py runs/overtraining-*

Every row has the loss (mean of -ln p of the true class) and the AUC on rows that were trained on and on test rows.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import matplotlib.style
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from make_toy import FOLDER, truth
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

import netwright as nw
from netwright.metrics import log_loss, roc_auc
from netwright.plots._style import COLOURS, STYLE

Floats = npt.NDArray[np.float64]

SHOWN = {"overtraining-1-overtrained": "learnt by heart", "overtraining-9-together": "cured"}
EDGE = 2.6  # of the figure, in units of the points' coordinates


def main() -> None:
    """Compare runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, help="run directories")
    parser.add_argument("--figure", type=Path, default=Path(__file__).with_name("overtraining.png"))
    options = parser.parse_args()
    print("| network | loss, train | loss, test | generalisation error | AUC, train | AUC, test |")
    print("|---|---|---|---|---|---|")
    for path in options.runs:
        print(row(nw.open_run(path)))
    print(best_possible())
    shown = {path.name: path for path in options.runs if path.name in SHOWN}
    if len(shown) == len(SHOWN):
        draw({title: nw.open_run(shown[name]) for name, title in SHOWN.items()}, options.figure)


def row(run: nw.Run) -> str:
    """Return the row of a run."""
    table = pq.read_table(run.path / "predictions.parquet")
    (train, train_auc), (test, test_auc) = (
        measured(table.filter(pc.equal(table["split"], part))) for part in ("train", "test")
    )
    name = run.experiment.name.removeprefix("overtraining-")
    return f"| {name} | {train:.3f} | {test:.3f} | {test - train:.3f} | {train_auc:.3f} | {test_auc:.3f} |"


def measured(table: pa.Table) -> tuple[float, float]:
    """Return loss and AUC of predictions."""
    labels, scores = table["is_signal_true"].to_numpy(), table["is_signal"].to_numpy()
    return log_loss(labels, scores), roc_auc(labels, scores)


def best_possible() -> str:
    """Return the row of the truth, which has learnt nothing and errs as often everywhere."""
    test = np.load(FOLDER / "test.npz")
    scores = truth(np.stack([test["x"], test["y"]], axis=1))
    return f"| the truth | | {log_loss(test['label'], scores):.3f} | | | {roc_auc(test['label'], scores):.3f} |"


def draw(runs: dict[str, nw.Run], path: Path) -> None:
    """Draw what each network, and the truth, says of every point of the plane."""
    x, y = np.meshgrid(np.linspace(-EDGE, EDGE + 1, 181), np.linspace(-EDGE, EDGE, 131))
    plane = np.stack([x.ravel(), y.ravel()], axis=1)
    panels = {title: predictions(run, plane) for title, run in runs.items()} | {"the truth": truth(plane)}
    with matplotlib.style.context(STYLE, after_reset=True):
        figure = Figure(figsize=(15, 4.6), layout="constrained")
        axes = figure.subplots(1, len(panels), sharey=True)
        for panel, (title, scores) in zip(axes, panels.items(), strict=True):
            filled = surface(panel, x, y, scores.reshape(x.shape))
            panel.set_title(title, fontsize=16)
            panel.set_xlabel("x")
        axes[0].set_ylabel("y")
        axes[0].legend(loc="upper right", fontsize=12, markerscale=1.6, frameon=True, borderpad=0.4)
        figure.colorbar(filled, ax=axes, label="probability of signal", ticks=np.linspace(0, 1, 6), pad=0.01)
        figure.savefig(path, dpi=90, metadata={"Software": "netwright"})


def predictions(run: nw.Run, plane: Floats) -> Floats:
    """Return the network's probability of the signal at points of shape (n, 2)."""
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "plane.npz", x=plane[:, 0], y=plane[:, 1])
        return run.predict(nw.read(Path(folder) / "plane.npz"))["is_signal"].to_numpy()


def surface(axes: Axes, x: Floats, y: Floats, scores: Floats) -> object:
    """Draw the probability, the line where both classes are equal, and the 200 rows."""
    colours = LinearSegmentedColormap.from_list("classes", [COLOURS[0], "white", COLOURS[1]])
    filled = axes.contourf(x, y, scores, levels=np.linspace(0, 1, 21), cmap=colours)
    axes.contour(x, y, scores, levels=[0.5], colors="black", linewidths=1.6)
    train = np.load(FOLDER / "train.npz")
    for label, name in ((0, "background"), (1, "signal")):
        chosen = train["label"] == label
        axes.plot(
            train["x"][chosen], train["y"][chosen], "o", ms=5, color=COLOURS[label], mec="black", mew=0.6, label=name
        )
    axes.set(xlim=(x.min(), x.max()), ylim=(y.min(), y.max()))
    return filled


if __name__ == "__main__":
    main()
