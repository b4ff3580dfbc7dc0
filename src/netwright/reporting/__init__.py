"""The report of a run: one HTML file that answers what a colleague asks first, without any network access."""

from __future__ import annotations

from netwright.reporting._content import (
    CAPTIONS,
    ColumnFacts,
    Headline,
    LayerFacts,
    PartFacts,
    Picture,
    ReportContent,
)
from netwright.reporting._write import write_report

__all__ = [
    "CAPTIONS",
    "ColumnFacts",
    "Headline",
    "LayerFacts",
    "PartFacts",
    "Picture",
    "ReportContent",
    "write_report",
]
