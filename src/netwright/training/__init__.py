"""The engine: pure compiled steps, rows resident or streamed, members at once, and the loop that watches over them."""

from netwright.training._find_rate import RateSearch, find_rate
from netwright.training.alone import train
from netwright.training.compiled.objective import HeadObjective, make_objective
from netwright.training.compiled.optimizers import make_optimizer
from netwright.training.compiled.rates import learning_rates
from netwright.training.feed.arrays import Feed, head_weights, make_feed
from netwright.training.hooks import Company
from netwright.training.interrupt import ended_by_signals, interruptible
from netwright.training.members.members import Member, bootstrap, members_of_division
from netwright.training.members.plan import Plan
from netwright.training.members.train_members import Safety, train_members
from netwright.training.observer import EpochRecord, Observer, StepsRecord
from netwright.training.snapshot import Keeper, Snapshot
from netwright.training.trained import TrainedModel

__all__ = [
    "Company",
    "EpochRecord",
    "Feed",
    "HeadObjective",
    "Keeper",
    "Member",
    "Observer",
    "Plan",
    "RateSearch",
    "Safety",
    "Snapshot",
    "StepsRecord",
    "TrainedModel",
    "bootstrap",
    "ended_by_signals",
    "find_rate",
    "head_weights",
    "interruptible",
    "learning_rates",
    "make_feed",
    "make_objective",
    "make_optimizer",
    "members_of_division",
    "train",
    "train_members",
]
