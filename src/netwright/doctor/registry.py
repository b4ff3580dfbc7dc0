"""All symptoms, in the order in which they are looked for: what can be counted before what is inferred."""

from __future__ import annotations

from netwright.doctor.symptom import Symptom
from netwright.doctor.symptoms.class_imbalance import CLASS_IMBALANCE, CLASS_WEIGHTS, ONE_CLASS
from netwright.doctor.symptoms.constant_output import CONSTANT_OUTPUT
from netwright.doctor.symptoms.drowned_head import DROWNED_HEAD
from netwright.doctor.symptoms.duplicates import DUPLICATES
from netwright.doctor.symptoms.features_not_finite import FEATURES_NOT_FINITE
from netwright.doctor.symptoms.features_not_scaled import FEATURES_NOT_SCALED
from netwright.doctor.symptoms.hidden_activation import HIDDEN_ACTIVATION, MANY_SIGMOIDS, VANISHING_GRADIENTS
from netwright.doctor.symptoms.initial_weights import INITIAL_WEIGHTS
from netwright.doctor.symptoms.layers_in_order import DROPOUT_PLACEMENT, SELU
from netwright.doctor.symptoms.leak import LEAK
from netwright.doctor.symptoms.learning_rate import (
    FEW_STEPS,
    HIGH_RATE,
    RATE_OUT_OF_PROPORTION,
    RATE_TOO_HIGH,
    RATE_TOO_LOW,
    RATE_TOO_LOW_HERE,
    TOO_FEW_EPOCHS,
    VERY_FEW_EPOCHS,
)
from netwright.doctor.symptoms.linear_hidden_layers import LINEAR_HIDDEN_LAYERS
from netwright.doctor.symptoms.members import FOLDS_DISAGREE, MEMBER_UNLIKE
from netwright.doctor.symptoms.metric import METRIC
from netwright.doctor.symptoms.noisy_gradients import NOISY_GRADIENTS, NORMALISED_ROW
from netwright.doctor.symptoms.not_finite import NOT_FINITE
from netwright.doctor.symptoms.outlying_targets import OUTLYING_TARGETS
from netwright.doctor.symptoms.output_and_loss import OUTPUT_AND_LOSS
from netwright.doctor.symptoms.overtraining import OVERTRAINING
from netwright.doctor.symptoms.padding import PADDING
from netwright.doctor.symptoms.regularisation import ONE_SIGN, REGULARISATION_TOO_STRONG
from netwright.doctor.symptoms.row_order import ROWS_IN_ORDER, VALIDATION_DIFFERS
from netwright.doctor.symptoms.same_for_all import SAME_FOR_ALL
from netwright.doctor.symptoms.still_weights import STILL_WEIGHTS
from netwright.doctor.symptoms.stopped_early import WATCHED_BACKWARDS
from netwright.doctor.symptoms.targets_not_scaled import TARGETS_NOT_SCALED
from netwright.doctor.symptoms.too_few_rows import TOO_FEW_ROWS
from netwright.doctor.symptoms.too_slow import TOO_SLOW
from netwright.doctor.symptoms.underfitting import (
    FEW_UNITS,
    HALF_PRECISION,
    SLOW_AVERAGES,
    TOO_SMALL,
    TOO_STRAIGHT,
    UNDERFITTING,
)
from netwright.doctor.symptoms.units import DEAD_UNITS, SATURATION
from netwright.doctor.symptoms.words_as_amounts import WORDS_AS_AMOUNTS
from netwright.doctor.symptoms.wrong_labels import LABEL_NOISE, LABELS_SHUFFLED

__all__ = ["SYMPTOMS"]

SYMPTOMS: tuple[Symptom, ...] = (
    FEATURES_NOT_FINITE,
    OUTPUT_AND_LOSS,
    SAME_FOR_ALL,
    NORMALISED_ROW,
    INITIAL_WEIGHTS,
    LINEAR_HIDDEN_LAYERS,
    ONE_CLASS,
    LEAK,
    WORDS_AS_AMOUNTS,
    PADDING,
    CLASS_WEIGHTS,
    ROWS_IN_ORDER,
    VALIDATION_DIFFERS,
    DUPLICATES,
    LABELS_SHUFFLED,
    LABEL_NOISE,
    OUTLYING_TARGETS,
    DROPOUT_PLACEMENT,
    FEATURES_NOT_SCALED,
    TARGETS_NOT_SCALED,
    HIDDEN_ACTIVATION,
    REGULARISATION_TOO_STRONG,
    ONE_SIGN,
    STILL_WEIGHTS,
    TOO_SMALL,
    TOO_STRAIGHT,
    HALF_PRECISION,
    SLOW_AVERAGES,
    NOT_FINITE,
    DROWNED_HEAD,
    NOISY_GRADIENTS,
    RATE_TOO_HIGH,
    HIGH_RATE,
    RATE_TOO_LOW,
    RATE_TOO_LOW_HERE,
    RATE_OUT_OF_PROPORTION,
    DEAD_UNITS,
    SATURATION,
    VANISHING_GRADIENTS,
    MANY_SIGMOIDS,
    CLASS_IMBALANCE,
    WATCHED_BACKWARDS,
    TOO_FEW_EPOCHS,
    VERY_FEW_EPOCHS,
    FEW_STEPS,
    OVERTRAINING,
    TOO_FEW_ROWS,
    CONSTANT_OUTPUT,
    UNDERFITTING,
    FEW_UNITS,
    SELU,
    METRIC,
    MEMBER_UNLIKE,
    FOLDS_DISAGREE,
    TOO_SLOW,
)
