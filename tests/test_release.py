"""Version, changelog and citation agree."""

import re
from datetime import date
from pathlib import Path

import yaml

import netwright

ROOT = Path(__file__).parents[1]


def test_the_newest_dated_release_is_the_version_and_what_is_cited() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.findall(r"^## (\d+\.\d+\.\d+) - (.+)$", changelog, re.MULTILINE)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert releases[0] == (netwright.__version__, citation["date-released"])
    assert citation["version"] == netwright.__version__
    dates = [date.fromisoformat(day) for _, day in releases]
    assert dates == sorted(dates, reverse=True)


def test_type_checkers_read_the_annotations_of_an_installed_package() -> None:
    assert (Path(netwright.__file__).parent / "py.typed").is_file()
