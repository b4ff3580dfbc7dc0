"""Random draws by a row's identity or from a seed: every purpose has its own key, so that draws are independent."""

from __future__ import annotations

from enum import StrEnum
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from netwright.data.split.identity import scrambled

__all__ = ["Purpose", "generator_of", "key_of", "place_of", "seed_of_member"]


class Purpose(StrEnum):
    """The purpose of a draw; no two share a key, whatever their seeds.

    By identity (`place_of`): the split of rows, how often bagging draws a row, which rows down-sampling keeps, the
    member that evaluates a row unseen in training, and the rows that pose as such when an exported graph is checked.
    From a generator (`generator_of`): initial weights with the seeds of random layers, the subset that an inspection
    uses, the halves that it tests for drift, and the rows whose residuals set the last bias of a regression.
    The order of rows uses Philox with the key (seed, epoch), see `netwright.training.feed.shuffle`.
    """

    DIVISION = "division"
    BAGGING = "bagging"
    DOWN_SAMPLING = "down-sampling"
    UNSEEN_MEMBER = "unseen-judge"
    EXPORT_CHECK = "export-check"
    FIRST_WEIGHTS = "first-weights"
    INSPECTED = "inspected"
    DRIFT_HALVES = "drift-halves"
    CALIBRATION = "calibration"


def key_of(purpose: Purpose, seed: int) -> int:
    """Return the 64 bits that distinguish one draw from all others.

    k = BLAKE2b(seed; personalised by the purpose). The split has k = mix(seed), for historical reasons: rows stay in
    their parts.

    Args:
        purpose: of the draw.
        seed: of the draw, from 0 to 2⁶⁴ - 1.

    Returns:
        k, from 0 to 2⁶⁴ - 1, dimensionless.

    Source: RFC 7693 (BLAKE2b; personalisation as in section 2.8 of the BLAKE2 paper).

    Example:
        >>> key_of(Purpose.BAGGING, 1) == key_of(Purpose.DOWN_SAMPLING, 1)
        False
    """
    if purpose is Purpose.DIVISION:
        return int(scrambled(np.array([seed], dtype=np.uint64))[0])
    digest = blake2b(seed.to_bytes(8, "little"), digest_size=8, person=purpose.encode())
    return int.from_bytes(digest.digest(), "little")


def place_of(identity: npt.NDArray[np.uint64], purpose: Purpose, seed: int) -> npt.NDArray[np.float64]:
    """Return a number in [0, 1) for every identity, uniform and independent between purposes and seeds.

    u = ⌊mix(identity xor k) / 2¹¹⌋ / 2⁵³, with the key k of `key_of`.

    Args:
        identity: of every row, shape (rows,), dimensionless.
        purpose: of the draw.
        seed: of the draw.

    Returns:
        u, shape (rows,), dimensionless; equal for equal identities.

    Source: definition; the hash is SplitMix64 (doi:10.1145/2660193.2660195).

    Example:
        >>> place_of(np.arange(3, dtype=np.uint64), Purpose.DIVISION, 1).round(3).tolist()
        [0.368, 0.914, 0.738]
    """
    shuffled = scrambled(identity ^ np.uint64(key_of(purpose, seed)))
    return (shuffled >> np.uint64(11)).astype(np.float64) / 2.0**53


def generator_of(purpose: Purpose, seed: int) -> np.random.Generator:
    """Return a random number generator for one purpose.

    The seed of NumPy's SeedSequence is k of `key_of`; for initial weights it is the seed itself, for historical
    reasons.

    Args:
        purpose: of the draw.
        seed: of the draw, from 0 to 2⁶⁴ - 1.

    Returns:
        The generator; the same numbers for the same purpose and seed.

    Source: NumPy's SeedSequence.

    Example:
        >>> one, other = generator_of(Purpose.INSPECTED, 1), generator_of(Purpose.DRIFT_HALVES, 1)
        >>> bool(one.random() == other.random())
        False
    """
    return np.random.default_rng(seed if purpose is Purpose.FIRST_WEIGHTS else key_of(purpose, seed))


def seed_of_member(seed: int, number: int) -> int:
    """Return the seed of one member of an ensemble; the first has the experiment's seed, like a single network.

    Args:
        seed: of the training.
        number: of the member, from 0.

    Returns:
        A seed from 0 to 2³¹ - 1, dimensionless.

    Source: NumPy's SeedSequence, which keeps children independent of each other and of their parent.

    Example:
        >>> seed_of_member(7, 0), seed_of_member(7, 1) == seed_of_member(7, 2)
        (7, False)
    """
    if number == 0:
        return seed
    return int(np.random.SeedSequence(seed, spawn_key=(number,)).generate_state(1)[0] >> 1)
