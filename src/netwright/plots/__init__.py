"""Figures, one per file: each function takes arrays and returns a matplotlib Figure; `save` writes it."""

from netwright.plots._brazil_band import brazil_band
from netwright.plots._calibration import calibration
from netwright.plots._class_discriminant import ClassedScores, class_discriminant
from netwright.plots._confusion import confusion
from netwright.plots._cut_significance import cut_significance
from netwright.plots._data_over_simulation import data_over_simulation
from netwright.plots._discriminant import ScoredRows, discriminant
from netwright.plots._features import features
from netwright.plots._find_rate import find_rate
from netwright.plots._inference import draw_inference
from netwright.plots._interval_coverage import interval_coverage
from netwright.plots._likelihood_ratio import likelihood_ratio
from netwright.plots._loss_curves import loss_curves
from netwright.plots._member_losses import member_losses
from netwright.plots._overlay import overlaid_losses, overlaid_outputs
from netwright.plots._parallel_coordinates import parallel_coordinates
from netwright.plots._parameter_scan import parameter_scan
from netwright.plots._protected_spectrum import protected_spectrum
from netwright.plots._response import response
from netwright.plots._roc import roc
from netwright.plots._score_templates import score_templates
from netwright.plots._search_history import search_history
from netwright.plots._search_importance import search_importance
from netwright.plots._search_planes import search_planes
from netwright.plots._search_process import search_process
from netwright.plots._style import save
from netwright.plots._systematic_pulls import systematic_pulls
from netwright.plots._trade_off import trade_off
from netwright.plots._vitals import layer_vitals
from netwright.plots.inspection.draw import draw_inspection
from netwright.plots.of_run import draw_features, draw_run

__all__ = [
    "ClassedScores",
    "ScoredRows",
    "brazil_band",
    "calibration",
    "class_discriminant",
    "confusion",
    "cut_significance",
    "data_over_simulation",
    "discriminant",
    "draw_features",
    "draw_inference",
    "draw_inspection",
    "draw_run",
    "features",
    "find_rate",
    "interval_coverage",
    "layer_vitals",
    "likelihood_ratio",
    "loss_curves",
    "member_losses",
    "overlaid_losses",
    "overlaid_outputs",
    "parallel_coordinates",
    "parameter_scan",
    "protected_spectrum",
    "response",
    "roc",
    "save",
    "score_templates",
    "search_history",
    "search_importance",
    "search_planes",
    "search_process",
    "systematic_pulls",
    "trade_off",
]
