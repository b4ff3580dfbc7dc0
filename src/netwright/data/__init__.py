"""From files to rows that a network can take: reading, dividing, describing."""

from netwright.data.dataset import Dataset, Source, read
from netwright.data.describe import Description, describe
from netwright.data.kinematics import constituent_features, jet_features
from netwright.data.moments import Moments, weighted_moments
from netwright.data.rows import HeadRows, Rows, input_rows, prepare, target_rows, weights_of
from netwright.data.split import Split, content_identity, identity_of, split_by_identity

__all__ = [
    "Dataset",
    "Description",
    "HeadRows",
    "Moments",
    "Rows",
    "Source",
    "Split",
    "constituent_features",
    "content_identity",
    "describe",
    "identity_of",
    "input_rows",
    "jet_features",
    "prepare",
    "read",
    "split_by_identity",
    "target_rows",
    "weighted_moments",
    "weights_of",
]
