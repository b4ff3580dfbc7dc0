"""The content of a report as plain data: the workflow fills it in, the template lays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from netwright.data import SampleYield
from netwright.finding import Finding
from netwright.metrics import Measured

__all__ = ["CAPTIONS", "ColumnFacts", "Headline", "LayerFacts", "PartFacts", "Picture", "ReportContent"]

# How to read each figure of netwright.plots, by the name of the function that draws it.
CAPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "loss_curves": "Weighted mean loss of each epoch on training and validation rows. Both should fall and "
        "flatten; a validation loss that rises again while the training loss falls means overtraining. The star "
        "marks the epoch whose weights were kept, dotted lines the steps in which the learning rate was lowered.",
        "member_losses": "Weighted mean loss of each epoch on training rows (dashed) and validation rows (lines) of "
        "each member; stars mark the epochs whose weights were kept. Members that end far apart show how much of a "
        "result is chance.",
        "layer_vitals": "Layers of the network (of several members, the first): weights and silent units at the end, "
        "gradients and updates on fixed rows if the training was long enough. If gradients shrink by orders of "
        "magnitude from the last to the first layer, the first layers do not learn; updates of about a thousandth of "
        "the weights are usual. Few, large weights are a sign of overtraining.",
        "discriminant": "Network output by class, each normalised to unit area: training rows filled, test rows as "
        "points with √Σw². The pulls below should scatter around zero within the bands of one and two standard "
        "deviations; χ² per bin far above 1 means that the network has memorised its training rows.",
        "roc": "Efficiency of signal against rejection of background, 1/ε_B: higher is better, and each step up the "
        "logarithmic scale is a factor. The bands are the statistical uncertainty at a given efficiency, from the "
        "rows of both classes; the dots are the usual working points, and arrows lower limits where no background is "
        "left. The dotted line is random guessing.",
        "calibration": "Fraction of rows in the class against its predicted probability, in ten bins: on the diagonal "
        "if the probabilities are calibrated. Uncertainties are weighted binomial, at a fraction of 0 or 1 "
        "the distance to the 68% limit. The expected calibration error is the weighted mean distance from the "
        "diagonal; the value expected by chance is in brackets. A balance of classes in training shifts "
        "probabilities.",
        "likelihood_ratio": "Observed ratio of signal to background against the ratio predicted by the probability, in "
        "bins of equal numbers of rows: on the diagonal if the probability is calibrated. The legend gives the sum of "
        "the background weighted by p/(1 - p), in units of the signal: 1 if it is.",
        "protected_spectrum": "Distribution of the protected column for background, before and after cuts on the score "
        "at fixed signal efficiencies, each normalised; below, after over before. Flat at 1 if the score does not "
        "depend on the column. A bump where the signal has its peak looks like a signal.",
        "response": "Prediction against truth, on the diagonal if perfect; residuals with their median (bias) and "
        "central 68% (resolution); both in bins of the true value, where a slope means that predictions are pulled "
        "towards the mean; and for positive targets the resolution relative to the target.",
        "features": "Inputs of the network, each normalised to unit area, weighted, by class. A panel shows the "
        "central 99%; the text above it gives the shares that are missing or outside. Look for spikes at default "
        "values, for "
        "wrong units, and for classes that differ where physics says they should not.",
        "score_templates": "Expected events in bins of the score, backgrounds stacked; the hatched band is the "
        "uncertainty of the background, of the simulated sample and all systematics. Below, signal and uncertainty in "
        "units of the background: a bin is sensitive where the line leaves the band.",
        "brazil_band": "CLs against the strength of the signal for background alone: the median experiment and the "
        "bands that contain 68% and 95% of experiments. Where the median crosses the dotted line is the expected upper "
        "limit: larger strengths are excluded.",
        "cut_significance": "Significance of the events that pass a cut on the score (Asimov's formula, as if the "
        "background were known: without σ_b), on validation rows, with the uncertainty from the finite simulated "
        "sample. The line ends where too little simulated background is left. The dashed line is that of all bins "
        "together. With systematics it becomes the discovery significance at the top.",
        "systematic_pulls": "Nuisance parameters of a fit to data with the signal, the one with the largest impact on "
        "μ first. "
        "Left: the pull, zero by construction here, with its uncertainty in units of that before the fit; a short bar "
        "means that the data constrains the parameter. Right: the change of μ with the parameter at ± one "
        "standard deviation.",
        "data_over_simulation": "Recorded collisions as points with √N over simulated samples, stacked and weighted; "
        "the hatched band is √Σw² of the simulation. Scores are those of test rows, scaled to their sample. "
        "A ratio that is not flat shows an input that is not modelled, which a network may exploit.",
        "confusion": "Weighted share of each true class (line) that is assigned to each class (column); lines sum to "
        "1 and a perfect network has ones on the diagonal.",
    }
)


@dataclass(frozen=True)
class Headline:
    """One main number of the verdict box.

    Args:
        label: its description, as in "AUC of is_top, test rows".
        value: the number with its uncertainty and unit, as text.
    """

    label: str
    value: str


@dataclass(frozen=True)
class PartFacts:
    """One part of the split.

    Args:
        name: ``train``, ``valid`` or ``test``.
        rows: number of its rows.
        weight_sum: Σw of its rows, dimensionless.
        negative_share: share of rows with a negative weight, from 0 to 1, dimensionless.
        class_rows: rows of each class, by a name such as "is_top: top"; empty without classification.
    """

    name: str
    rows: int
    weight_sum: float
    negative_share: float
    class_rows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ColumnFacts:
    """An input or a target.

    Args:
        name: its name in the experiment file.
        kind: what it is, as in "four-vectors", "numeric", "binary target".
        unit: its unit; empty for a dimensionless one.
        note: additional information, as in "at most 100, ordered by pT" or "where is_top = 1, λ = 0.1".
    """

    name: str
    kind: str
    unit: str = ""
    note: str = ""


@dataclass(frozen=True)
class LayerFacts:
    """A layer of the network.

    Args:
        name: its name.
        kind: its class.
        output: the shape of its output, as text.
        parameters: number of trainable parameters.
    """

    name: str
    kind: str
    output: str
    parameters: int


@dataclass(frozen=True)
class Picture:
    """A figure of the report.

    Args:
        path: the PNG or SVG file, which is copied into the report.
        title: its title.
        caption: how to read it, such as one of `CAPTIONS`.
    """

    path: Path
    title: str
    caption: str


@dataclass(frozen=True)
class ReportContent:
    """The content of a report. Every text is escaped, so markup in it is shown literally.

    Args:
        title: the name of the run.
        purpose: one sentence on the purpose of the network.
        state: state of the verdict box: ``good``, ``caution`` or ``bad``.
        verdict: one or two sentences of summary.
        headlines: the main numbers.
        findings: on data, experiment, training and result, the worst first.
        files: the input files.
        parts: train, valid and test.
        samples: what each sample gives; empty without samples.
        inputs: the inputs of the network.
        targets: its targets.
        layers: the network, from input to output.
        settings: training settings by name, as text with units.
        training: facts about the training by name (epochs, best epoch, seconds, rows per second), as text.
        evaluation: part of the split, then head, then metric, as in ``evaluation["test"]["is_top"]["roc_auc"]``.
        units: unit of each regression head, by head.
        pictures: the figures, in reading order.
        experiment: the resolved experiment file.
        environment: versions, machine, git commit and seed by name.
        commands: the commands that reproduce the run.
        limits: the limitations of this network and this report.
        choice: how rows were chosen, weighted and divided, by name.
    """

    title: str
    purpose: str
    state: Literal["good", "caution", "bad"]
    verdict: str
    headlines: Sequence[Headline]
    findings: Sequence[Finding]
    files: Sequence[str]
    parts: Sequence[PartFacts]
    inputs: Sequence[ColumnFacts]
    targets: Sequence[ColumnFacts]
    layers: Sequence[LayerFacts]
    settings: Mapping[str, str]
    training: Mapping[str, str]
    evaluation: Mapping[str, Mapping[str, Mapping[str, Measured]]]
    units: Mapping[str, str]
    pictures: Sequence[Picture]
    experiment: str
    environment: Mapping[str, str]
    commands: Sequence[str]
    limits: Sequence[str]
    samples: Sequence[SampleYield] = ()
    choice: Mapping[str, str] = field(default_factory=dict)
