"""The engine: pure compiled steps, rows resident or streamed, members at once, and the loop that watches over them."""

from netwright.training.alone import train
from netwright.training.company import Company
from netwright.training.feed import Feed, head_weights, make_feed
from netwright.training.find_rate import RateSearch, find_rate
from netwright.training.interrupt import ended_by_signals, interruptible
from netwright.training.members import Member, bootstrap, members_of_division
from netwright.training.objective import HeadObjective, make_objective
from netwright.training.observer import EpochRecord, Observer, StepsRecord
from netwright.training.optimizers import make_optimizer
from netwright.training.plan import Plan
from netwright.training.rates import learning_rates
from netwright.training.snapshot import Keeper, Snapshot
from netwright.training.teams import Safety, train_members
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
