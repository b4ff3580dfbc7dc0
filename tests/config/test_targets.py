"""Which class is the signal, and the fractions of backgrounds: given, or written out by default."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from netwright.config import BinaryTarget, MulticlassTarget

FLAVOUR = {"kind": "multiclass", "column": "flavour", "classes": {"light": 0, "c": 4, "b": 5}}


def test_the_class_called_signal_or_the_last_is_the_signal_and_fractions_are_equal() -> None:
    target = MulticlassTarget(**FLAVOUR)
    assert target.signal == "b"
    assert target.fractions == {"light": 0.5, "c": 0.5}
    assert MulticlassTarget(**target.model_dump()) == target
    assert MulticlassTarget(kind="multiclass", column="y", classes={"sig": 0, "W": 1, "Z": 2}).signal == "sig"


def test_signal_and_fractions_can_be_said() -> None:
    target = MulticlassTarget(**FLAVOUR, signal="c", fractions={"light": 0.7, "b": 0.3})
    assert (target.signal, target.fractions["b"]) == ("c", 0.3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"signal": "top"}, "signal must be one of the classes light, c, b, received top"),
        ({"signal": 0}, "signal is the name of a class, not its value"),  # 0 was taken for the default
        ({"signal": 5}, "signal is the name of a class, not its value"),
        ({"fractions": {"c": 1.0}}, "fractions must name each class but the signal b: light, c; received c"),
        ({"fractions": {"c": 1.0, "light": -1.0}}, "fractions must not be negative, nor all 0"),
        ({"fractions": {"c": 0.0, "light": 0.0}}, "fractions must not be negative, nor all 0"),
    ],
)
def test_refuses_what_does_not_fit_the_classes(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        MulticlassTarget(**FLAVOUR, **given)


def test_the_second_of_two_classes_is_the_signal_unless_the_first_is_named() -> None:
    plain = BinaryTarget(kind="binary", column="y")
    assert (plain.signal, list(plain.classes)) == ("signal", ["background", "signal"])
    by_name = BinaryTarget(kind="binary", column="sample", classes={"Signal": "ttH", "background": "tt"})
    assert (by_name.signal, list(by_name.classes)) == ("Signal", ["background", "Signal"])
    turned = BinaryTarget(kind="binary", column="y", classes={"top": 6, "QCD": 0}, signal="top")
    assert list(turned.classes.items()) == [("QCD", 0), ("top", 6)]
    assert BinaryTarget(**turned.model_dump()) == turned
    with pytest.raises(ValidationError, match="signal must be one of the classes"):
        BinaryTarget(kind="binary", column="y", signal="top")
    with pytest.raises(ValidationError, match="signal is the name of a class, not its value"):
        BinaryTarget(kind="binary", column="y", signal=0)
