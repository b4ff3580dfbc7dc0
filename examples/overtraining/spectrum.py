"""Draw the weights of the overtrained network beside those of its twin with an L2 penalty.

    python examples/overtraining/spectrum.py runs/overtraining-1-overtrained runs/overtraining-4-l2

Left: distribution of the weights between hidden layers. Right: their sizes, the largest first.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.style
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

import netwright as nw
from netwright.plots._style import COLOURS, STYLE

Floats = npt.NDArray[np.float64]

NAMES = ("learnt by heart", "with L2")


def main() -> None:
    """Read two runs, draw them, and print what the figure shows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs=2, type=Path, help="the overtrained run, and its cured twin")
    parser.add_argument("--figure", type=Path, default=Path(__file__).with_name("weights.png"))
    options = parser.parse_args()
    weights = [hidden_weights(nw.open_run(path)) for path in options.runs]
    draw(weights, options.figure)
    for name, values in zip(NAMES, weights, strict=True):
        low, high = np.quantile(values, [0.05, 0.95])
        print(
            f"{name}: norm {np.sqrt((values**2).sum()):.3g}, largest {np.abs(values).max():.3g}, 90% within "
            f"{low:.3g} to {high:.3g}; the largest hundredth carries {carried(values, 0.01):.0%} of the sum of squares"
        )


def hidden_weights(run: nw.Run) -> Floats:
    """Return the weights between hidden layers, shape (n,)."""
    layers = [layer for layer in run.model.layers if "hidden" in layer.name and hasattr(layer, "kernel")]
    return np.concatenate([np.asarray(layer.kernel, np.float64).ravel() for layer in layers[1:]])


def carried(values: Floats, share: float) -> float:
    """Return which part of Σw² the largest weights carry, a share of all by number."""
    squares = np.sort(values**2)[::-1]
    return float(squares[: max(1, round(share * len(squares)))].sum() / squares.sum())


def draw(weights: list[Floats], path: Path) -> None:
    """Draw the distribution of the weights, and their sizes in order."""
    edge = max(np.abs(values).max() for values in weights)
    with matplotlib.style.context(STYLE, after_reset=True):
        figure = Figure(figsize=(13, 4.8), layout="constrained")
        left, right = figure.subplots(1, 2)
        for values, colour, name in zip(weights, (COLOURS[1], COLOURS[0]), NAMES, strict=True):
            left.hist(values, bins=np.linspace(-edge, edge, 81), histtype="step", color=colour, lw=2, label=name)
            sizes = np.sort(np.abs(values))[::-1]
            right.plot(np.arange(1, len(sizes) + 1), sizes, color=colour, lw=2, label=name)
        left.set_yscale("log")
        left.set_xlabel("weight")
        left.set_ylabel("number")
        right.set_xscale("log")
        right.set_xlabel("rank")
        right.set_ylabel("|weight|")
        right.legend()
        figure.savefig(path, dpi=70, metadata={"Software": "netwright"})


if __name__ == "__main__":
    main()
