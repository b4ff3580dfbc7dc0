"""Keras layers that live inside the model, so that it takes raw units and gives raw units."""

from netwright.layers.absent_particles import AbsentParticles
from netwright.layers.binary_digits import BinaryDigits
from netwright.layers.category_embedding import CategoryEmbedding
from netwright.layers.centre import Centre
from netwright.layers.combine import Combine
from netwright.layers.components import Components
from netwright.layers.constituent_features import ConstituentFeatures
from netwright.layers.dropout import Dropout
from netwright.layers.four_momenta import FourMomenta
from netwright.layers.jet_features import JetFeatures
from netwright.layers.logarithm import Logarithm
from netwright.layers.lorentz_boost import LorentzBoost
from netwright.layers.masked_batch_normalisation import MaskedBatchNormalisation
from netwright.layers.masked_sum import MaskedSum
from netwright.layers.missing_indicator import MissingIndicator
from netwright.layers.missing_markers import MissingMarkers
from netwright.layers.missing_place import MissingPlace
from netwright.layers.object_features import ObjectFeatures
from netwright.layers.one_hot import OneHot
from netwright.layers.pair_features import PairFeatures
from netwright.layers.probability import Probability
from netwright.layers.quantile_scaling import QuantileScaling
from netwright.layers.raw_features import RawFeatures
from netwright.layers.reflect_eta import ReflectEta
from netwright.layers.rotate_phi import RotatePhi
from netwright.layers.shared_dense import SharedDense
from netwright.layers.shuffle_particles import ShuffleParticles
from netwright.layers.standardise import Standardise, Unstandardise

__all__ = [
    "AbsentParticles",
    "BinaryDigits",
    "CategoryEmbedding",
    "Centre",
    "Combine",
    "Components",
    "ConstituentFeatures",
    "Dropout",
    "FourMomenta",
    "JetFeatures",
    "Logarithm",
    "LorentzBoost",
    "MaskedBatchNormalisation",
    "MaskedSum",
    "MissingIndicator",
    "MissingMarkers",
    "MissingPlace",
    "ObjectFeatures",
    "OneHot",
    "PairFeatures",
    "Probability",
    "QuantileScaling",
    "RawFeatures",
    "ReflectEta",
    "RotatePhi",
    "SharedDense",
    "ShuffleParticles",
    "Standardise",
    "Unstandardise",
]
