"""Guess an experiment from the names and values of the columns of files."""

from netwright.inspection.guess.elements_of_target import ElementRows, elements_of_target
from netwright.inspection.guess.experiment import guess_experiment
from netwright.inspection.guess.files_scope import particles_of_files, scope_of_files, weight_of_files
from netwright.inspection.guess.heads import GuessedHead, known_head
from netwright.inspection.guess.labels import has_label, knows_classes
from netwright.inspection.guess.layouts import LABEL
from netwright.inspection.guess.roles import varied_weights
from netwright.inspection.guess.tables import class_tables, main_table, training_table, variation_tables
from netwright.inspection.guess.varied_names import varied_columns

__all__ = [
    "LABEL",
    "ElementRows",
    "GuessedHead",
    "class_tables",
    "elements_of_target",
    "guess_experiment",
    "has_label",
    "known_head",
    "knows_classes",
    "main_table",
    "particles_of_files",
    "scope_of_files",
    "training_table",
    "variation_tables",
    "varied_columns",
    "varied_weights",
    "weight_of_files",
]
