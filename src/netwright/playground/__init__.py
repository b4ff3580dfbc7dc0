"""Small networks on points of a plane, trained step by step while one looks."""

from netwright.playground.lesson import Frame, Lesson
from netwright.playground.points import Points, read_points
from netwright.playground.settings import Settings, experiment_of

__all__ = ["Frame", "Lesson", "Points", "Settings", "experiment_of", "read_points"]
