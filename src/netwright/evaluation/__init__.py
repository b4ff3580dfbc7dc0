"""Scores of rows from the members that may score them, and the metrics computed from these scores."""

from netwright.evaluation._measure import (
    Evaluation,
    HeadScores,
    as_measured,
    evaluation_of,
    measure,
    measure_members,
)
from netwright.evaluation.by_part import PartScores, evaluate_by_part, measure_parts, prediction_table
from netwright.evaluation.columns import score_columns, score_names
from netwright.evaluation.membership import Membership, membership_of
from netwright.evaluation.needed import with_derived
from netwright.evaluation.opening import (
    after_opening,
    open_data,
    open_files_to_score,
    open_rows,
    open_to_score,
)
from netwright.evaluation.paired import Comparison, compare_scores
from netwright.evaluation.parts import ScoredPart
from netwright.evaluation.score_files import check_ending, check_output, has_writer, with_places, write_scores
from netwright.evaluation.scores import Scores, combined_scores
from netwright.evaluation.tables import score_table, score_tables, scored_rows, scores_of
from netwright.evaluation.trees import TreeScores, tree_scores
from netwright.evaluation.truth import available_heads

__all__ = [
    "Comparison",
    "Evaluation",
    "HeadScores",
    "Membership",
    "PartScores",
    "ScoredPart",
    "Scores",
    "TreeScores",
    "after_opening",
    "as_measured",
    "available_heads",
    "check_ending",
    "check_output",
    "combined_scores",
    "compare_scores",
    "evaluate_by_part",
    "evaluation_of",
    "has_writer",
    "measure",
    "measure_members",
    "measure_parts",
    "membership_of",
    "open_data",
    "open_files_to_score",
    "open_rows",
    "open_to_score",
    "prediction_table",
    "score_columns",
    "score_names",
    "score_table",
    "score_tables",
    "scored_rows",
    "scores_of",
    "tree_scores",
    "with_derived",
    "with_places",
    "write_scores",
]
