"""Bodies, heads, and the function that assembles them into a network from a description of the data."""

from netwright.models._build import build, last_bias, of_networks, raw_outputs
from netwright.models._ensemble import (
    MEMBER_MASK,
    combine,
    ensemble,
    first_member,
    make_forward,
    member_networks,
    members_of,
    unweighted,
)
from netwright.models._particles import Particles
from netwright.models._precision import check_floatx
from netwright.models.bodies.contract import check_body
from netwright.models.bodies.flat import flat_features
from netwright.models.bodies.hidden import hidden_layer
from netwright.models.bodies.layer_class import import_custom_layers
from netwright.models.bodies.registry import BodyKind
from netwright.models.calibration.calibrate import calibrate_head
from netwright.models.encode import Encoded
from netwright.models.finite import refuse_non_finite
from netwright.models.forms import forms_of
from netwright.models.load import load_model
from netwright.models.parameters import count_parameters
from netwright.models.penalties import Penalised, other_losses, penalised, penalty, penalty_coefficients
from netwright.models.program_key import program_of

__all__ = [
    "MEMBER_MASK",
    "BodyKind",
    "Encoded",
    "Particles",
    "Penalised",
    "build",
    "calibrate_head",
    "check_body",
    "check_floatx",
    "combine",
    "count_parameters",
    "ensemble",
    "first_member",
    "flat_features",
    "forms_of",
    "hidden_layer",
    "import_custom_layers",
    "last_bias",
    "load_model",
    "make_forward",
    "member_networks",
    "members_of",
    "of_networks",
    "other_losses",
    "penalised",
    "penalty",
    "penalty_coefficients",
    "program_of",
    "raw_outputs",
    "refuse_non_finite",
    "unweighted",
]
