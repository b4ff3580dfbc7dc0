"""Small networks on points of a plane, trained step by step for the playground."""

from netwright.lessons.exercise import Exercise
from netwright.lessons.lesson import Frame, Lesson
from netwright.lessons.points import Points, read_points
from netwright.lessons.routes import Playground, make_routes
from netwright.lessons.settings import Settings, experiment_of

__all__ = [
    "Exercise",
    "Frame",
    "Lesson",
    "Playground",
    "Points",
    "Settings",
    "experiment_of",
    "make_routes",
    "read_points",
]
