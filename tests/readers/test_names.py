"""Names of columns that are members of something."""

from __future__ import annotations

import pytest

from netwright.readers._names import named_columns, readable_names


def paths(*names: str) -> list[tuple[str, ...]]:
    return [tuple(name.split("/")) for name in names]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (["p4/fP/fX", "p4/fP/fY", "p4/fP/fZ", "p4/fE"], ["p4.px", "p4.py", "p4.pz", "p4.E"]),
        (["v/fX", "v/fY", "v/fZ"], ["v.x", "v.y", "v.z"]),
        (["v/fCoordinates/fX", "v/fCoordinates/fY", "v/fCoordinates/fZ"], ["v.x", "v.y", "v.z"]),
        (["p/fCoordinates/fX", "p/fCoordinates/fT"], ["p.px", "p.E"]),
        (["p/fCoordinates/fZ", "p/fCoordinates/fM"], ["p.pz", "p.mass"]),
        (["p/fCoordinates/fPt", "p/fCoordinates/fPhi", "p/fCoordinates/fE"], ["p.pt", "p.phi", "p.E"]),
        (["d/fCoordinates/fR", "d/fCoordinates/fTheta"], ["d.r", "d.theta"]),
        (["d/fCoordinates/fRho", "d/fCoordinates/fOther"], ["d.rho", "d.fOther"]),
        (["jet/P4/fP/fX", "jet/P4/fE", "jet/fP/fX"], ["jet.P4.px", "jet.P4.E", "jet.fP.fX"]),
        (["mine/fX", "mine/fE", "fX", "fY", "fE"], ["mine.fX", "mine.fE", "fX", "fY", "fE"]),
    ],
)
def test_components_of_vectors(members, expected):
    assert readable_names(paths(*members)) == expected


def test_names_that_collide():
    assert readable_names(paths("p4/fP/fX", "p4/fE", "p4.px")) == ["p4/fP/fX", "p4.E", "p4.px"]
    assert readable_names([("a", "b"), ("a.b",), ("a", "b")]) == [None, "a.b", None]
    names, left_out = named_columns([("a", "b"), ("a.b",), ("a", "b"), ("", "x"), ("y",)])
    assert names == {1: "a.b", 4: "y"}
    assert left_out["column 4.x"] == "it has no name"
    assert set(left_out) == {"a/b", "column 4.x"}
