"""The run directory: the results of a training as files that a person can read, copy and diff."""

from netwright.lab._environment import environment
from netwright.lab._fingerprint import differences, file_records, fingerprint
from netwright.lab.checkpointing import open_checkpointing, read_plan
from netwright.lab.checkpoints import Checkpoints
from netwright.lab.contents import read_checked, refuse_folder, unreadable
from netwright.lab.creation import create_run
from netwright.lab.evaluation_file import read_evaluation, write_evaluation
from netwright.lab.findings_file import checked_findings
from netwright.lab.history import history_writer, read_history, rewind_history
from netwright.lab.lock import RunLock, locked
from netwright.lab.membership_file import read_membership, write_membership
from netwright.lab.results import write_result
from netwright.lab.run import Run, open_run, open_to_resume
from netwright.lab.separation_file import separation_content, separation_writer
from netwright.lab.vitals import rewind_vitals, vitals_writer
from netwright.lab.warnings_file import warnings_writer

__all__ = [
    "Checkpoints",
    "Run",
    "RunLock",
    "checked_findings",
    "create_run",
    "differences",
    "environment",
    "file_records",
    "fingerprint",
    "history_writer",
    "locked",
    "open_checkpointing",
    "open_run",
    "open_to_resume",
    "read_checked",
    "read_evaluation",
    "read_history",
    "read_membership",
    "read_plan",
    "refuse_folder",
    "rewind_history",
    "rewind_vitals",
    "separation_content",
    "separation_writer",
    "unreadable",
    "vitals_writer",
    "warnings_writer",
    "write_evaluation",
    "write_membership",
    "write_result",
]
