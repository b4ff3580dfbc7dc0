"""Kinds of heads, one file each: experiment section, loss, output layer, metrics and presentation."""

from netwright.tasks.binary import BinaryTarget, ProtectedSection, binary_cross_entropy
from netwright.tasks.multiclass import MulticlassTarget, cross_entropy
from netwright.tasks.quantiles import QUANTILE_LEVELS, QuantilesTarget, ordered_quantiles, pinball_loss
from netwright.tasks.registry import TASKS, task_kinds, task_named, task_of
from netwright.tasks.regression import HuberLoss, RegressionTarget, squared_error
from netwright.tasks.target import ClassDefinition, ClassTarget, Label, TargetSection, usual_signal
from netwright.tasks.task import Output, RowLoss, Task, TruthSummary

__all__ = [
    "QUANTILE_LEVELS",
    "TASKS",
    "BinaryTarget",
    "ClassDefinition",
    "ClassTarget",
    "HuberLoss",
    "Label",
    "MulticlassTarget",
    "Output",
    "ProtectedSection",
    "QuantilesTarget",
    "RegressionTarget",
    "RowLoss",
    "TargetSection",
    "Task",
    "TruthSummary",
    "binary_cross_entropy",
    "cross_entropy",
    "ordered_quantiles",
    "pinball_loss",
    "squared_error",
    "task_kinds",
    "task_named",
    "task_of",
    "usual_signal",
]
