"""Datacards: the layout of Combine, and histograms that read back equal."""

from __future__ import annotations

import pytest
import uproot

from netwright.errors import StorageError
from netwright.statistics import datacard_text, write_datacard


def test_histograms_read_back_equal(channel, tmp_path):
    card, shapes = write_datacard(channel, tmp_path / "card")
    assert (card.name, shapes.name) == ("datacard.txt", "shapes.root")
    with uproot.open(shapes) as file:
        expected = {process.name: process.yields for process in channel.processes}
        tt = channel.processes[0]
        expected |= {"tt_jesDown": tt.shapes["jes"][0], "tt_jesUp": tt.shapes["jes"][1]}
        assert set(file["score"].keys(cycle=False)) == {*expected, "data_obs"}
        for name, yields in expected.items():
            histogram = file[f"score/{name}"]
            assert histogram.values().tolist() == yields.values.tolist()
            assert histogram.variances().tolist() == yields.variances.tolist()
            assert histogram.axis().edges().tolist() == channel.edges.tolist()
        assert file["score/data_obs"].values().tolist() == channel.background.values.tolist()


def test_the_card_says_what_combine_needs(channel):
    lines = [line.split() for line in datacard_text(channel).splitlines()]
    first = {line[0]: line for line in reversed(lines)}
    assert first["imax"][1] == "1"
    assert first["jmax"][1] == "2"
    assert first["kmax"][1] == "3"
    assert first["shapes"] == ["shapes", "*", "*", "shapes.root", "$CHANNEL/$PROCESS", "$CHANNEL/$PROCESS_$SYSTEMATIC"]
    assert first["observation"] == ["observation", "-1"]
    processes = [line for line in lines if line[0] == "process"]
    assert processes == [["process", "hh", "tt", "qcd"], ["process", "0", "1", "2"]]  # signals up to 0
    assert first["rate"] == ["rate", "-1", "-1", "-1"]
    assert first["lumi"] == ["lumi", "lnN", "0.98/1.02", "0.98/1.02", "-"]
    assert first["tt_rate"] == ["tt_rate", "lnN", "-", "0.9/1.12", "-"]
    assert first["jes"] == ["jes", "shape", "-", "1", "-"]
    assert lines[-1] == ["score", "autoMCStats", "0"]


def test_a_place_that_cannot_be_written_is_named(channel, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"file.*cannot be written"):
        write_datacard(channel, tmp_path / "file")
