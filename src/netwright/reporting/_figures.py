"""The figures in a report of a run: in which order, under which title, and how to read each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from netwright.reporting._content import Picture

__all__ = ["FIGURES", "FigureText", "pictures_in"]


class FigureText(NamedTuple):
    """What a report says of a figure.

    Attributes:
        title: with braces for the head, input or column that it is about.
        caption: how to read it.
    """

    title: str
    caption: str


_MEMBER_LOSSES = (
    "Weighted mean loss of each epoch on training rows (dashed) and validation rows (lines) of each member; stars mark"
    " the epochs whose weights were kept. Members that end far apart show how much of a result is chance."
)
FIGURES: Mapping[str, FigureText] = MappingProxyType(
    {
        "roc": FigureText(
            "ROC of {}",
            "Efficiency of signal against rejection of background, 1/ε_B: higher is better, and each step up the "
            "logarithmic scale is a factor. The bands are the statistical uncertainty at a given efficiency, from the "
            "rows of both classes; the dots are the usual working points, and arrows lower limits where no background "
            "is left. The dotted line is random guessing.",
        ),
        "discriminant": FigureText(
            "Output for {}",
            "Network output by class, each normalised to unit area: training rows filled, test rows as points with "
            "√Σw². The pulls below should scatter around zero within the bands of one and two standard deviations; χ² "
            "per bin far above 1 means that the network has memorised its training rows.",
        ),
        "calibration": FigureText(
            "Calibration of {}",
            "Fraction of rows in the class against its predicted probability, in ten bins: on the diagonal if the "
            "probabilities are calibrated. Uncertainties are weighted binomial, at a fraction of 0 or 1 the distance "
            "to the 68% limit. The expected calibration error is the weighted mean distance from the diagonal; the "
            "value expected by chance is in brackets. A balance of classes in training shifts probabilities.",
        ),
        "likelihood-ratio": FigureText(
            "Likelihood ratio of {}",
            "Observed ratio of signal to background against the ratio predicted by the probability, in bins of equal "
            "numbers of rows: on the diagonal if the probability is calibrated. The legend gives the sum of the "
            "background weighted by p/(1 - p), in units of the signal: 1 if it is.",
        ),
        "confusion": FigureText(
            "Confusion of {}",
            "Weighted share of each true class (line) that is assigned to each class (column); lines sum to 1 and a "
            "perfect network has ones on the diagonal.",
        ),
        "response": FigureText(
            "Response of {}",
            "Prediction against truth, on the diagonal if perfect; residuals with their median (bias) and central 68% "
            "(resolution); both in bins of the true value, where a slope means that predictions are pulled towards the"
            " mean; and for positive targets the resolution relative to the target.",
        ),
        "coverage": FigureText(
            "Intervals of {}",
            "Share of the true values that lie inside of the 68% and the 95% intervals, in bins of equal numbers of "
            "rows of the prediction: points on the dotted lines are right. The legend gives the shares of all rows. "
            "Points below a line mean intervals that are too narrow there.",
        ),
        "loss": FigureText(
            "Loss",
            "Weighted mean loss of each epoch on training and validation rows. Both should fall and flatten; a "
            "validation loss that rises again while the training loss falls means overtraining. The star marks the "
            "epoch whose weights were kept, dotted lines the steps in which the learning rate was lowered.",
        ),
        "features": FigureText(
            "Inputs: {}",
            "Inputs of the network, each normalised to unit area, weighted, by class. A panel shows the central 99%; "
            "the text above it gives the shares that are missing or outside. Look for spikes at default values, for "
            "wrong units, and for classes that differ where physics says they should not.",
        ),
        "vitals": FigureText(
            "Layers",
            "Layers of the network (of several members, the first): weights and silent units at the end, gradients and"
            " updates on fixed rows if the training was long enough. If gradients shrink by orders of magnitude from "
            "the last to the first layer, the first layers do not learn; updates of about a thousandth of the weights "
            "are usual. Few, large weights are a sign of overtraining.",
        ),
        "templates": FigureText(
            "Expected events by {}",
            "Expected events in bins of the score, backgrounds stacked; the hatched band is the uncertainty of the "
            "background, of the simulated sample and all systematics. Below, signal and uncertainty in units of the "
            "background: a bin is sensitive where the line leaves the band.",
        ),
        "cls": FigureText(
            "Upper limit by {}",
            "CLs against the strength of the signal for background alone: the median experiment and the bands that "
            "contain 68% and 95% of experiments. Where the median crosses the dotted line is the expected upper limit:"
            " larger strengths are excluded.",
        ),
        "cuts": FigureText(
            "Significance of cuts on {}",
            "Significance of the events that pass a cut on the score (Asimov's formula, as if the background were "
            "known: without σ_b), on validation rows, with the uncertainty from the finite simulated sample. The line "
            "ends where too little simulated background is left. The dashed line is that of all bins together. With "
            "systematics it becomes the discovery significance at the top.",
        ),
        "protected": FigureText(
            "Spectrum of background and {}",
            "Distribution of the protected column for background, before and after cuts on the score at fixed signal "
            "efficiencies, each normalised; below, after over before. Flat at 1 if the score does not depend on the "
            "column. A bump where the signal has its peak looks like a signal.",
        ),
        "pulls": FigureText(
            "Systematic uncertainties, {}",
            "Nuisance parameters of a fit to data with the signal, the one with the largest impact on μ first. Left: "
            "the pull, zero by construction here, with its uncertainty in units of that before the fit; a short bar "
            "means that the data constrains the parameter. Right: the change of μ with the parameter at ± one standard"
            " deviation.",
        ),
        "recorded": FigureText(
            "Recorded and simulated: {}",
            "Recorded collisions as points with √N over simulated samples, stacked and weighted; the hatched band is "
            "√Σw² of the simulation. Scores are those of test rows, scaled to their sample. A ratio that is not flat "
            "shows an input that is not modelled, which a network may exploit.",
        ),
    }
)
"""The figures of a run by the beginning of the name of their files, in the order of reading."""


def pictures_in(folder: Path, *, members: int) -> Iterator[Picture]:
    """Yield the figures of a run.

    Args:
        folder: with its figures.
        members: how many networks were trained; of several, their losses are in one figure.

    Yields:
        Figures in the order of reading, each with how to read it.
    """
    for beginning, text in FIGURES.items():
        for path in sorted(folder.glob(f"{beginning}*.png")):
            subject = path.stem.removeprefix(beginning).strip("-")
            of_members = beginning == "loss" and members > 1
            yield Picture(path, text.title.format(subject), _MEMBER_LOSSES if of_members else text.caption)
