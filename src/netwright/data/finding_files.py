"""Whether the files that an experiment names are there, before any is read."""

from __future__ import annotations

from collections.abc import Iterable

from netwright.config import DataSection
from netwright.data.samples.opened import named_sample
from netwright.file_names import is_url
from netwright.readers import find_files

__all__ = ["find_data"]


def find_data(section: DataSection) -> None:
    """Refuse local files that are not there; none is opened, and no server is asked.

    Args:
        section: names the files, those of samples, variations and friends too.

    Raises:
        DataError: a name matches no file; the message has the sample.
    """
    for name, sample in section.samples.items():
        with named_sample(name):
            _find(sample.files)
    _find(section.every_file)


def _find(files: Iterable[str]) -> None:
    for name in files:
        if not is_url(name):
            find_files(name)
