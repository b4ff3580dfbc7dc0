"""The task of the lecture, in six steps: make a network overtrain, cure it, then change the data; each is measured."""

from __future__ import annotations

from dataclasses import dataclass, field

from netwright.lessons.lesson import Frame
from netwright.lessons.settings import Settings

__all__ = ["STEPS", "Exercise"]

STEPS = (
    (
        "overtrain",
        "Let a network overtrain visibly: a test loss 1.3 times its smallest, and 0.1 above the training loss.",
    ),
    (
        "drastic",
        "Make it drastic, with the same data: a test loss 3 times the training loss, 0.2 above it, twice its smallest.",
    ),
    ("cure", "Cure it: same data, 100 epochs, a test loss within 0.2 of the training loss and 1.4 times its smallest."),
    ("statistics", "More statistics: 80% for training, 100 epochs, a test loss within 0.2 of the training loss."),
    ("noise", "More noise: 40% or more, 100 epochs, with 80% of the points for training. Does it overtrain now?"),
    ("another", "Another data set: 50 epochs with a test loss below half of what guessing has."),
)

_VISIBLE, _VISIBLE_GAP = 1.3, 0.1  # ratios grow without bound where both losses are nearly 0: gaps do not
_DRASTIC, _DRASTIC_RISE, _CURED, _REASONABLE = 3.0, 2.0, 0.2, 1.4
_LONG, _SHORT = 100, 50  # epochs
_MAX_TRAIN, _NOISY = 0.8, 0.4
_OF_DATA = ("data", "rows", "noise", "train_share", "seed")


@dataclass
class Exercise:
    """The steps reached by the trainings so far.

    Attributes:
        reached: names of the steps, with the epoch at which each was reached.
    """

    reached: dict[str, int] = field(default_factory=dict)
    _smallest: float = float("inf")
    _drastic: Settings | None = None
    _to_beat: float = float("inf")
    _baseline_loss: float = 0.0

    def begin(self, baseline_loss: float) -> None:
        """Note that a training begins.

        Args:
            baseline_loss: loss of the best constant output, dimensionless.
        """
        self._smallest, self._baseline_loss = float("inf"), baseline_loss

    def update(self, settings: Settings, frame: Frame) -> dict[str, int]:
        """Note which steps a training has reached after some epochs.

        Args:
            settings: of the training.
            frame: its losses.

        Returns:
            All steps reached so far.
        """
        self._smallest = min(self._smallest, frame.test_loss)
        train, test = frame.train_loss, frame.test_loss
        if "overtrain" not in self.reached and test > _VISIBLE * self._smallest and test > train + _VISIBLE_GAP:
            self.reached["overtrain"] = frame.epoch
        drastic = test > max(_DRASTIC * train, train + _CURED) and test > _DRASTIC_RISE * self._smallest
        if "drastic" not in self.reached and drastic:
            self.reached["drastic"] = frame.epoch
            self._drastic, self._to_beat = settings, self._smallest
        healthy = frame.epoch >= _LONG and test - train < _CURED
        if self._drastic is not None and healthy and "cure" not in self.reached:
            same = all(getattr(settings, key) == getattr(self._drastic, key) for key in _OF_DATA)
            if same and test < _REASONABLE * self._to_beat:
                self.reached["cure"] = frame.epoch
        self._change_data(settings, frame, healthy=healthy)
        return self.reached

    def _change_data(self, settings: Settings, frame: Frame, *, healthy: bool) -> None:
        """Note the steps that change the data; they count once the cure is found."""
        if "cure" not in self.reached:
            return
        many = settings.train_share >= _MAX_TRAIN
        if healthy and many and "statistics" not in self.reached:
            self.reached["statistics"] = frame.epoch
        if many and settings.noise >= _NOISY and frame.epoch >= _LONG and "noise" not in self.reached:
            self.reached["noise"] = frame.epoch
        other_data = self._drastic is not None and settings.data != self._drastic.data
        if (
            other_data
            and frame.epoch >= _SHORT
            and frame.test_loss < 0.5 * self._baseline_loss
            and "another" not in self.reached
        ):
            self.reached["another"] = frame.epoch
