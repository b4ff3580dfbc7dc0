"""From files to rows that a network can take: reading, dividing, describing."""

from netwright.data._files import Files, find_files
from netwright.data.choice import TrainingRows, chosen_rows
from netwright.data.content import content_of
from netwright.data.dataset import Dataset, Source, read
from netwright.data.describe import Description, describe, describe_folds
from netwright.data.identity import content_identity, identity_of
from netwright.data.inputs import input_rows
from netwright.data.kinematics import constituent_features, jet_features
from netwright.data.moments import Moments, weighted_moments
from netwright.data.rows import HeadRows, Rows, prepare, row_identity, target_rows, weights_of
from netwright.data.split import Division, Split, divide, judges_of, test_judges
from netwright.data.split_files import files_of_parts, parts_by_file

__all__ = [
    "Dataset",
    "Description",
    "Division",
    "Files",
    "HeadRows",
    "Moments",
    "Rows",
    "Source",
    "Split",
    "TrainingRows",
    "chosen_rows",
    "constituent_features",
    "content_identity",
    "content_of",
    "describe",
    "describe_folds",
    "divide",
    "files_of_parts",
    "find_files",
    "identity_of",
    "input_rows",
    "jet_features",
    "judges_of",
    "parts_by_file",
    "prepare",
    "read",
    "row_identity",
    "target_rows",
    "test_judges",
    "weighted_moments",
    "weights_of",
]
