"""The report of a run: one self-contained HTML file that answers a colleague's first questions."""

from netwright.reporting._content import CAPTIONS, ColumnFacts, Headline, LayerFacts, PartFacts, Picture, ReportContent
from netwright.reporting._train_test import train_test_findings
from netwright.reporting._write import write_report
from netwright.reporting.comparison import LAB_COLUMNS, metric_row, write_comparison, write_lab_book
from netwright.reporting.inspection import INSPECTION_CAPTIONS, write_inspection
from netwright.reporting.of_run import report_run

__all__ = [
    "CAPTIONS",
    "INSPECTION_CAPTIONS",
    "LAB_COLUMNS",
    "ColumnFacts",
    "Headline",
    "LayerFacts",
    "PartFacts",
    "Picture",
    "ReportContent",
    "metric_row",
    "report_run",
    "train_test_findings",
    "write_comparison",
    "write_inspection",
    "write_lab_book",
    "write_report",
]
