"""The engine: pure compiled steps, rows resident or streamed, members at once, and the loop that runs them.

It is given networks and arrays, and neither builds the ones nor reads the others.
"""

from netwright.training._find_rate import RateSearch, find_rate
from netwright.training._probe_rows import probe_rows
from netwright.training.compiled.objective import HeadObjective, make_objective
from netwright.training.compiled.optimizers import make_optimizer
from netwright.training.compiled.program import Program, assign, compile_program, initial_state, of_member, orders_of
from netwright.training.compiled.rates import learning_rates
from netwright.training.compiled.step import make_loss
from netwright.training.compiled.step_view import StepView
from netwright.training.feed.arrays import RowArrays, head_weights, make_row_arrays
from netwright.training.feed.loader import make_loader
from netwright.training.feed.order import stacked
from netwright.training.hooks import Hooks
from netwright.training.interrupt import ended_by_signals, interruptible
from netwright.training.members.plan import TrainingPlan
from netwright.training.members.teams import train_members
from netwright.training.observer import Callbacks, Observer
from netwright.training.prepared_member import PreparedMember
from netwright.training.probe import Probe, ProbeRecord
from netwright.training.records import EndRecord, EpochRecord, MemberEnd, MemberStart, StartRecord, StepsRecord
from netwright.training.selected import selected_values
from netwright.training.single import train
from netwright.training.snapshot import Checkpointing, CheckpointStore, Snapshot
from netwright.training.team import Team
from netwright.training.trained import TrainedModel

__all__ = [
    "Callbacks",
    "CheckpointStore",
    "Checkpointing",
    "EndRecord",
    "EpochRecord",
    "HeadObjective",
    "Hooks",
    "MemberEnd",
    "MemberStart",
    "Observer",
    "PreparedMember",
    "Probe",
    "ProbeRecord",
    "Program",
    "RateSearch",
    "RowArrays",
    "Snapshot",
    "StartRecord",
    "StepView",
    "StepsRecord",
    "Team",
    "TrainedModel",
    "TrainingPlan",
    "assign",
    "compile_program",
    "ended_by_signals",
    "find_rate",
    "head_weights",
    "initial_state",
    "interruptible",
    "learning_rates",
    "make_loader",
    "make_loss",
    "make_objective",
    "make_optimizer",
    "make_row_arrays",
    "of_member",
    "orders_of",
    "probe_rows",
    "selected_values",
    "stacked",
    "train",
    "train_members",
]
