"""A search on real trainings: trials at once, failed and pruned ones, going on after an end, the judgement."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from tests.html_pages import check_page
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.errors import ExperimentError, RunError, TrainingInterruptedError
from netwright.lab import RunLock
from netwright.metrics import roc_auc
from netwright.models import member_networks
from netwright.progress import silent
from netwright.searching import Batch, FinishedTrials, Outcome, SearchStudy, outcome_of, space_of
from netwright.searching.journal import SearchJournal
from netwright.training import Hooks, train_members
from netwright.workflow import BestTrial, SearchTrial, _search, divide_rows, search
from netwright.workflow._data import load_data
from netwright.workflow.members.prepare import Member, member_arrays, prepare_member
from netwright.workflow.searches import figures
from netwright.workflow.searches.best import _on_test
from netwright.workflow.searches.figures import LiveFigures
from netwright.workflow.searches.sentences import best_sentences
from netwright.workflow.searches.trials import TrialTrainer
from netwright.workflow.searches.work import Budget, _next_batch, open_study, work

ROWS = 1200
RATES = [0.05, 0.02, 1e-5, 1e-6, 1e30]
OTHERS = [{"training.learning_rate": rate, "model.body.dropout": 0.1} for rate in (0.05, 1e-5)]


def content(files: Path, **section: Any) -> dict[str, Any]:
    return {
        "name": "toy",
        "data": {"files": [str(files)], "identity": ["event"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a", "b"]}},
        "targets": {"is_hh": {"kind": "binary", "column": "y", "classes": {"tt": 0, "hh": 1}}},
        "model": {"body": {"kind": "dense", "units": [8]}},
        "training": {"epochs": 4, "batch_size": 128, "learning_rate": 0.02},
        "search": {
            "parameters": {
                "training.learning_rate": {"choices": RATES},
                "model.body.dropout": {"choices": [0.0, 0.1]},
            },
            "objective": "is_hh.roc_auc",
            "sampler": "grid",
            "at_once": 5,
            "seeds": 2,
            "pruning": {"first_epoch": 1},
        }
        | section,
    }


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    generator = np.random.default_rng(1)
    y = np.arange(ROWS) % 2
    x = generator.normal(size=(ROWS, 2)) + 1.2 * y[:, None]
    path = tmp_path_factory.mktemp("search") / "rows.parquet"
    pq.write_table(pa.table({"a": x[:, 0], "b": x[:, 1], "y": y, "event": np.arange(ROWS)}), path)
    return path


@pytest.fixture(scope="module")
def found(rows: Path) -> Any:
    return search(nw.parse_experiment(content(rows)), folder=rows.parent / "found")


def test_every_trial_of_the_grid_ends_once_and_says_why(found):
    assert [trial.number for trial in found.trials] == list(range(10))
    values = {(trial.values["training.learning_rate"], trial.values["model.body.dropout"]) for trial in found.trials}
    assert len(values) == 10
    states = {
        state: [trial for trial in found.trials if trial.state == state] for state in ("complete", "pruned", "failed")
    }
    assert {trial.values["training.learning_rate"] for trial in states["failed"]} == {1e30}
    assert all(re.search(r"not finite at step \d+", trial.why) and trial.value is None for trial in states["failed"])
    assert states["pruned"]
    assert all("after 1 epochs its is_hh.roc_auc" in trial.why and trial.epochs == 1 for trial in states["pruned"])
    assert all(trial.epochs > 1 and trial.why == "" for trial in states["complete"])


def test_the_value_of_a_trial_is_that_of_the_same_training_alone(found, rows):
    best = found.leaderboard[0]
    space = space_of(nw.parse_experiment(content(rows)))
    data = load_data(space.experiment, silent)
    experiment = space.trial(space.parameters(best.values), best.number)
    trainer = TrialTrainer(space, data, -1.0, lambda: False)
    member = Member(0, 0, data.division.split(0), experiment)
    prepared = prepare_member(member, data.rows, trainer.descriptions[0])
    (alone,) = train_members([prepared], member_arrays([member], data.rows), Hooks())
    # one program for several sums in another order: weights agree to 1e-4, scores and their ranks to a few rows
    assert max(epoch.monitored for epoch in alone.history) == pytest.approx(best.value, abs=1e-3)


def test_a_batch_of_fewer_trials_compiles_nothing_again(rows):
    """Teams are as wide as those of the batch before, and rows have lines of weights for as many members."""
    space = space_of(nw.parse_experiment(content(rows, pruning={"epochs": False, "folds": False})))
    trainer = TrialTrainer(space, load_data(space.experiment, silent), -1.0, lambda: False)
    compiled = []
    for count in (5, 4):
        values = [{"training.learning_rate": rate, "model.body.dropout": 0.1} for rate in RATES[:count]]
        points = {number: space.parameters(one) for number, one in enumerate(values)}
        assert len(trainer.train(Batch(0, rows, points, []), FinishedTrials({})) or ()) == count
        (program,) = trainer.programs.values()
        functions: list[Any] = [program.train_steps, program.evaluate]
        compiled.append(tuple(function._cache_size() for function in functions))
    assert compiled == [(3, 3), (3, 3)]  # teams of three and two, and one where the other fails; then two and two


def test_the_experiments_own_values_are_trained_to_the_end(rows):
    """Else nothing says whether the search found anything better."""
    space = space_of(nw.parse_experiment(content(rows)))
    trainer = TrialTrainer(space, load_data(space.experiment, silent), -1.0, lambda: False)
    points = [space.own_parameters(), *(space.parameters(one) for one in OTHERS)]
    trials = [trainer._begin(number, point) for number, point in enumerate(points)]
    values = enumerate((0.6, 0.9, 0.7))
    records: Any = [SimpleNamespace(member=n, epoch=1, monitored=auc, best=True) for n, auc in values]
    assert trainer._pruned(trials, records, FinishedTrials({})) == {2}
    assert [trial.state for trial in trials] == ["complete", "complete", "pruned"]
    # larger by less than min_improvement: these weights are not kept, and their value is not that of the trial
    trainer._pruned(trials, [SimpleNamespace(member=1, epoch=2, monitored=0.905, best=False)], None)
    assert trials[1].best == -0.9


def test_the_best_is_trained_anew_and_judged_once(found):
    ranked = [row.value for row in found.leaderboard]
    assert ranked == sorted(ranked, reverse=True)
    assert len(found.best.seeds) == 2
    assert found.best.spread > 0
    run = nw.open_run(found.best.run)
    assert run.evaluation["test"]["is_hh"]["roc_auc"]["value"] == found.best.test[0]
    assert run.experiment.search is None
    assert run.experiment.ensemble.members == 2
    text = " ".join(found.sentences)
    optimism = ranked[0] - found.best.mean
    assert f"{'optimistic' if optimism >= 0 else 'pessimistic'} by {abs(optimism):.2g}" in text
    assert "On test rows, evaluated once" in text
    dataset, data = nw.load_rows(run.experiment)  # slow twin: the ranks of scores on test rows
    test = divide_rows(dataset, data, run.experiment).split(0).test
    inputs = {name: values[test] for name, values in data.inputs.items()}
    for network, value in zip(member_networks(run.model), found.best.test_seeds, strict=True):
        scores = np.asarray(network(inputs)["is_hh"])[:, 0]
        assert value == pytest.approx(roc_auc(data.heads["is_hh"].values[test], scores), abs=1e-6)
    assert f"these networks have is_hh.roc_auc {np.mean(found.best.test_seeds):.5g}" in text
    assert found.distance(found.leaderboard[1]) == pytest.approx((ranked[0] - ranked[1]) / found.best.spread)


def test_ctrl_c_while_the_best_is_judged_names_the_same_command(found, rows, monkeypatch):
    monkeypatch.setattr(_search, "retrain_best", lambda *_, **__: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(TrainingInterruptedError, match=r"To continue: the same netwright search command$"):
        search(nw.parse_experiment(content(rows)), folder=found.folder)


def test_a_result_on_fewer_test_rows_is_not_called_optimism():
    """Thinned to as many rows, validation rows have 0.72 where they had 1.0: no chance of the search is in that."""
    board = [SearchTrial(0, "complete", {}, 0.98)]
    best = BestTrial(Path(), (0.97, 1.01), (0.71, 0.68))
    (*_, text) = best_sentences("significance", board, best, None, larger=True)
    assert "significance 0.695 ± 0.015 over seeds, with √Σw² of the simulated background" in text
    assert "optimistic" not in text


def test_with_a_loss_the_optimism_is_that_on_test_rows_too():
    board = [SearchTrial(0, "complete", {}, 0.5)]
    best = BestTrial(Path(), (0.52, 0.54), (0.55, 0.57))
    (_, text) = best_sentences("loss", board, best, None, larger=False)
    assert text == (
        "On test rows, evaluated once, these networks have loss 0.56 ± 0.01 over seeds: the search's own value was "
        "optimistic by 0.06."
    )
    one = BestTrial(Path(), (0.52,), (0.55,), (0.56, 0.01))
    (_, text) = best_sentences("loss", board, one, None, larger=False)
    assert text.endswith("optimistic by 0.05. Of all test rows together it is 0.56 ± 0.01.")  # no "1 networks"


def test_rejections_without_background_have_no_mean():
    board = [SearchTrial(0, "complete", {}, 40.0)]
    best = BestTrial(Path(), (float("inf"), 41.0), (39.0, float("inf")))
    texts = best_sentences("y.background_rejection_0.5", board, best, None, larger=True)
    assert [text.partition("has no mean: ")[2] for text in texts] == [
        "it is infinite in 1 of 2, as no row of background passes the cut there."
    ] * 2
    assert np.isnan(best.spread)


def test_what_test_rows_do_not_give_is_left_out():
    """A rejection without any background left has no value, and a single effective row no uncertainty."""
    given = {"value": 7.0, "uncertainty": 0.5}
    evaluation = {
        "test": {"y": {"a": given, "b": {"value": None, "uncertainty": None}, "c": given | {"uncertainty": None}}}
    }
    assert _on_test(evaluation, "y.a") == (7.0, 0.5)
    assert [_on_test(evaluation, name) for name in ("y.b", "y.c", "y.d", "loss")] == [None] * 4


def test_figures_are_drawn_again_when_there_is_something_new(found, rows, monkeypatch, tmp_path):
    drawn: list[int] = []
    monkeypatch.setattr(figures, "draw_search", lambda *words, **_: drawn.append(len(words[2])))
    space = space_of(nw.parse_experiment(content(rows)))
    study, live = open_study(found.folder, space), LiveFigures(tmp_path, space)
    live.draw(study)
    live.draw(study)
    assert drawn == [10]
    monkeypatch.setattr(figures, "ended_trials", lambda *_: found.trials[:5])
    LiveFigures(tmp_path, space).draw(study)
    assert drawn == [10]  # too few for a prediction


def test_the_page_has_every_trial_and_figure(found):
    page = (found.folder / "report.html").read_text()
    check_page(page)
    assert page.count("<figure>") == 4  # too few complete trials for an importance
    assert "training.<br>learning_<br>rate" in page  # long names take lines, and the table fits the page
    for one in found.trials:
        assert f">{one.number}</th>" in page or f">{one.number} (own)</th>" in page
        assert one.why.replace("'", "&#39;") in page
    assert found.sentences[0].replace("'", "&#39;") in page


def test_init_proposes_a_space_that_can_be_searched(rows, tmp_path):
    nw.init(rows, "y", output=tmp_path / "e.yaml", search=True)
    text = (tmp_path / "e.yaml").read_text()
    assert "# Note: Left out of search: training.batch_size: it acts together with the learning rate" in text
    space = space_of(nw.load_experiment(tmp_path / "e.yaml"))
    assert space.own_parameters() is not None
    assert space.objective == "y.roc_auc"
    assert all(section.choices is None for section in space.section.parameters.values())  # one program for all trials


class Killed(BaseException):
    """Ends a search at a place where a signal might."""


@pytest.mark.optimised
def test_a_search_that_was_killed_goes_on_to_the_same_bits(rows, tmp_path, monkeypatch):
    told: list[int] = []
    tell = SearchStudy.tell

    def killed(self, outcomes):
        if told:
            tell(self, outcomes[:2])  # in the middle of a batch
            raise Killed
        told.append(1)
        tell(self, outcomes)

    space = space_of(nw.parse_experiment(content(rows)))
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    work(whole, space, Budget(100, None), progress=silent)
    with monkeypatch.context() as patch:
        patch.setattr(SearchStudy, "tell", killed)
        with pytest.raises(Killed):
            work(broken, space, Budget(100, None), progress=silent)
    assert sum(trial.state.is_finished() for trial in open_study(broken, space).trials()) == 7
    work(broken, space, Budget(100, None), progress=silent)
    expected, again = ([outcome_of(one) for one in open_study(place, space).trials()] for place in (whole, broken))
    assert len(again) == 10
    for name in ("last_value", "why"):
        assert [outcome[name] for outcome in again] == [outcome[name] for outcome in expected]


@pytest.mark.parametrize("sampler", ["random", "gp", "grid"])
def test_proposals_of_a_killed_process_are_made_as_if_it_had_lived(rows, tmp_path, monkeypatch, sampler):
    space = space_of(nw.parse_experiment(content(rows, sampler=sampler)))
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    outcomes = [Outcome(n, "complete", 0.5 + 0.01 * n, (0.5 + 0.01 * n,), "", {}, 4, 1.0) for n in range(11)]
    for place in (whole, broken):
        study = open_study(place, space)
        first = study.ask(len(outcomes) if sampler == "gp" else 2)
        study.tell(outcomes[: len(first.trials)])
    expected = open_study(whole, space).ask(5)
    add, added = SearchStudy._add, []

    def killed(self, parameters):
        if len(added) == 2:
            raise Killed
        added.append(parameters)
        add(self, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(SearchStudy, "_add", killed)
        with pytest.raises(Killed):
            open_study(broken, space).ask(5)
    assert open_study(broken, space).ask(5).trials == expected.trials


def test_a_journal_goes_on_behind_half_a_line_and_the_lock_of_a_killed_process_can_be_seen(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    journal = SearchJournal(Path("study.journal"))
    journal.append_logs([{"a": 1}])
    with Path("study.journal").open("a") as file:
        file.write('{"b": ')
    journal.append_logs([{"c": 3}])
    assert list(journal.read_logs(0)) == [{"a": 1}, {"c": 3}]
    Path("elsewhere").mkdir()
    nested = SearchJournal(Path("elsewhere/study.journal"))
    nested.lock.acquire()
    assert Path("elsewhere/study.journal.lock").exists()  # a link that leads nowhere would be waited for without end


WORKER = """
import os, sys, signal, time
import netwright as nw
from pathlib import Path
from netwright.lab import RunLock
from netwright.metrics import roc_auc
from netwright.models import member_networks
from netwright.progress import silent
from netwright.searching import Outcome, space_of
from netwright.workflow.searches import work as of
class Trainer:
    def __init__(self, *_): pass
    def train(self, batch, known):
        with open(sys.argv[3], "a") as file:
            file.write("".join(f"{n}\\n" for n in batch.trials))
        if sys.argv[4] == "dies" and batch.number > 1:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.05)
        return [Outcome(n, "complete", float(n), (float(n),)) for n in batch.trials]
of.TrialTrainer, of.load_data = Trainer, lambda *_: None
space = space_of(nw.load_experiment(sys.argv[1]))
of.work(Path(sys.argv[2]), space, of.Budget(12, None), progress=silent)
"""


def test_two_processes_neither_lose_nor_double_a_trial_and_one_may_die(rows, tmp_path):
    file = tmp_path / "e.yaml"
    file.write_text(yaml.safe_dump(content(rows, sampler="tpe", at_once=2)))
    processes = [
        subprocess.Popen([sys.executable, "-c", WORKER, file, tmp_path / "s", tmp_path / end, end], env=os.environ)
        for end in ("dies", "lives")
    ]
    codes = [process.wait(timeout=120) for process in processes]
    assert codes[1] == 0
    trained = [(tmp_path / end).read_text().split() if (tmp_path / end).exists() else [] for end in ("dies", "lives")]
    repeated = trained[0][-2:] if codes[0] == -9 else []  # those that the other trained again
    assert sorted([*trained[0], *trained[1]], key=int) == sorted([*map(str, range(12)), *repeated], key=int)
    trials = open_study(tmp_path / "s", space_of(nw.load_experiment(file))).trials()
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 12


def test_a_batch_that_another_process_was_faster_to_take_is_left_to_it(rows, tmp_path, monkeypatch):
    ask = SearchStudy.ask

    def seen(self, count):
        batch = ask(self, count)
        other = RunLock(batch.folder)
        other.take()
        locks.append(other)
        return batch

    locks: list[RunLock] = []
    monkeypatch.setattr(SearchStudy, "ask", seen)
    study = open_study(tmp_path, space_of(nw.parse_experiment(content(rows))))
    with _next_batch(study, Budget(10, None)) as batch:
        assert batch is None
    assert [len(one.trials) for one in study.unfinished()] == [5]
    locks[0].release()


def test_the_command_shows_what_a_finished_search_found(found, rows, tmp_path):
    file = tmp_path / "e.yaml"
    file.write_text(yaml.safe_dump(content(rows), sort_keys=False))
    result = CliRunner().invoke(app, ["search", str(file), "--run", str(found.folder)])
    assert result.exit_code == 0, result.output
    assert f"Trial {found.leaderboard[0].number} is the best by is_hh.roc_auc" in result.output.replace("\n", " ")
    assert "spreads]" in result.output  # not taken for markup
    assert json.loads((found.folder / "search.json").read_text())["best"]["seeds"] == list(found.best.seeds)


def test_the_search_of_another_experiment_is_not_continued(found, rows):
    other = content(rows)
    other["training"]["epochs"] = 5
    with pytest.raises(RunError, match="holds the search of another experiment: training differ"):
        search(nw.parse_experiment(other), folder=found.folder)


def test_what_is_no_search_is_not_written_over(rows, tmp_path):
    (tmp_path / "experiment.yaml").write_text("mine")
    with pytest.raises(RunError, match=r"holds experiment\.yaml and is no search; it is not overwritten"):
        search(nw.parse_experiment(content(rows)), folder=tmp_path)
    assert (tmp_path / "experiment.yaml").read_text() == "mine"
    (tmp_path / "plan.json").write_text('{"way": "together"}')
    with pytest.raises(RunError, match="is a run, not a search"):
        search(nw.parse_experiment(content(rows)), folder=tmp_path)


def test_a_search_is_no_run_and_names_its_networks(found):
    with pytest.raises(
        RunError, match=rf"is a search, not a run\. Name a network .*best-{found.leaderboard[0].number}"
    ):
        nw.evaluate(found.folder)
    assert nw.note(found.folder, "narrower next time")


def test_a_search_in_which_all_fail_says_why(rows, tmp_path):
    huge = {"model.body.units": {"choices": [[1_000_000, 1_000_000], [900_000, 900_000]]}}
    with pytest.raises(RunError, match=r"none of 2 trials gave a value.*the network has"):
        search(nw.parse_experiment(content(rows, parameters=huge)), folder=tmp_path)


def test_trials_that_let_no_background_pass_cannot_be_ranked_by_their_rejection(rows, tmp_path):
    """They failed as "not a finite number in any epoch", the better the network the likelier."""
    table = pq.read_table(rows)
    apart = pa.array(table["a"].to_numpy() + 20 * table["y"].to_numpy())
    pq.write_table(table.set_column(0, "a", apart), tmp_path / "apart.parquet")
    parameters = {"training.learning_rate": {"choices": [0.05, 0.02]}}
    objective = "is_hh.background_rejection_0.5"
    experiment = nw.parse_experiment(content(tmp_path / "apart.parquet", parameters=parameters, objective=objective))
    with pytest.raises(
        RunError, match=r"rejection_0\.5 is infinite in an epoch: no validation row .* Add validation rows"
    ):
        search(experiment, folder=tmp_path / "search")


@pytest.mark.parametrize("budget", [{"trials": 0}, {"hours": 0.0}])
def test_no_trials_are_refused(rows, budget):
    with pytest.raises(ExperimentError, match="one trial and one job or more, and lasts more than 0 hours; received"):
        search(nw.parse_experiment(content(rows)), **budget)


def test_a_study_that_cannot_be_written_or_read_is_named(rows, tmp_path, monkeypatch):
    space = space_of(nw.parse_experiment(content(rows)))
    study = open_study(tmp_path, space)
    study.ask(2)
    (tmp_path / "batches" / "0000" / "batch.json").write_text("{")
    with pytest.raises(RunError, match=r"0000.batch.json: cannot be read .*Remove"):
        list(study.unfinished())
    shutil.rmtree(tmp_path / "batches")
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda *_: False)
        with pytest.raises(RunError, match=r"study.journal: the study cannot be written. Make the folder writable"):
            open_study(tmp_path, space)
    (tmp_path / "study.journal").unlink()
    (tmp_path / "study.journal").mkdir()
    with pytest.raises(RunError, match=r"study.journal: the study cannot be written \(.*Free some space"):
        open_study(tmp_path, space)
