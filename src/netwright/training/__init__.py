"""The engine: pure compiled steps over resident data, and the loop that watches the validation loss."""

from netwright.training.feed import Feed, make_feed
from netwright.training.loop import TrainedModel, train
from netwright.training.objective import HeadObjective, make_objective
from netwright.training.observer import EpochRecord, Observer, StepsRecord

__all__ = [
    "EpochRecord",
    "Feed",
    "HeadObjective",
    "Observer",
    "StepsRecord",
    "TrainedModel",
    "make_feed",
    "make_objective",
    "train",
]
