"""The lab book: all runs of a folder, what was changed from one to the next, and what came of it."""

from netwright.labbook.entry import Change, Entry
from netwright.labbook.notes import add_note
from netwright.labbook.page import as_csv, lab_page, table_row, write_lab_page
from netwright.labbook.pair import PairedMetric, RunPair, compare_runs
from netwright.labbook.reading import is_search, read_entries, run_folders, run_name, run_state
from netwright.labbook.rows import HeadRows
from netwright.labbook.selection import COLUMNS, chosen, in_order
from netwright.labbook.settings import changes, flat_settings, read_settings

__all__ = [
    "COLUMNS",
    "Change",
    "Entry",
    "HeadRows",
    "PairedMetric",
    "RunPair",
    "add_note",
    "as_csv",
    "changes",
    "chosen",
    "compare_runs",
    "flat_settings",
    "in_order",
    "is_search",
    "lab_page",
    "read_entries",
    "read_settings",
    "run_folders",
    "run_name",
    "run_state",
    "table_row",
    "write_lab_page",
]
