"""The content of a report as plain data: the workflow fills it in, the template lays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from netwright.data import SampleYield
from netwright.finding import Finding
from netwright.metrics import Measured

__all__ = ["ColumnFacts", "Headline", "LayerFacts", "PartFacts", "Picture", "ReportContent"]


@dataclass(frozen=True)
class Headline:
    """One main number of the verdict box.

    Attributes:
        label: its description, as in "AUC of is_top, test rows".
        value: the number with its uncertainty and unit, as text.
    """

    label: str
    value: str


@dataclass(frozen=True)
class PartFacts:
    """One part of the split.

    Attributes:
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

    Attributes:
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

    Attributes:
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

    Attributes:
        path: the PNG or SVG file, which is copied into the report.
        title: its title.
        caption: how to read it, such as that of `netwright.reporting.FIGURES`.
    """

    path: Path
    title: str
    caption: str


@dataclass(frozen=True)
class ReportContent:
    """The content of a report. Every text is escaped, so markup in it is shown literally.

    Attributes:
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
