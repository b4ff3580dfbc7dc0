"""How good a network is: pure functions of scores, labels and weights, in float64, with uncertainties."""

from netwright.metrics._accuracy import accuracy, multiclass_accuracy
from netwright.metrics._auc import roc_auc
from netwright.metrics._auc_difference import auc_difference
from netwright.metrics._calibration import Reliability, reliability
from netwright.metrics._closure import likelihood_ratio_closure
from netwright.metrics._heads import BinaryHead, MulticlassHead, QuantileHead, RegressionHead
from netwright.metrics._intervals import INTERVALS, as_quantiles
from netwright.metrics._log_likelihood_ratio import log_likelihood_ratio
from netwright.metrics._log_loss import log_loss
from netwright.metrics._measure import as_multiclass_head, measure_binary, measure_multiclass, measure_regression
from netwright.metrics._measured import Measured
from netwright.metrics._metric import Metric
from netwright.metrics._quantiles import weighted_quantile
from netwright.metrics._registry import described, measure_rows, metric_named, metrics_of
from netwright.metrics._regression import bias, resolution
from netwright.metrics._roc import RocCurve, background_rejection, roc_curve
from netwright.metrics._sculpting import jensen_shannon_divergence, spectrum_bins
from netwright.metrics._separation import Separation, class_separation
from netwright.metrics._sums import CANCELLED, binned_sums, effective_rows, weight_sum
from netwright.metrics.inputs import Classified, as_classified, as_regressed, as_scored, as_weights

__all__ = [
    "CANCELLED",
    "INTERVALS",
    "BinaryHead",
    "Classified",
    "Measured",
    "Metric",
    "MulticlassHead",
    "QuantileHead",
    "RegressionHead",
    "Reliability",
    "RocCurve",
    "Separation",
    "accuracy",
    "as_classified",
    "as_multiclass_head",
    "as_quantiles",
    "as_regressed",
    "as_scored",
    "as_weights",
    "auc_difference",
    "background_rejection",
    "bias",
    "binned_sums",
    "class_separation",
    "described",
    "effective_rows",
    "jensen_shannon_divergence",
    "likelihood_ratio_closure",
    "log_likelihood_ratio",
    "log_loss",
    "measure_binary",
    "measure_multiclass",
    "measure_regression",
    "measure_rows",
    "metric_named",
    "metrics_of",
    "multiclass_accuracy",
    "reliability",
    "resolution",
    "roc_auc",
    "roc_curve",
    "spectrum_bins",
    "weight_sum",
    "weighted_quantile",
]
