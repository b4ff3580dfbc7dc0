from .absent_particles import AbsentParticles as AbsentParticles
from .binary_digits import BinaryDigits as BinaryDigits
from .category_embedding import CategoryEmbedding as CategoryEmbedding
from .centre import Centre as Centre
from .combine import Combine as Combine
from .components import Components as Components
from .constituent_features import ConstituentFeatures as ConstituentFeatures
from .contract import check_layer as check_layer
from .dropout import Dropout as Dropout
from .eta_phi import EtaPhi as EtaPhi
from .feature_scale import FeatureScale as FeatureScale
from .four_momenta import FourMomenta as FourMomenta
from .initial_values import VarianceScaling as VarianceScaling
from .initial_values import skip_init as skip_init
from .inner_networks import InnerDense as InnerDense
from .inner_networks import InnerScale as InnerScale
from .isotonic_scaling import IsotonicScaling as IsotonicScaling
from .jet_features import JetFeatures as JetFeatures
from .joint_output import JointOutput as JointOutput
from .logarithm import Logarithm as Logarithm
from .lorentz_boost import LorentzBoost as LorentzBoost
from .masked_batch_normalisation import MaskedBatchNormalisation as MaskedBatchNormalisation
from .masked_sum import MaskedSum as MaskedSum
from .missing_indicator import MissingIndicator as MissingIndicator
from .missing_markers import MissingMarkers as MissingMarkers
from .missing_place import MissingPlace as MissingPlace
from .object_features import ObjectFeatures as ObjectFeatures
from .one_hot import OneHot as OneHot
from .ordered_quantiles import OrderedQuantiles as OrderedQuantiles
from .pair_features import PairFeatures as PairFeatures
from .periodic_embedding import PeriodicEmbedding as PeriodicEmbedding
from .probability import Probability as Probability
from .quantile_scaling import QuantileScaling as QuantileScaling
from .raw_features import RawFeatures as RawFeatures
from .reflect_eta import ReflectEta as ReflectEta
from .rotate_phi import RotatePhi as RotatePhi
from .shared_dense import SharedDense as SharedDense
from .shuffle_particles import ShuffleParticles as ShuffleParticles
from .smooth_clip import SmoothClip as SmoothClip
from .standardise import Standardise as Standardise
from .standardise import Unstandardise as Unstandardise
from .temperature_scaling import TemperatureScaling as TemperatureScaling

def added_layers() -> dict[str, type]: ...
def register_layers() -> None: ...

__all__: list[str]
