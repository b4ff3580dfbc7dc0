"""The run directory: what a training leaves behind, as files that a person can read, copy and diff."""

from netwright.lab.environment import environment
from netwright.lab.evaluation import HeadScores, as_measured, measure, read_evaluation, write_evaluation
from netwright.lab.history import HistoryWriter, read_history
from netwright.lab.run import Run, create_run, open_run
from netwright.lab.scores import available_heads, open_data, score_columns, score_table, scores_of

__all__ = [
    "HeadScores",
    "HistoryWriter",
    "Run",
    "as_measured",
    "available_heads",
    "create_run",
    "environment",
    "measure",
    "open_data",
    "open_run",
    "read_evaluation",
    "read_history",
    "score_columns",
    "score_table",
    "scores_of",
    "write_evaluation",
]
