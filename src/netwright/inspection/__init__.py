"""Inspect data before training: statistics, the numbers behind figures, and findings, in memory of fixed size."""

from netwright.inspection._as_json import as_json
from netwright.inspection._compute import compute_inspection
from netwright.inspection.drift import Drift
from netwright.inspection.feature_summary import Distribution, FeatureSummary
from netwright.inspection.findings import few_rows, unknown_classes
from netwright.inspection.guess import (
    LABEL,
    ElementRows,
    GuessedHead,
    class_tables,
    elements_of_target,
    guess_experiment,
    has_label,
    known_head,
    knows_classes,
    main_table,
    particles_of_files,
    scope_of_files,
    training_table,
    variation_tables,
    varied_columns,
    varied_weights,
    weight_of_files,
)
from netwright.inspection.labels import ClassLabels, guess_classes, label_rows, labels_of_head
from netwright.inspection.leaks import leaking_columns
from netwright.inspection.particles import particle_hashes, particle_requests
from netwright.inspection.quantiles import PROBABILITIES
from netwright.inspection.request import InspectionRequest
from netwright.inspection.result import Correlations, HeadCounts, Inspection, PairHistogram
from netwright.inspection.scope import scope_of_experiment
from netwright.inspection.short_findings import in_short
from netwright.inspection.texts import TextCounts

__all__ = [
    "LABEL",
    "PROBABILITIES",
    "ClassLabels",
    "Correlations",
    "Distribution",
    "Drift",
    "ElementRows",
    "FeatureSummary",
    "GuessedHead",
    "HeadCounts",
    "Inspection",
    "InspectionRequest",
    "PairHistogram",
    "TextCounts",
    "as_json",
    "class_tables",
    "compute_inspection",
    "elements_of_target",
    "few_rows",
    "guess_classes",
    "guess_experiment",
    "has_label",
    "in_short",
    "known_head",
    "knows_classes",
    "label_rows",
    "labels_of_head",
    "leaking_columns",
    "main_table",
    "particle_hashes",
    "particle_requests",
    "particles_of_files",
    "scope_of_experiment",
    "scope_of_files",
    "training_table",
    "unknown_classes",
    "variation_tables",
    "varied_columns",
    "varied_weights",
    "weight_of_files",
]
