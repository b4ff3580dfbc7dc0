"""Reading files of rows as one data set, from the cache or, on request, where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
from pydantic import BaseModel, ValidationError

from netwright.config import CsvSection, FriendSection
from netwright.data.cache.downloads import local_files
from netwright.data.cache.folder import cache_folder
from netwright.data.cache.join import rows_of_files
from netwright.data.cache.several import converted_files
from netwright.data.cache.usage import url_of
from netwright.data.dataset import Dataset
from netwright.data.friends import Friend, with_friend
from netwright.data.source import Source
from netwright.errors import DataError, UnusableFilesError
from netwright.progress import Progress, silent
from netwright.readers import Request, TextFormat, reader_for

__all__ = ["read"]

_Kind = TypeVar("_Kind", bound=BaseModel)


def read(
    files: str | Path | Sequence[str | Path],
    *,
    key: str | None = None,
    csv: CsvSection | Mapping[str, object] | None = None,
    friends: Sequence[FriendSection | Mapping[str, object]] = (),
    cache: str | Path | None = None,
    may_be_empty: bool = False,
    progress: Progress = silent,
) -> Dataset:
    """Read files of rows: npz, HDF5, Parquet, ROOT, CSV and other text tables, chosen by their suffix.

    Each file is converted once into a memory-mapped Arrow file in the cache, and found there again by its
    content.

    Args:
        files: paths, patterns, folders, lists (``@files.txt``) or URLs; the files of one pattern or folder are sorted
            by name.
        key: the table to read in a file that contains several: a group or dataset (HDF5), a tree (ROOT).
        csv: the dialect of text tables where it is inferred wrongly: the keys of `data.csv`, for example
            ``{"separator": ";", "decimal": ",", "names": ["pt", "eta"]}``.
        friends: further columns of the same rows, from other tables or files: the keys of `data.friends`, for example
            ``[{"files": "scores.root", "on": ["run", "event"]}]``.
        cache: the cache folder; None for the environment variable NETWRIGHT_CACHE or the user's cache folder.
        may_be_empty: whether there may be no rows at all. Of several files, some may have none.
        progress: callback for progress updates.

    Returns:
        The rows of all files, one file after another.

    Raises:
        UnusableFilesError: files are damaged, have other columns than most, or there are no rows. It names all of
            them.
        DataError: a file is missing, a column has other types in two files, a key of csv or friends is not valid, or a
            row has no partner in a friend.
        MissingExtraError: the library for a URL is not installed.

    Example:
        >>> import netwright as nw
        >>> data = nw.read("jets/*.npz")  # doctest: +SKIP
        >>> data.rows, data.names  # doctest: +SKIP
        (20000, ('constituents', 'event', 'truth_jet', 'truth_label'))
    """
    dialect = _section("csv", CsvSection, csv or {})
    paths = local_files(files, cache=cache, progress=progress)
    urls = {path: url_of(path) for path in paths}
    readers = [reader_for(path) for path in paths]
    requests = [Request(path, key, progress, TextFormat(**dialect.model_dump())) for path in paths]
    with _named_by_url(urls):
        results = converted_files(readers, requests, cache_folder(cache))
        rows = [result.num_rows if isinstance(result, pa.Table) else 0 for result in results]
        table = rows_of_files(paths, results, rows, may_be_empty=may_be_empty)
    sources = tuple(Source(path, number, urls[path]) for path, number in zip(paths, rows, strict=True))
    dataset = Dataset(table, sources)
    for friend in friends:
        friend_section = _section("friends", FriendSection, friend)
        friend_dataset = read(
            friend_section.files or files,
            key=friend_section.key,
            csv=dialect,
            cache=cache,
            may_be_empty=may_be_empty,
            progress=progress,
        )
        dataset = Dataset(
            with_friend(_friend(dataset), _friend(friend_dataset), on=friend_section.on, name=friend_section.name),
            sources,
        )
    return dataset


def _friend(dataset: Dataset) -> Friend:
    return Friend(dataset.table, dataset.named_sources(), dataset.locate, [source.rows for source in dataset.sources])


@contextmanager
def _named_by_url(urls: Mapping[Path, str | None]) -> Iterator[None]:
    """Name the URLs of files in messages, instead of their local copies."""

    def named(text: str) -> str:
        for path, url in urls.items():
            text = text if url is None else text.replace(str(path), url)
        return text

    try:
        yield
    except UnusableFilesError as error:
        raise UnusableFilesError([named(reason) for reason in error.reasons], error.files) from error
    except DataError as error:
        if named(str(error)) == str(error):
            raise
        raise DataError(named(str(error))) from error


def _section(name: str, kind: type[_Kind], content: _Kind | Mapping[str, object]) -> _Kind:
    """Return a section of an experiment file, from its keys in Python."""
    if isinstance(content, kind):
        return content
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([name, *(str(item) for item in first["loc"])])
        keys = ", ".join(kind.model_fields)
        msg = f"{where}: {first['msg']}. Received: {first['input']!r}. Known: {keys}."
        raise DataError(msg) from error
