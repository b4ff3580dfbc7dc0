from __future__ import annotations

from netwright.config import EarlyStoppingSection, PlateauSchedule
from netwright.training.patience import Patience


def follow(losses: list[float], plateau: PlateauSchedule, stopping: EarlyStoppingSection) -> list[Patience]:
    patience, all_of_them = Patience(), []
    for epoch, loss in enumerate(losses, start=1):
        patience = patience.after(loss, loss, epoch, plateau, stopping)
        all_of_them.append(patience)
    return all_of_them


def test_the_best_epoch_is_the_first_lowest() -> None:
    seen = follow([3, 2, 2, 4], PlateauSchedule(kind="plateau"), EarlyStoppingSection())
    assert [p.best_epoch for p in seen] == [1, 2, 2, 2]
    assert [p.since_progress for p in seen] == [0, 0, 1, 2]


def test_decay_comes_after_patience_and_at_most_so_many_times() -> None:
    seen = follow([1.0] * 9, PlateauSchedule(kind="plateau", patience=2, times=2), EarlyStoppingSection())
    assert [p.decays for p in seen] == [0, 0, 1, 1, 2, 2, 2, 2, 2]
    assert seen[-1].since_progress == 8


def test_an_improvement_starts_the_plateau_again() -> None:
    seen = follow([3, 3, 2, 2, 2], PlateauSchedule(kind="plateau", patience=2), EarlyStoppingSection())
    assert [p.decays for p in seen] == [0, 0, 0, 0, 1]


def test_too_small_an_improvement_does_not_count() -> None:
    seen = follow([1.0, 0.95, 0.85], PlateauSchedule(kind="plateau"), EarlyStoppingSection(min_improvement=0.1))
    assert [p.best_epoch for p in seen] == [1, 1, 3]
    assert [p.since_progress for p in seen] == [0, 1, 0]  # the loss is watched: its small fall is no progress either


def test_a_loss_that_is_not_a_number_is_never_the_best() -> None:
    assert follow([float("nan"), 1.0], PlateauSchedule(kind="plateau"), EarlyStoppingSection())[-1].best_epoch == 2


def test_an_epoch_with_a_lower_loss_is_progress_where_something_else_is_watched() -> None:
    patience, plateau, seen = Patience(), PlateauSchedule(kind="plateau", patience=2), []
    watched = [(-1.0, 0.9), (-0.9, 0.8), (-0.8, 0.7), (-0.7, 0.8), (-0.7, 0.75), (-1.1, 0.8)]
    for epoch, (cost, loss) in enumerate(watched, start=1):
        patience = patience.after(cost, loss, epoch, plateau, EarlyStoppingSection())
        seen.append(patience)
    assert [p.best_epoch for p in seen] == [1, 1, 1, 1, 1, 6]  # the best is that of what is watched
    assert [p.since_progress for p in seen] == [0, 0, 0, 1, 2, 0]
    assert [p.decays for p in seen] == [0, 0, 0, 0, 1, 1]
