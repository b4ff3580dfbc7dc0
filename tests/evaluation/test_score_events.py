"""Scores of jets as lists of events, from chunks that end anywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import uproot

from netwright.data import Dataset, Source, rows_of_collection
from netwright.errors import DataError
from netwright.evaluation import lists_of_events, with_places, write_scores

LISTS = [[], [1.0, 2.0, 3.0], [], [4.0], [5.0, 6.0], [], []]


@pytest.fixture
def jets() -> Dataset:
    events = Dataset.of({"Jet_pt": LISTS, "event": np.arange(len(LISTS))})
    sources = (Source(Path("a.root"), 3), Source(Path("b.root"), 4))
    return rows_of_collection(Dataset(events.table, sources), "Jet", ["event"])


@pytest.mark.parametrize("size", [1, 2, 4, 10])
def test_lists_are_those_of_events(jets: Dataset, size: int, tmp_path: Path) -> None:
    scores = jets.table.append_column("is[0]", pa.chunked_array([[None, True, False, True, True, False]]))
    scores = scores.append_column("split", pa.chunked_array([["train"] * 3 + ["test"] + ["valid"] * 2]))
    chunks = [scores.slice(start, size) for start in range(0, 6, size)]
    tables = with_places(lists_of_events(chunks, jets, "Jet", ["event"]), jets, of_events=True)
    write_scores(tables, tmp_path / "scores.root")
    tree = uproot.open(tmp_path / "scores.root")["scores"].arrays()
    assert tree["Jet_pt"].tolist() == LISTS
    assert tree["is_0"].tolist() == [[], [-1, 1, 0], [], [1], [1, 0], [], []]
    assert tree["nJet"].tolist() == [len(values) for values in LISTS]
    assert tree["split"].tolist() == ["", "train", "", "test", "valid", "", ""]
    assert list(zip(tree["file"].tolist(), tree["row"].tolist(), strict=True)) == [
        *(("a.root", row) for row in range(3)),
        *(("b.root", row) for row in range(4)),
    ]


def test_lists_in_lists_are_refused(jets: Dataset, tmp_path: Path) -> None:
    table = jets.table.append_column("parts", pa.chunked_array([[[1.0]] * 6]))
    with pytest.raises(DataError, match="column parts holds several values in each row"):
        write_scores(lists_of_events([table], jets, "Jet"), tmp_path / "scores.root")
