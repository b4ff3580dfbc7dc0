"""Keras layers that live inside the model, so that it takes raw units and gives raw units."""

from netwright.layers.four_vector_features import FourVectorFeatures
from netwright.layers.masked_sum import MaskedSum
from netwright.layers.one_hot import OneHot
from netwright.layers.probability import Probability
from netwright.layers.standardise import Standardise, Unstandardise

__all__ = ["FourVectorFeatures", "MaskedSum", "OneHot", "Probability", "Standardise", "Unstandardise"]
