"""The run directory: what a training leaves behind, as files that a person can read, copy and diff."""

from netwright.lab.checkpoints import Checkpoints
from netwright.lab.contents import refuse_folder
from netwright.lab.environment import environment
from netwright.lab.evaluation import (
    HeadScores,
    as_measured,
    evaluation_of,
    measure,
    measure_members,
    read_evaluation,
    write_evaluation,
)
from netwright.lab.fingerprint import differences, file_records, fingerprint
from netwright.lab.history import HistoryWriter, read_history, rewind_history
from netwright.lab.judged import JudgedPart, judge, measure_parts, prediction_table
from netwright.lab.lock import RunLock, locked
from netwright.lab.membership import Membership, membership_of
from netwright.lab.needed import with_derived
from netwright.lab.predictions import read_predictions
from netwright.lab.results import write_result
from netwright.lab.run import Run, create_run, open_run, open_to_resume
from netwright.lab.safety import read_plan, safety_of
from netwright.lab.score_files import check_ending, check_output, with_places, write_scores
from netwright.lab.scores import (
    Scores,
    available_heads,
    combined_scores,
    open_data,
    score_columns,
    score_table,
    score_tables,
    scored_rows,
    scores_of,
)

__all__ = [
    "Checkpoints",
    "HeadScores",
    "HistoryWriter",
    "JudgedPart",
    "Membership",
    "Run",
    "RunLock",
    "Scores",
    "as_measured",
    "available_heads",
    "check_ending",
    "check_output",
    "combined_scores",
    "create_run",
    "differences",
    "environment",
    "evaluation_of",
    "file_records",
    "fingerprint",
    "judge",
    "locked",
    "measure",
    "measure_members",
    "measure_parts",
    "membership_of",
    "open_data",
    "open_run",
    "open_to_resume",
    "prediction_table",
    "read_evaluation",
    "read_history",
    "read_plan",
    "read_predictions",
    "refuse_folder",
    "rewind_history",
    "safety_of",
    "score_columns",
    "score_table",
    "score_tables",
    "scored_rows",
    "scores_of",
    "with_derived",
    "with_places",
    "write_evaluation",
    "write_result",
    "write_scores",
]
