"""The benchmark of faulty and healthy trainings: what it counts, and a few of its trainings; not the whole of it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(autouse=True)
def on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_there_are_as_many_faults_and_healthy_trainings_as_promised() -> None:
    from faultbench.faults import FAULTS, cases
    from faultbench.healthy import healthy_trainings

    made = list(cases(5))
    for task in ("binary", "mass", "multiclass", "jets"):
        of_task = [case for case in made if case.task == task]
        assert len({case.fault.name for case in of_task}) >= 25
        assert len(of_task) == 5 * len({case.fault.name for case in of_task})
    assert sum(case.style == "script" for case in made) >= len(made) / 2
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert len({one.program.key for one in healthy_trainings()}) >= 200


def test_a_fault_changes_its_twin_and_programs_are_told_apart() -> None:
    from faultbench.faults import cases

    made = list(cases(2))
    assert all(case.faulty != case.twin for case in made)
    assert len({case.faulty.key for case in made}) == len(made)
    assert {case.twin.key for case in made}.isdisjoint(case.faulty.key for case in made)


def test_every_cause_has_a_treatment_that_leads_back_or_at_least_elsewhere() -> None:
    from faultbench.faults import cases
    from faultbench.remedies import Advice, mend

    for case in cases(1):
        for cause in case.fault.causes:
            mended = mend(case.faulty, Advice(cause, "", ""))
            assert mended is not None, cause
        assert any(mend(case.faulty, Advice(one, "", "")) != case.faulty for one in case.fault.causes), case.name


@pytest.mark.parametrize(
    "name",
    ["softmax over one unit", "probabilities taken for logits", "labels in another order", "dropout on the output"],
)
def test_the_right_remedy_gives_the_twin_back(name: str) -> None:
    from faultbench.faults import cases
    from faultbench.remedies import Advice, mend

    made = [case for case in cases(1) if case.fault.name == name and case.style == "script"]
    assert made
    for case in made:
        assert mend(case.faulty, Advice(next(iter(case.fault.causes)), "", "")) == case.twin


def test_a_rate_that_a_remedy_names_is_followed() -> None:
    from faultbench.programs import with_fit
    from faultbench.remedies import Advice, mend
    from faultbench.tasks import healthy

    program = with_fit(healthy("binary", "script", 0), rate=3.0)
    mended = mend(program, Advice("learning rate too high", "", "Try a learning rate of 2e-3."))
    assert mended == with_fit(program, rate=2e-3)


def test_wilson_against_the_published_numbers() -> None:
    # Newcombe, Stat. Med. 17 (1998) 857, table I, method 3: 81/263, 15/148, 0/20, 1/29
    from faultbench.intervals import wilson

    for count, trials, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(count, trials) == pytest.approx((low, high), abs=6e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_skill_of_predictions_that_are_known() -> None:
    from faultbench.programs import Head
    from faultbench.skill import balanced_skill, head_skill

    head = Head("signal", "binary", 1, "sigmoid", "binary_crossentropy")
    truth = np.array([0.0, 0.0, 0.0, 1.0])
    assert head_skill(head, truth[:, None], truth) == 1.0
    assert head_skill(head, np.full((4, 1), 0.25), truth) == pytest.approx(0.0)
    assert head_skill(head, np.full((4, 1), np.nan), truth) == -1.0
    assert balanced_skill(head, np.zeros((4, 1)), truth) == pytest.approx(0.0)
    assert balanced_skill(head, np.array([[0.0], [0.0], [1.0], [1.0]]), truth) == pytest.approx(2 / 3)
    logits = Head("signal", "binary", 1, None, "binary_crossentropy", from_logits=True)
    assert head_skill(logits, 40 * (2 * truth[:, None] - 1), truth) == pytest.approx(1.0)
    energy = Head("energy", "regression", 1, None, "mean_squared_error")
    assert head_skill(energy, np.full((4, 1), truth.mean()), truth) == pytest.approx(0.0)


def test_the_mass_of_jets_is_that_of_all_pairs() -> None:
    from faultbench.jets import mass_of

    random = np.random.default_rng(5)
    pt, eta, phi = random.uniform(1, 90, (3, 6)), random.normal(size=(3, 6)), random.uniform(-3, 3, (3, 6))
    slow = np.zeros(3)
    for i in range(6):
        for j in range(i):
            angle = np.cosh(eta[:, i] - eta[:, j]) - np.cos(phi[:, i] - phi[:, j])
            slow += 2 * pt[:, i] * pt[:, j] * angle
    assert mass_of(pt, eta, phi) == pytest.approx(np.sqrt(slow), rel=1e-9)


@pytest.mark.parametrize("task", ["binary", "multiclass", "mass", "jets", "xor", "circles", "flowers", "sine"])
def test_rows_are_the_same_for_a_seed_and_others_for_another(task: str) -> None:
    from faultbench.rows import draw
    from faultbench.tasks import healthy

    data = healthy(task, "script", 0).data
    first, again, other = draw(data, 3), draw(data, 3), draw(data, 4)
    assert np.array_equal(first.train.x, again.train.x)
    assert np.isfinite(first.train.x).all()
    assert task == "xor" or not np.array_equal(first.train.x, other.train.x)


def test_every_change_changes_something() -> None:
    from faultbench.changes import CHANGES
    from faultbench.rows import draw
    from faultbench.tasks import healthy

    plain = draw(healthy("binary", "script", 0).data, 0)
    name = next(iter(plain.train.y))
    for change, function in CHANGES.items():
        rows = function(plain, np.random.default_rng(1))
        same = [
            np.array_equal(getattr(rows, part).x, getattr(plain, part).x)
            and np.array_equal(getattr(rows, part).y[name], getattr(plain, part).y[name])
            for part in ("train", "valid", "test")
        ]
        assert change == "imputed" or not all(same), change


def test_a_cut_line_is_trained_again_and_the_rest_is_kept(tmp_path: Path) -> None:
    from faultbench.lines import Lines, read

    lines = Lines(tmp_path, "truth", 0)
    lines.add({"key": "a", "skills": {"quality": 0.5}})
    lines.add({"key": "b", "skills": {"quality": 0.7}})
    text = lines.path.read_text()
    lines.path.write_text(text[:-9])
    assert list(read(tmp_path, "truth")) == ["a"]
    again = Lines(tmp_path, "truth", 0)
    assert "a" in again
    assert "b" not in again


def test_the_first_right_alarm_is_found() -> None:
    from faultbench.judge import alarms, is_mended, right_at

    line = {"findings": [{"severity": "NOTE"}, {"severity": "WARN"}, {"severity": "PASS"}, {"severity": "FAIL"}]}
    assert len(alarms(line)) == 2
    assert right_at([{"a"}, {"b", "c"}], frozenset({"c"})) == 1
    assert right_at([{"a"}], frozenset({"c"})) is None
    assert is_mended(0.985, 1.0, 0.2)
    assert not is_mended(0.97, 1.0, 0.2)
    assert not is_mended(0.2, 0.2, 0.2)


def test_a_fault_does_harm_others_look_on_and_the_report_says_it(tmp_path: Path) -> None:
    from faultbench.faults import cases
    from faultbench.lines import Lines
    from faultbench.measure import train
    from faultbench.report import Results, report
    from faultbench.work import truth_of

    case = next(case for case in cases(1) if case.task == "xor" and case.fault.name == "Adam with a rate of 1e-6")
    lines = Lines(tmp_path, "truth", 0)
    for program in (case.twin, case.faulty):
        lines.add(truth_of(program, compare=False))
    # those who look on change nothing
    assert train(case.twin).skills == lines.known[case.twin.key]["skills"]
    results = Results(tmp_path, None, 1)
    assert [one.name for one in results.counted()] == [case.name]
    assert math.isclose(results.harm(case), 1.0, abs_tol=0.15)
    assert "1 faulty programs of 1 faults" in report(results)
    said = lines.known[case.faulty.key]["rivals"]
    assert ["learning rate too low", 1] in [one[:2] for one in said["DeepDiagnosis"]]
