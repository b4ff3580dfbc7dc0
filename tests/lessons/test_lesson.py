"""A lesson is a training of the engine: what its frames show, and points of one's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from netwright.errors import DataError
from netwright.lessons import Lesson, Settings, read_points
from netwright.training import assign, of_member


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return Lesson(Settings(data="circle", rows=120, layers=[6, 4], l2=0.001, features=["x", "y", "x2"]))


def test_frames_show_what_the_network_says(lesson: Lesson) -> None:
    first = lesson.frame()
    frame = lesson.advance(60).frame()
    assert frame.train_loss < 0.7 * first.train_loss
    x, y = lesson.points.x, lesson.points.y
    line = (np.arange(50) + 0.5) * 12 / 50 - 6  # the middles of pixels
    grid = np.stack([axis.ravel() for axis in np.meshgrid(line, line)], axis=1)
    for points, rows, shown in (
        (x, lesson.train_rows, frame.train_loss),
        (x, lesson.test_rows, frame.test_loss),
        (grid, None, frame.boundary),
    ):
        features = np.column_stack([points, points[:, 0] ** 2]).astype(np.float32)
        predicted = np.asarray(lesson.model({"point": features})["label"])[:, 0]
        if rows is None:
            np.testing.assert_allclose(predicted.reshape(50, 50), shown, atol=1e-5)  # float32
        else:
            truth = y[rows]
            entropy = -np.log(np.where(truth == 1, predicted[rows], 1 - predicted[rows])).mean()
            assert shown == pytest.approx(entropy, rel=1e-3)  # of rounded probabilities
    assert {name: one.shape for name, one in frame.weights.items()} == {
        "body-hidden-0": (3, 6),
        "body-hidden-1": (6, 4),
        "label-raw": (4, 1),
    }
    assert [unit.shape for unit in frame.units.values()] == [(6, 50, 50), (4, 50, 50)]
    assert set(frame.gradient_norms) == set(frame.weights)
    assert frame.dead == 0


def test_the_same_lesson_again(lesson: Lesson) -> None:
    """The same settings give the same network to the last bit, also in other portions."""
    again = Lesson(lesson.settings)
    while again.epoch < lesson.epoch:
        again.advance(20)
    np.testing.assert_array_equal(again.frame().boundary, lesson.frame().boundary)


def test_an_ensemble_of_dead_units_and_a_regression() -> None:
    dead = Lesson(Settings(data="plane", rows=40, layers=[3], activation="relu", initial="zero", members=2))
    frame = dead.frame()
    assert frame.dead == 3
    assert len(dead.team) == 2
    assert frame.boundary.std() < 0.5
    assert np.isfinite(dead.advance(1).frame().test_loss)


def test_an_ensemble_has_the_loss_of_its_joint_output() -> None:
    lesson = Lesson(Settings(data="xor", rows=60, layers=[4], members=3)).advance(5)
    frame = lesson.frame()
    scores = []
    for number, member in enumerate(lesson.team.members):
        assign(member.raw, of_member(lesson.state, number))
        points = lesson.points.x[lesson.test_rows].astype(np.float32)
        scores.append(np.asarray(member.model({"point": points})["label"])[:, 0])
    truth, common = lesson.points.y[lesson.test_rows], np.mean(scores, axis=0)
    assert frame.test_loss == pytest.approx(-np.log(np.where(truth == 1, common, 1 - common)).mean(), rel=1e-4)


def write(folder: Path, text: str) -> Path:
    path = folder / "own.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_points_of_ones_own(tmp_path: Path) -> None:
    lines = "".join(f"{i},{10 * i % 7},{'signal' if i > 15 else 'background'}\n" for i in range(40))
    points = read_points(write(tmp_path, "mass,pt,kind\n" + lines))
    assert points.x.min() == -5
    assert points.x.max() == 5
    assert points.y.tolist() == [i > 15 for i in range(40)]
    assert Lesson(Settings(data="own", layers=[2]), points).frame().epoch == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a,b,label\n" + "1,2,1\n" * 30,
            "the last column, label, .* must have two values, but it has 1.*leave out rows",
        ),
        ("a,b,label\n" + "1,x,1\n2,y,0\n" * 30, r"column b must hold numbers, .* such as 'x'\. Put the label last"),
        (
            "a,b,c,label\n" + "1,2,3,1\n" * 30,
            "needs two columns of numbers and a label, but there are 4.*Write a file with three",
        ),
        ("a,b,label\n1,2,1\n1,3,0\n", "needs at least 20 rows, but there are 2.*Add more"),
        ("a,b,label\n" + "1,,1\n2,3,0\n" * 30, "column b has (30 missing values|values that are not finite)"),
        ("a,b,label\n" + "1,inf,1\n2,3,0\n" * 30, "column b has values that are not finite"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_points(write(tmp_path, text))


def test_own_points_that_are_not_there() -> None:
    with pytest.raises(DataError, match=r"start with netwright playground FILE\.csv"):
        Lesson(Settings(data="own"))
