"""Numbers of words or categories that a network takes as amounts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["WORDS_AS_AMOUNTS"]

_AHEAD = 0.1  # of the rows, before any method that takes the numbers as amounts
_SPARSE = 100  # times as large as there are words
_LEFT = 0.06  # of the rows, that the network does not get right though they can be had


def _examine(case: Case) -> Iterator[Finding]:
    skill, rows = case.skill, case.rows
    if skill is None or rows is None or not case.plan.finished or np.isnan(skill.counted):
        return
    reached = skill.validation if np.isfinite(skill.validation) else skill.network
    error = float(np.sqrt(0.25 / len(rows)))
    ahead = skill.counted - max(skill.baseline, skill.trivial)
    if not ahead > max(_AHEAD, 3 * error) or not skill.counted - reached > max(_LEFT, 2 * error):
        return
    words = np.unique(rows.inputs)
    first = f"Begin with Embedding({int(words.max()) + 1}, 8)"
    if words.max() > _SPARSE * len(words):  # such as hashes
        first = (
            f"Number the {len(words)} different words from 1, with keras.layers.IntegerLookup for instance. Then begin "
            f"with Embedding({len(words) + 1}, 8)"
        )
    yield Finding(
        "words as amounts",
        "WARN",
        f"Inputs are whole numbers, and the network gets {reached:.1%} of the rows right. By how often each number is "
        f"in a row, whatever its size, a simple method gets {skill.counted:.1%} of rows right that it has not seen; "
        f"by the sizes, {skill.baseline:.1%}.",
        threshold=WORDS_AS_AMOUNTS.threshold,
        cause="Numbers of words or categories are taken as amounts.",
        remedy=f"{first}, and GlobalAveragePooling1D() or LSTM(16).",
        see="docs/doctor.md",
        confidence=0.8,
    )


WORDS_AS_AMOUNTS = Symptom(
    name="words as amounts",
    needs=("rows", "skill"),
    threshold="Where inputs are whole numbers, how often each is in a row does not tell the classes of 10% more rows, "
    "and 3 standard errors, than simple methods reach by their sizes; or the network knows these rows.",
    silent="Inputs that an embedding looks up; fewer than 20 rows, or more than 300 columns; targets that are numbers; "
    "class weights.",
    examine=_examine,
    explains=(
        "labels shuffled", "label noise", "overtraining", "underfitting", "constant output", "learning rate too low",
        "learning rate too high", "too few epochs", "features not scaled", "too few rows", "dead units",
        "noisy gradients", "validation differs from training",
    ),
)  # fmt: skip
