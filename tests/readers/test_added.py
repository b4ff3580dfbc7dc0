"""Readers of other packages: found by suffix, held apart from ours, refused with the name of their package."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.plugin_packages import install_package

from netwright.errors import PluginError
from netwright.readers import READERS, known_readers, reader_for

SOURCE = """
from netwright.readers import Reader
ONE = Reader("lhe", (".lhe",), module=__name__)
TWO = Reader("events", (".evt", ".lhe"), module=__name__)
OURS = Reader("text", (".text", ".csv"), module=__name__)
NOWHERE = Reader("lhe", (".lhe",))
"""


@pytest.fixture
def install(package_folder):
    """Return the maker of a package that adds readers."""
    return lambda **points: install_package(
        package_folder, "more-formats", {"netwright.readers": points}, {"more_formats": SOURCE}
    )


def test_a_reader_of_a_package_is_found_by_its_suffix(install):
    install(lhe="more_formats:ONE")
    assert reader_for(Path("a.LHE")).module == "more_formats"
    assert [reader.name for reader in known_readers()] == [*(reader.name for reader in READERS), "lhe"]


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ({"lhe": "more_formats:NOWHERE"}, r'it must be a Reader\("lhe", suffixes, module=\.\.\.\)'),
        ({"other": "more_formats:ONE"}, r'it must be a Reader\("other", suffixes'),
        ({"npz": "more_formats:ONE"}, "netwright already has one of this name"),
        ({"text": "more_formats:OURS"}, r"the reader for csv already reads files that end with \.csv"),
        (
            {"events": "more_formats:TWO", "lhe": "more_formats:ONE"},
            r"the reader for events already reads files that end with \.lhe",
        ),
    ],
)
def test_what_cannot_be_used_names_the_package(install, points, message):
    install(**points)
    with pytest.raises(PluginError, match=rf"The package more-formats 1\.0 adds .*{message}"):
        reader_for(Path("a.npz"))
