"""Handing a network over to the software of an experiment."""

from netwright.export.onnx import ExportCheck, export_onnx

__all__ = ["ExportCheck", "export_onnx"]
