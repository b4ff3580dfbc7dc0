"""A look at data before anything is trained on it: statistics, figures' numbers and findings, by streaming."""

from netwright.data.inspection.as_json import as_json
from netwright.data.inspection.copies import Copies
from netwright.data.inspection.correlations import Pair
from netwright.data.inspection.drift import Drift
from netwright.data.inspection.examine import examine
from netwright.data.inspection.features import Feature
from netwright.data.inspection.findings import Finding, Level
from netwright.data.inspection.labels import Classes, class_labels, guess_classes
from netwright.data.inspection.quantiles import PROBABILITIES
from netwright.data.inspection.question import Question
from netwright.data.inspection.result import Correlations, HeadCounts, Inspection, PairHistogram
from netwright.data.inspection.scope import Scope, scope_of_experiment, scope_of_files
from netwright.data.inspection.summary import Distribution, FeatureSummary
from netwright.data.inspection.texts import TextCounts
from netwright.data.inspection.weighing import Weighing

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
    "scope_of_experiment",
    "scope_of_files",
]
