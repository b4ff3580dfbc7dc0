"""The checks of an inspection: each is one function from measured numbers to findings."""

from netwright.inspection.findings.columns import constant_columns, identifiers, leaks
from netwright.inspection.findings.masses import coarse_masses
from netwright.inspection.findings.pairs import duplicated_columns, nearly_identical_columns, target_leaks
from netwright.inspection.findings.resolution import coarse_columns
from netwright.inspection.findings.rows import belonging_rows, copied_rows, drifting_parts, few_rows, rows_in_two_parts
from netwright.inspection.findings.shapes import heavy_tails, mixed_units, padding
from netwright.inspection.findings.values import unusable_values
from netwright.inspection.findings.weighted import class_sizes, unknown_classes, weight_sizes

__all__ = [
    "belonging_rows",
    "class_sizes",
    "coarse_columns",
    "coarse_masses",
    "constant_columns",
    "copied_rows",
    "drifting_parts",
    "duplicated_columns",
    "few_rows",
    "heavy_tails",
    "identifiers",
    "leaks",
    "mixed_units",
    "nearly_identical_columns",
    "padding",
    "rows_in_two_parts",
    "target_leaks",
    "unknown_classes",
    "unusable_values",
    "weight_sizes",
]
