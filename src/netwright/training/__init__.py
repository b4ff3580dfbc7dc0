"""The engine: pure compiled steps over resident data, and the loop that watches the validation."""

from netwright.training.feed import Feed, make_feed
from netwright.training.find_rate import RateSearch, find_rate
from netwright.training.loop import TrainedModel, train
from netwright.training.members import Member, bootstrap, members_of_division, train_member
from netwright.training.objective import HeadObjective, make_objective
from netwright.training.observer import EpochRecord, Observer, StepsRecord
from netwright.training.optimizers import make_optimizer
from netwright.training.rates import learning_rates

__all__ = [
    "EpochRecord",
    "Feed",
    "HeadObjective",
    "Member",
    "Observer",
    "RateSearch",
    "StepsRecord",
    "TrainedModel",
    "bootstrap",
    "find_rate",
    "learning_rates",
    "make_feed",
    "make_objective",
    "make_optimizer",
    "members_of_division",
    "train",
    "train_member",
]
