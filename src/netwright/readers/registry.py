"""The formats that netwright reads: one module or folder per format, and one line here.

A reader is a module with the function ``open_file(request)``, a context manager that yields
`Contents`; where a file may hold several tables, also ``list_tables(request)``, which yields a `TableListing` of each.
To add a format, write that module and add its line to `READERS`; the contract tests take both from there. Raise
`Reader.version` when a reader returns other columns than before: cached files are then rebuilt.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from netwright import plugins
from netwright.errors import DataError, did_you_mean
from netwright.readers._contract import Contents, Request, TableListing
from netwright.readers._other_formats import conversion_of

__all__ = ["READERS", "Reader", "known_readers", "plain_ending", "reader_for"]

_PACKINGS = (".gz", ".bz2", ".xz", ".zst")


@dataclass(frozen=True)
class Reader:
    """A format: its name (that of its module, or folder, in this folder), its file suffixes and its version.

    Attributes:
        name: of the format and of its module.
        suffixes: file suffixes.
        version: raised when the reader returns other columns than before.
        when_named: further suffixes that other kinds of files share: in a folder, such files are not taken
            automatically.
        module: where ``open_file`` is, with dots; the module of this folder with the name of the format if not given.
        in_order: why no rows of such a file can be read without those before them, and what to write instead, as
            sentences; empty if they can.
        several: whether a file may hold several tables, of which `Request.key` chooses one; its module then has
            ``list_tables``.
    """

    name: str
    suffixes: tuple[str, ...]
    version: int = 1
    when_named: tuple[str, ...] = ()
    module: str | None = None
    in_order: str = ""
    several: bool = False

    @property
    def endings(self) -> tuple[str, ...]:
        """All suffixes."""
        return (*self.suffixes, *self.when_named)

    def open(self, request: Request) -> AbstractContextManager[Contents]:
        """Return a context manager that opens a file and yields its columns; the library is imported only now.

        Args:
            request: the file, what to read of it, and the callback for progress updates.

        Returns:
            A context manager that yields `Contents` and closes the file.
        """
        module = import_module(self.module or f"netwright.readers.{self.name}")
        opened: AbstractContextManager[Contents] = module.open_file(request)
        return opened

    def tables(self, request: Request) -> list[TableListing]:
        """Return the tables of a file, without reading their values where that is possible.

        Args:
            request: the file; its key is not used.

        Returns:
            One or more, in the order of the file.

        Raises:
            DataError: the file is damaged, or holds no table.
        """
        module = import_module(self.module or f"netwright.readers.{self.name}")
        if self.several:
            return list(module.list_tables(request))
        with self.open(request) as contents:
            return [TableListing(None, contents.rows, tuple(contents.schema.names))]


def _packed(*suffixes: str) -> tuple[str, ...]:
    """Return suffixes, with and without those of compression."""
    return tuple(f"{suffix}{packed}" for suffix in suffixes for packed in ("", *_PACKINGS))


READERS = (
    Reader("npz", (".npz", ".npy"), version=3, several=True),
    Reader("hdf5", (".h5", ".hdf5", ".hdf", ".hd5"), version=3, several=True),
    Reader("parquet", (".parquet", ".pq", ".parq"), version=3),
    Reader("arrow", (".feather", ".arrow", ".ipc"), version=2),
    Reader("root", (".root",), version=2, several=True),
    Reader(
        "csv",
        _packed(".csv", ".tsv"),
        version=7,
        when_named=_packed(".txt", ".dat", ".data", ".asc"),
        in_order="A text table does not tell where its rows are: write Parquet, HDF5 or ROOT.",
    ),
)


_GROUP = "netwright.readers"


def known_readers() -> tuple[Reader, ...]:
    """Return all readers: those of netwright, and those that installed packages add by entry points.

    Returns:
        Readers; no two of them have a suffix in common.

    Raises:
        PluginError: what a package adds cannot be used.
    """
    names = [reader.name for reader in READERS]
    owners = {ending: reader.name for reader in READERS for ending in reader.endings}

    def fault(name: str, reader: Reader) -> str:
        if reader.name != name or reader.module is None:
            return f'it must be a Reader("{name}", suffixes, module=...), with the module of its open_file'
        if taken := [ending for ending in reader.endings if ending in owners]:
            return f"the reader for {owners[taken[0]]} already reads files that end with {taken[0]}"
        owners.update(dict.fromkeys(reader.endings, name))
        return ""

    return (*READERS, *plugins.load(_GROUP, Reader, names, fault=fault).values())


def plain_ending(name: str) -> str:
    """Return the name of a file in lower case, without the number that grid jobs of ATLAS write behind .root.

    Args:
        name: of a file.

    Returns:
        The name with an ending that readers know.

    Example:
        >>> plain_ending("DAOD_PHYSLITE._000001.pool.root.1")
        'daod_physlite._000001.pool.root'
    """
    return re.sub(r"(?<=\.root)\.\d+$", "", name.lower())


def reader_for(path: Path) -> Reader:
    """Return the reader of a file, chosen by its suffix.

    Args:
        path: a file.

    Returns:
        The reader for it.

    Raises:
        PluginError: what a package adds cannot be used.
        DataError: no format has this suffix.

    Example:
        >>> reader_for(Path("jets.h5")).name, reader_for(Path("DAOD_PHYSLITE._000001.pool.root.1")).name
        ('hdf5', 'root')
    """
    name, readers = plain_ending(path.name), known_readers()
    for reader in readers:
        if name.endswith(reader.endings):
            return reader
    suffix = path.suffix.lower()
    conversion = conversion_of(name)
    if conversion is not None:
        msg = f"{path}: files with the suffix {suffix!r} are not read. {conversion}"
        raise DataError(msg)
    endings = [ending for reader in readers for ending in reader.endings]
    shown = [ending for ending in endings if not ending.endswith(_PACKINGS)]
    msg = (
        f"{path}: no reader for the suffix {suffix!r}; known suffixes: {', '.join(shown)}; those of text also with "
        f"{', '.join(_PACKINGS)}."
        + (did_you_mean(suffix, endings) if did_you_mean(suffix, endings).startswith(" Did") else "")
        + " Convert the file to one of these formats; a text table may be renamed to end with .txt."
    )
    raise DataError(msg)
