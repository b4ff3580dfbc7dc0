"""The report of a run: one self-contained HTML file that answers a colleague's first questions."""

from netwright.reporting._content import CAPTIONS, ColumnFacts, Headline, LayerFacts, PartFacts, Picture, ReportContent
from netwright.reporting._out_of_range import out_of_range_findings
from netwright.reporting._train_test import train_test_findings
from netwright.reporting._write import write_report
from netwright.reporting.comparison import LAB_COLUMNS, metric_row, write_comparison, write_lab_book
from netwright.reporting.inspection import INSPECTION_CAPTIONS, write_inspection
from netwright.reporting.of_run import report_run
from netwright.reporting.search import SEARCH_CAPTIONS, GivenUp, RankedTrial, SearchPage, write_search

__all__ = [
    "CAPTIONS",
    "INSPECTION_CAPTIONS",
    "LAB_COLUMNS",
    "SEARCH_CAPTIONS",
    "ColumnFacts",
    "GivenUp",
    "Headline",
    "LayerFacts",
    "PartFacts",
    "Picture",
    "RankedTrial",
    "ReportContent",
    "SearchPage",
    "metric_row",
    "out_of_range_findings",
    "report_run",
    "train_test_findings",
    "write_comparison",
    "write_inspection",
    "write_lab_book",
    "write_report",
    "write_search",
]
