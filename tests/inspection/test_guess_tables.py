"""Which table of a file holds the events, and which are variations of it."""

from __future__ import annotations

import pytest

from netwright.inspection.guess.tables import main_table, variation_tables
from netwright.readers import TableListing


def tables(**rows: int) -> list[TableListing]:
    return [TableListing(key.replace("__", "/"), number, ("pt", "w")) for key, number in rows.items()]


@pytest.mark.parametrize(
    ("found", "main"),
    [
        (tables(a=3), "a"),
        (tables(Events=3, LuminosityBlocks=1, Runs=1), "Events"),
        (tables(ntuple__Events=30, other=30), "ntuple/Events"),
        (tables(JES_up=90, nominal=90, truth=200), "nominal"),
        (tables(JES_down__events=90, nominal__events=90, nominal__meta=1), "nominal/events"),
        (tables(Loop_fakes_nominal=5, Loop_meta=1, Loop_nominal=90), "Loop_nominal"),
        (tables(tree=90, tree_jesUp=91, tree_jesDown=80, cutflow=3), "tree"),
        (tables(events=900, sum_of_weights=1), "events"),
        (tables(hits=90_000, tracks=500), None),
        (tables(a=2, b=3), None),
    ],
)
def test_the_table_of_events(found: list[TableListing], main: str | None) -> None:
    chosen = main_table(found)
    assert (None if chosen is None else chosen.key) == main


def test_variations_have_names_and_sides() -> None:
    result = tables(nominal=9, JET_JES_1__1up=9, jerDown=9, mu_SF_UP=9, no_side=9, bkg_nominal=9)
    result[1] = TableListing("JET_JES_1__1up", 9, ("pt", "w"))
    result.append(TableListing("truth", 9, ("pt_true",)))
    assert variation_tables(result[0], result, {"pt"}) == {
        "JET_JES_1_up": "JET_JES_1__1up",
        "jer_down": "jerDown",
        "mu_SF_up": "mu_SF_UP",
        "no_side": "no_side",
    }
    selections = tables(nominal=9, nominal_Loose=9, truth=9, particleLevel=9, JET_JER=9)
    assert variation_tables(selections[0], selections, {"pt"}) == {"JET_JER": "JET_JER"}
    folders = tables(nominal__events=9, JES_up__events=9, JES_up__meta=9)
    assert variation_tables(folders[0], folders, {"pt"}) == {"JES_up": "JES_up/events"}
    events = tables(Events=9, Events_jesUp=9, EventsOld=9, Runs=9)
    assert variation_tables(events[0], events, {"pt", "derived"}) == {"jes_up": "Events_jesUp"}
    assert variation_tables(events[0], events, {"derived"}) == {}
