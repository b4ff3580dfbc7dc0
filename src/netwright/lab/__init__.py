"""The run directory: what a training leaves behind, as files that a person can read, copy and diff."""

from netwright.lab.environment import environment
from netwright.lab.evaluation import (
    HeadScores,
    as_measured,
    measure,
    measure_members,
    read_evaluation,
    write_evaluation,
)
from netwright.lab.history import HistoryWriter, read_history
from netwright.lab.judged import JudgedPart, judge, measure_parts, prediction_table
from netwright.lab.run import Run, create_run, open_run
from netwright.lab.scores import (
    Scores,
    available_heads,
    combined_scores,
    open_data,
    score_columns,
    score_table,
    scores_of,
)

__all__ = [
    "HeadScores",
    "HistoryWriter",
    "JudgedPart",
    "Run",
    "Scores",
    "as_measured",
    "available_heads",
    "combined_scores",
    "create_run",
    "environment",
    "judge",
    "measure",
    "measure_members",
    "measure_parts",
    "open_data",
    "open_run",
    "prediction_table",
    "read_evaluation",
    "read_history",
    "score_columns",
    "score_table",
    "scores_of",
    "write_evaluation",
]
