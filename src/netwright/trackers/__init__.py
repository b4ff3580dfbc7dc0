"""Trackers: what a training measures, written as TensorBoard, MLflow, Weights & Biases and Comet read it."""

from netwright.trackers.registry import check_libraries, make_tracker
from netwright.trackers.tracker import Tracker
from netwright.trackers.tracking import Tracking

__all__ = ["Tracker", "Tracking", "check_libraries", "make_tracker"]
