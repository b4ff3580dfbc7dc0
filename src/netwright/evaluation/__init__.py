"""Scores of rows by the members that may judge them, and what is measured of them."""

from netwright.evaluation._measure import (
    Evaluation,
    HeadScores,
    as_measured,
    evaluation_of,
    measure,
    measure_members,
)
from netwright.evaluation.by_part import JudgedPart, judge, measure_parts, prediction_table
from netwright.evaluation.membership import Membership, membership_of
from netwright.evaluation.needed import with_derived
from netwright.evaluation.score_files import check_ending, check_output, with_places, write_scores
from netwright.evaluation.scores import (
    Scores,
    available_heads,
    combined_scores,
    open_data,
    score_columns,
    score_names,
    score_table,
    score_tables,
    scored_rows,
    scores_of,
)

__all__ = [
    "Evaluation",
    "HeadScores",
    "JudgedPart",
    "Membership",
    "Scores",
    "as_measured",
    "available_heads",
    "check_ending",
    "check_output",
    "combined_scores",
    "evaluation_of",
    "judge",
    "measure",
    "measure_members",
    "measure_parts",
    "membership_of",
    "open_data",
    "prediction_table",
    "score_columns",
    "score_names",
    "score_table",
    "score_tables",
    "scored_rows",
    "scores_of",
    "with_derived",
    "with_places",
    "write_scores",
]
