"""The search for better values of an experiment's keys: spaces, proposals, pruning, and the study that keeps trials."""

from netwright.searching.check import check_search
from netwright.searching.gaussian_process import GaussianProcess, Plane, Slice, fit_process
from netwright.searching.importance import importances
from netwright.searching.outcome import Outcome, State, outcome_of
from netwright.searching.pruning import rungs, survivors, worse_in_folds
from netwright.searching.space import Space, space_of
from netwright.searching.study import Batch, FinishedTrials, SearchStudy

__all__ = [
    "Batch",
    "FinishedTrials",
    "GaussianProcess",
    "Outcome",
    "Plane",
    "SearchStudy",
    "Slice",
    "Space",
    "State",
    "check_search",
    "fit_process",
    "importances",
    "outcome_of",
    "rungs",
    "space_of",
    "survivors",
    "worse_in_folds",
]
