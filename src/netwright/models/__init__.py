"""Bodies, heads, and the one function that puts them together from a description of the data."""

from netwright.models.build import build, raw_outputs
from netwright.models.predict import predict

__all__ = ["build", "predict", "raw_outputs"]
