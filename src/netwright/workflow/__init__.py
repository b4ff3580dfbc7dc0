"""The whole workflow, one file per command: train, evaluate, report and so on; start reading with `_train.py`."""

from netwright.workflow._against import AgainstTrees, evaluate_against_trees
from netwright.workflow._apply import apply_finding
from netwright.workflow._cache import CacheContents, cache
from netwright.workflow._check import CheckedExperiment, check
from netwright.workflow._compare import ComparedRuns, compare
from netwright.workflow._data import ExperimentData, divide_rows, load_rows
from netwright.workflow._debug import DebuggedRows, debug
from netwright.workflow._demo import demo
from netwright.workflow._evaluate import EvaluatedFiles, evaluate
from netwright.workflow._examine import Examination, examine
from netwright.workflow._export import export
from netwright.workflow._find_rate import find_rate
from netwright.workflow._generate import generate
from netwright.workflow._init import Proposal, init
from netwright.workflow._inspect import inspect
from netwright.workflow._lab_book import lab_book, note
from netwright.workflow._limit import RunInference, limit
from netwright.workflow._load_model import load_model
from netwright.workflow._playground import playground
from netwright.workflow._predict import predict, predict_each
from netwright.workflow._report import report
from netwright.workflow._resume import resume
from netwright.workflow._scan import scan
from netwright.workflow._scan_result import MERITS, Scan
from netwright.workflow._scan_values import parse_values
from netwright.workflow._search import search
from netwright.workflow._search_result import BestTrial, Search, SearchTrial
from netwright.workflow._train import train
from netwright.workflow._watch import watch

__all__ = [
    "MERITS",
    "AgainstTrees",
    "BestTrial",
    "CacheContents",
    "CheckedExperiment",
    "ComparedRuns",
    "DebuggedRows",
    "EvaluatedFiles",
    "Examination",
    "ExperimentData",
    "Proposal",
    "RunInference",
    "Scan",
    "Search",
    "SearchTrial",
    "apply_finding",
    "cache",
    "check",
    "compare",
    "debug",
    "demo",
    "divide_rows",
    "evaluate",
    "evaluate_against_trees",
    "examine",
    "export",
    "find_rate",
    "generate",
    "init",
    "inspect",
    "lab_book",
    "limit",
    "load_model",
    "load_rows",
    "note",
    "parse_values",
    "playground",
    "predict",
    "predict_each",
    "report",
    "resume",
    "scan",
    "search",
    "train",
    "watch",
]
