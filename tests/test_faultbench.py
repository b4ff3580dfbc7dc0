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
    assert len({training.program.key for training in healthy_trainings()}) >= 200


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


# Keras itself warns of softmax over one unit, where the doctor has to say it too
@pytest.mark.filterwarnings("ignore:You are using a softmax over axis:UserWarning")
def test_one_fault_from_training_to_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from faultbench import work
    from faultbench.faults import cases
    from faultbench.lines import read
    from faultbench.measure import train
    from faultbench.report import report
    from faultbench.results import Results

    case = next(case for case in cases(1) if case.task == "xor" and case.fault.name == "softmax over one unit")
    monkeypatch.setattr(work, "chosen", lambda choice: ([case], []))  # noqa: ARG005
    choice = work.Choice(
        tmp_path, seeds=1, development=True, every=1, shard=0, shards=1, until=math.inf, end=math.inf
    )  # fmt: skip
    work.work(choice)
    kind = work.doctor_kind()
    assert kind is not None
    truth, mended = read(tmp_path, "truth"), read(tmp_path, f"mended-{kind}")
    assert truth.keys() == read(tmp_path, kind).keys() == {case.twin.key, case.faulty.key}
    # those who look on change nothing
    assert train(case.twin).skills == truth[case.twin.key]["skills"]
    # the doctor's remedy, followed to the letter, is the twin
    assert mended[case.faulty.key]["mended"] == case.twin.key
    results = Results(tmp_path, kind, 1)
    assert [count.name for count in results.counted()] == [case.name]
    assert math.isclose(results.harm(case), 2.0, abs_tol=0.05)
    assert results.was_mended(case)
    assert "1 faulty programs of 1 faults" in report(results)
    assert "| softmax over one unit | 1 | 1 | 1 | 1 |" in report(results)


def test_scores_are_counted_as_defined(tmp_path: Path) -> None:
    from faultbench.faults import cases
    from faultbench.healthy import healthy_trainings
    from faultbench.lines import Lines
    from faultbench.misses import misses
    from faultbench.report import report
    from faultbench.results import Results, count_mended, score

    def line(key: str, quality: float, *symptoms: str) -> dict[str, object]:
        skills = {"quality": quality, "balanced": quality, "honesty": 1.0}
        words = {"severity": "WARN", "confidence": 0.8, "step": 10, "evidence": "Seen.", "cause": "", "remedy": "Do."}
        findings = [{"symptom": symptom, **words} for symptom in symptoms]
        simple = {"quality": 0.5, "balanced": 0.5}
        return {
            "key": key, "skills": skills, "simple": simple, "error": "", "steps": 40, "rivals": {}, "findings": findings
        }  # fmt: skip

    known = {"Adam with a rate of 3": 0.2, "Adam with a rate of 1e-6": 0.3, "one epoch": 0.49, "a large L2": 0.0}
    rules = {
        "Adam with a rate of 3": ("learning rate too high",),
        "Adam with a rate of 1e-6": ("stuck", "learning rate too low"),
        "one epoch": (),
        "a large L2": (),
    }
    truth, doctor = Lines(tmp_path, "truth", 0), Lines(tmp_path, "doctor-1", 0)
    mended = Lines(tmp_path, "mended-doctor-1", 0)
    for case in cases(1):
        if case.task == "binary" and case.fault.name in known:
            truth.add(line(case.twin.key, 0.5))
            truth.add(line(case.faulty.key, known[case.fault.name]))
            doctor.add(line(case.faulty.key, 0.0, *rules[case.fault.name]))
            if rules[case.fault.name]:
                mended.add(
                    {"key": case.faulty.key, "skills": {"quality": 0.495 if known[case.fault.name] < 0.3 else 0.4}}
                )
    healthy = [training for training in healthy_trainings() if training.task == "binary"][:4]
    for one, quality, result in zip(
        healthy, (0.5, 0.45, 0.41, 0.3), ((), ("leak", "metric"), (), ("leak",)), strict=True
    ):
        truth.add(line(one.program.key, quality))
        doctor.add(line(one.program.key, quality, *result))
    results = Results(tmp_path, "doctor-1", 1)
    counts = score(results, results.doctor, development=True)
    count_mended(counts, results, development=True)
    # "one epoch" does no harm, and the last healthy training is not healthy
    assert (counts.faulty, counts.detected, counts.first, counts.among_three) == (3, 2, 1, 2)
    assert (counts.healthy, counts.alarmed, counts.false_alarms) == (3, 1, 2)
    assert (counts.tried, counts.mended) == (2, 1)
    assert counts.steps == [0.25, 0.25]
    assert score(results, results.doctor, development=False).faulty == 0
    told = sorted(text.split(" | ")[0] for text in misses(results, development=True))
    assert told == ["CAUSE", "FALSE ALARM", "FALSE ALARM", "MISS"]
    assert "| **netwright** | 0.67 [0.21, 0.94] |" in report(results)
    # of the faulty ones only that with a skill of 0 has the same skill in both lines
    assert "5 of 8 trainings that were made with it and without it ended with the same skills" in report(results)
    assert "| 0.8 to 0.9 | 3 | 0.80 | 0.33 [0.06, 0.79] |" in report(results)


def test_other_tools_judge_a_loss_that_was_never_finite() -> None:
    from faultbench.rivals import RIVALS, Watcher

    watcher = Watcher(np.zeros((4, 2), np.float32), np.array([0, 1, 0, 1], np.float32))
    watcher.history = [{"loss": float("nan"), "val_loss": float("nan"), "accuracy": 0.5}] * 12
    watcher.steps = 12
    rules = {name: {finding.rule for finding in rule(watcher)} for name, rule in RIVALS.items() if name != "UMLAUT"}
    assert "exploding gradient" in rules["AutoTrainer"]
    assert "Overtraining" in rules["SageMaker Debugger"]
