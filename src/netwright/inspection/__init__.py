"""A look at data before anything is trained on it: statistics, figures' numbers and findings, by streaming."""

from netwright.inspection._as_json import as_json
from netwright.inspection._examine import examine
from netwright.inspection.copies import Copies
from netwright.inspection.correlations import Pair
from netwright.inspection.drift import Drift
from netwright.inspection.features import Feature
from netwright.inspection.findings import Finding, Level
from netwright.inspection.guess import guess_experiment
from netwright.inspection.labels import Classes, class_labels, guess_classes
from netwright.inspection.quantiles import PROBABILITIES
from netwright.inspection.request import Question
from netwright.inspection.result import Correlations, HeadCounts, Inspection, PairHistogram
from netwright.inspection.scope import Scope, scope_of_experiment, scope_of_files
from netwright.inspection.summary import Distribution, FeatureSummary
from netwright.inspection.texts import TextCounts
from netwright.inspection.weight_summary import Weighing

__all__ = [
    "PROBABILITIES",
    "Classes",
    "Copies",
    "Correlations",
    "Distribution",
    "Drift",
    "Feature",
    "FeatureSummary",
    "Finding",
    "HeadCounts",
    "Inspection",
    "Level",
    "Pair",
    "PairHistogram",
    "Question",
    "Scope",
    "TextCounts",
    "Weighing",
    "as_json",
    "class_labels",
    "examine",
    "guess_classes",
    "guess_experiment",
    "scope_of_experiment",
    "scope_of_files",
]
