"""Export of a network to the software of an experiment."""

from netwright.exporting.comparison import GraphCheck
from netwright.exporting.identity import Identity, export_identity, graph_identity
from netwright.exporting.onnx import ExportCheck, export_onnx

__all__ = [
    "ExportCheck",
    "GraphCheck",
    "Identity",
    "export_identity",
    "export_onnx",
    "graph_identity",
]
