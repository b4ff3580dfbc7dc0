"""The page of a look at data: complete, self-contained, and safe with hostile names."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tests.html_pages import HOSTILE, Page, check_page

from netwright.data import Dataset, Source
from netwright.inspection import InspectionRequest, compute_inspection, guess_classes, label_rows, scope_of_files
from netwright.reporting import Picture
from netwright.reporting.inspection import INSPECTION_CAPTIONS, write_inspection

ROWS = 600
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


def looked(names, *, weight=True, files=("a.npz", "b.npz"), **request):
    random = np.random.default_rng(1)
    label = random.integers(0, 2, ROWS)
    columns = {
        names[0]: random.normal(size=ROWS) + label,
        names[1]: random.normal(size=ROWS),
        names[2]: np.where(random.uniform(size=ROWS) < 0.2, -1.0, 1.0),
        names[3]: label,
        names[4]: [f"{names[4]} {k % 3}" for k in range(ROWS)],
        "long": pa.FixedSizeListArray.from_arrays(pa.array(random.normal(size=ROWS * 15)), 15),
        "day": pa.array(np.arange(ROWS, dtype=np.int32), pa.date32()),
    }
    sources = tuple(Source(Path(name), ROWS // len(files)) for name in files)
    dataset = Dataset(pa.table(columns), sources)
    scope = scope_of_files(dataset, target=names[3], weight=names[2] if weight else None)
    classes = [label_rows(dataset, names[3], names[3], guess_classes(dataset, names[3]))]
    return compute_inspection(InspectionRequest(names[0], dataset, scope, classes=classes, **request))


PLAIN = ("signal_mass", "y", "w", "is_top", "channel")


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("figures") / "classes.png"
    path.write_bytes(PIXEL)
    return Picture(path, "Classes", INSPECTION_CAPTIONS["classes"])


@pytest.fixture
def html(picture, tmp_path):
    inspection = looked(
        PLAIN,
        parts={"train": np.arange(400), "test": np.arange(400, ROWS)},
        missing_at={"y": -3.25},
        skipped={"the moon": "it is day"},
    )
    return write_inspection(inspection, [picture], tmp_path / "deep" / "inspection.html").read_text(encoding="utf-8")


def test_is_well_formed_and_loads_and_runs_nothing(html):
    page = check_page(html)
    assert "a" in {tag for tag, _ in page.tags}


def test_says_what_is_in_the_data(html):
    text = " ".join(Page(html).text.split())
    for words in (
        *("Looks sound", "signal_mass", "checks passed.", "PASS", "Effective rows", "a.npz (300 rows)"),
        *("Classes of is_top, from the column is_top.", "Parts of the split.", "train", "-3.25 σ"),
        *("long: 15 values in each row", "long[14]", "1 columns were not inspected", "day: it holds date32[day]"),
        *("channel 0 200", "Not checked: the moon, because it is day.", "Known limits", "quantile_error"),
        INSPECTION_CAPTIONS["classes"][:40],
    ):
        assert words in text, words


def test_columns_of_lists_are_folded(html):
    folded = re.search(r"<details>\s*<summary>long: 15 values", html)
    assert folded is not None
    assert html[folded.start() :].partition("</details>")[0].count('<th scope="row">long[') == 15


def test_hostile_names_are_shown_and_not_obeyed(picture, tmp_path):
    names = tuple(f"{HOSTILE}{k}" for k in range(5))
    inspection = looked(names, files=(HOSTILE, "b"), skipped={HOSTILE: HOSTILE})
    html = write_inspection(inspection, [picture], tmp_path / "inspection.html").read_text(encoding="utf-8")
    page = Page(html)
    assert page.open == []
    assert "script" not in {tag for tag, _ in page.tags}
    assert "<script" not in html
    assert page.text.count(HOSTILE) > 10


@pytest.mark.parametrize("weight", [True, False])
def test_all_is_well_or_not_judged(tmp_path, weight):
    inspection = looked(PLAIN, weight=weight, files=("a.npz",))
    html = write_inspection(inspection, [], tmp_path / "inspection.html").read_text(encoding="utf-8")
    text = Page(html).text
    assert "There is nothing to draw." in text
    assert ("every row weighs 1" in text) is not weight
    assert "Not checked: drift between files, because there is only one file." in text


def test_an_older_page_is_replaced_at_once(picture, tmp_path):
    path = tmp_path / "inspection.html"
    path.write_text("old")
    write_inspection(looked(PLAIN), [picture], path)
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [p.name for p in tmp_path.iterdir()] == ["inspection.html"]
