"""Files and SQL expressions as Arrow columns: one module or folder per format, read in a separate process."""

from netwright.readers._contract import Contents, Request, TableListing
from netwright.readers._find_files import Files, find_files, folders_of_files
from netwright.readers._plain import element_bytes, is_variable, row_shape
from netwright.readers._refusals import damaged
from netwright.readers._take_rows import take_rows
from netwright.readers._text_format import TextFormat
from netwright.readers.columns import check_exact, first_non_number, first_null, is_numeric, padded_lists, to_numpy
from netwright.readers.csv import without_header
from netwright.readers.csv.values import MISSING as MISSING_TEXTS
from netwright.readers.expressions.compute import evaluate, shown
from netwright.readers.in_memory import IN_MEMORY, columns_in_memory
from netwright.readers.left_out import left_out_note, left_out_of, metadata, remarks_of
from netwright.readers.process import convert_apart, list_tables, readers_at_once, stop_reading
from netwright.readers.registry import READERS, Reader, known_readers, plain_ending, reader_for
from netwright.readers.remote.download import download
from netwright.readers.remote.server import RemoteState, remote_state
from netwright.readers.streamed_file import StreamedFile, open_streamed_file

__all__ = [
    "IN_MEMORY",
    "MISSING_TEXTS",
    "READERS",
    "Contents",
    "Files",
    "Reader",
    "RemoteState",
    "Request",
    "StreamedFile",
    "TableListing",
    "TextFormat",
    "check_exact",
    "columns_in_memory",
    "convert_apart",
    "damaged",
    "download",
    "element_bytes",
    "evaluate",
    "find_files",
    "first_non_number",
    "first_null",
    "folders_of_files",
    "is_numeric",
    "is_variable",
    "known_readers",
    "left_out_note",
    "left_out_of",
    "list_tables",
    "metadata",
    "open_streamed_file",
    "padded_lists",
    "plain_ending",
    "reader_for",
    "readers_at_once",
    "remarks_of",
    "remote_state",
    "row_shape",
    "shown",
    "stop_reading",
    "take_rows",
    "to_numpy",
    "without_header",
]
