"""Kinematics of particles, one formula for NumPy and for layers of a network.

Every function takes the array namespace `xp` that it computes in: ``numpy`` (in float64, for statistics and
figures) or ``keras.ops`` (in float32, inside a network), so that the two always agree.
"""

from netwright.kinematics.basis import ETA_LIMIT, absent_as_zero, to_cartesian
from netwright.kinematics.boost import into_rest_frame
from netwright.kinematics.combination import combined
from netwright.kinematics.constituents import CONSTITUENT_FEATURES, constituent_features
from netwright.kinematics.directions import eta_phi
from netwright.kinematics.excess import energy_excess
from netwright.kinematics.jet import JET_FEATURES, jet_features
from netwright.kinematics.objects import OBJECT_FEATURES, object_features
from netwright.kinematics.pairs import PAIR_FEATURES, pair_features
from netwright.kinematics.rest_frames import REST_FRAME_FEATURES, rest_frame_features

__all__ = [
    "CONSTITUENT_FEATURES",
    "ETA_LIMIT",
    "JET_FEATURES",
    "OBJECT_FEATURES",
    "PAIR_FEATURES",
    "REST_FRAME_FEATURES",
    "absent_as_zero",
    "combined",
    "constituent_features",
    "energy_excess",
    "eta_phi",
    "into_rest_frame",
    "jet_features",
    "object_features",
    "pair_features",
    "rest_frame_features",
    "to_cartesian",
]
